#include "saddlescope/analysis/limits_options.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "saddlescope/analysis/axis.hpp"
#include "saddlescope/analysis/inference_network.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

constexpr std::array<std::string_view, 3> kParts = {"init", "training", "expectation"};
constexpr Index kWidestTrained = 256;
constexpr Index kLargest = 1'000'000;  // beyond all memory

void require_distinct(const char* flag, const std::vector<std::string>& names) {
  require(!names.empty(), "{}: expected at least one, got none", flag);
  for (const std::string& name : names)
    require(std::count(names.begin(), names.end(), name) == 1,
            "{}: expected each once, got {} "
            "twice",
            flag, name);
}

void require_positive(const char* flag, double value) {
  require(std::isfinite(value) && value > 0, "{}: expected a finite number > 0, got {}", flag,
          value);
}

}  // namespace

DataOptions limits_data() {
  DataOptions data;
  data.samples = 64;
  return data;
}

bool LimitsOptions::has_part(const std::string& part) const {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

OptionTable describe(LimitsOptions& options) {
  OptionTable table;
  table.add("part", &options.parts,
            "what to compute: init (maps at random weights), training (along training), "
            "expectation (the mean of S against random draws) [init,training,expectation]");
  describe(options.data, table);
  table.add("parameterisations", &options.parameterisations, "of sp, ntp, mupc [mupc,sp]");
  table.add("no-skips", &options.no_skips,
            "leave out the identity skips on the layers between first and last");
  table.add("gamma", &options.gamma, "richness: the last scale is divided by it, > 0 [1]");
  table.add("lambda", &options.lambda, "output precision, > 0 [1]");
  table.add("init", &options.init,
            "uniform, normal or orthogonal [uniform under sp, normal under ntp and mupc]");
  table.add("widths", &options.widths,
            "hidden widths of the maps, ascending [2,4,8,16,32,64,128,256,512,1024,2048]");
  table.add("hidden-layers", &options.hidden_layers,
            "numbers of hidden layers H = L - 1, ascending [1,3,7,15,31]");
  table.add("training-widths", &options.training_widths,
            "hidden widths to train, ascending [those of --widths up to 256]");
  table.add("seeds", &options.seeds, "seeds of the weights, seed .. seed + seeds - 1, >= 1 [3]");
  table.add("seed", &options.seed, "first seed of every random draw, >= 0 [0]");
  table.add("damping", &options.damping,
            "Gauss-Newton's eps over the largest eigenvalue of J'J/N, > 0 [1e-6]");
  table.add("steps", &options.steps, "training steps, >= 1 [100]");
  table.add("probe-every", &options.probe_every,
            "steps between the probes that cost much: Gauss-Newton cosines, condition number of "
            "inference; >= 1 [25]");
  table.add("optimiser", &options.optimiser, "gd, momentum or adam [adam]");
  table.add(
      "learning-rate", &options.learning_rate,
      "base rate, > 0; under ntp and mupc times gamma^2 n (gd, momentum), over sqrt(n L) with "
      "skips or sqrt(n) (adam) [1e-3 for adam, 0.5 for gd, 0.05 for momentum]");
  table.add("draws", &options.draws, "random draws for the mean of S, >= 2 [4000]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/limits]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

LimitsOptions effective(LimitsOptions o) {
  require_distinct("--part", o.parts);
  for (const std::string& part : o.parts)
    require_known("--part", {kParts.begin(), kParts.end()}, part);
  require_distinct("--parameterisations", o.parameterisations);
  for (const std::string& one : o.parameterisations) (void)parse_parameterisation(one);
  require_positive("--gamma", o.gamma);
  require_positive("--lambda", o.lambda);
  if (o.init)
    require(parse_initialisation(*o.init) != Initialisation::kZero,
            "--init: expected uniform, normal or orthogonal (at zero all directions vanish), got "
            "zero");
  if (!o.widths) o.widths = {2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048};
  require_axis("--widths", *o.widths, kLargest);
  if (!o.hidden_layers) o.hidden_layers = {1, 3, 7, 15, 31};
  require_axis("--hidden-layers", *o.hidden_layers, kLargest);
  if (!o.training_widths) {
    o.training_widths.emplace();
    for (const Index n : *o.widths)
      if (n <= kWidestTrained) o.training_widths->push_back(n);
    require(!o.has_part("training") || !o.training_widths->empty(),
            "--training-widths: expected widths to train (all of --widths are above {}), got none",
            kWidestTrained);
  }
  if (o.has_part("training")) require_axis("--training-widths", *o.training_widths, kLargest);
  require(o.seeds >= 1, "--seeds: expected >= 1, got {}", o.seeds);
  require_positive("--damping", o.damping);
  require(o.steps >= 1, "--steps: expected >= 1, got {}", o.steps);
  require(o.probe_every >= 1, "--probe-every: expected >= 1, got {}", o.probe_every);
  const OptimiserKind kind = parse_optimiser(o.optimiser);
  if (!o.learning_rate)
    o.learning_rate = kind == OptimiserKind::kAdam || kind == OptimiserKind::kAdamW ? 1e-3
                      : kind == OptimiserKind::kGradientDescent                     ? 0.5
                                                                                    : 0.05;
  require_positive("--learning-rate", *o.learning_rate);
  require(o.draws >= 2, "--draws: expected >= 2, got {}", o.draws);
  require(o.threads >= 0, "--threads: expected >= 1, got {}", o.threads);
  require(!o.out.empty(), "--out: expected a folder, got an empty name");
  o.data.seed = o.seed;
  o.data = effective(o.data);
  return o;
}

std::vector<LimitsCell> limits_cells(const LimitsOptions& options,
                                     const std::vector<Index>& widths) {
  std::vector<LimitsCell> cells;
  for (const std::string& parameterisation : options.parameterisations)
    for (const Index H : *options.hidden_layers)
      for (const Index n : widths)
        for (int k = 0; k < options.seeds; ++k)
          cells.push_back({parameterisation, n, H, options.seed + static_cast<std::uint64_t>(k)});
  return cells;
}

std::string cell_name(const LimitsCell& cell) {
  return fmt::format("{}, width {}, {} hidden layers, seed {}", cell.parameterisation, cell.width,
                     cell.hidden_layers, cell.seed);
}

ArchitectureOptions cell_architecture(const LimitsOptions& options, const LimitsCell& cell,
                                      const Dataset& data) {
  ArchitectureOptions out;
  out.widths.assign(static_cast<std::size_t>(cell.hidden_layers) + 2, cell.width);
  out.widths.front() = data.x.rows();
  out.widths.back() = data.y.rows();
  out.parameterisation = parse_parameterisation(cell.parameterisation);
  out.gamma = options.gamma;
  out.lambda = options.lambda;
  out.skips = !options.no_skips;
  return out;
}

InitialiseOptions cell_initialisation(const LimitsOptions& options, const LimitsCell& cell) {
  InitialiseOptions init;
  init.kind =
      parse_initialisation(options.init.value_or(default_initialisation(cell.parameterisation)));
  init.parameterisation = parse_parameterisation(cell.parameterisation);
  return init;
}

Vector cell_weights(const LimitsOptions& options, const LimitsCell& cell,
                    const Architecture& architecture) {
  RandomStream stream(cell.seed, "weights");
  return initialise(architecture, cell_initialisation(options, cell), stream);
}

}  // namespace saddlescope::analysis

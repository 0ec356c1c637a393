#include "saddlescope/analysis/phase_study.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/axis.hpp"
#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope::analysis {
namespace {

void require_list(const char* flag, const std::vector<std::string>& names) {
  require(!names.empty(), "{}: expected at least one name, got none", flag);
  const std::set<std::string> different(names.begin(), names.end());
  require(different.size() == names.size(), "{}: expected different names, got {}", flag,
          fmt::join(names, ","));
}

// The cells run in as many copies as there are threads.
void require_memory(const PhaseOptions& options, const PhaseDiagram& diagram) {
  const Architecture largest =
      phase_cell_shape(options, diagram, options.widths->back(), options.hidden_layers->back())
          .architecture;
  const double needed = threads() * (conditioning_memory(largest) +
                                     sizeof(double) * static_cast<double>(largest.n_parameters()));
  const double available = available_memory();
  require_fits(needed <= available,
               "--widths, --hidden-layers: the largest cell needs {}, {} available",
               memory_text(needed), memory_text(available));
}

void summarise(PhaseCell& cell) {
  std::vector<double> kappa;
  for (const Conditioning& one : cell.seeds) {
    cell.undecided = cell.undecided || !one.summary.ok();
    kappa.push_back(one.summary.status == Status::kNotFinite
                        ? std::numeric_limits<double>::quiet_NaN()
                        : one.condition_number);
  }
  cell.median = median(std::move(kappa));
}

PhaseGrowth growth(const std::vector<Index>& axis, Index at,
                   const std::function<const PhaseCell&(std::size_t)>& cell) {
  PhaseGrowth out;
  out.at = at;
  std::vector<double> x, y;
  for (std::size_t i = (axis.size() - 1) / 2; i < axis.size(); ++i) {
    const PhaseCell& one = cell(i);
    if (one.undecided) continue;
    if (x.empty()) out.from = axis[i];
    out.to = axis[i];
    x.push_back(static_cast<double>(axis[i]));
    y.push_back(one.median);
  }
  out.law = fit_power_law(x, y);
  return out;
}

}  // namespace

OptionTable describe(PhaseOptions& options) {
  OptionTable table;
  table.add("widths", &options.widths, "widths N, ascending [2,4,8,16,32,64,128; quick: 4,16,64]");
  table.add("hidden-layers", &options.hidden_layers,
            "numbers of hidden layers H, ascending [2,4,8,16,32,64,128; quick: 4,16,64]");
  table.add("parameterisations", &options.parameterisations, "of sp, ntp, mupc [all]");
  table.add("inits", &options.inits,
            "of uniform, normal, orthogonal [all]; uniform under sp has variance 1/(3 fan-in)");
  table.add("skip-variants", &options.skip_variants, "off, on or both [both]");
  table.add("seeds", &options.seeds, "networks per cell, >= 1 [3; quick: 1]");
  table.add("output", &options.output, "output width d_y, >= 1 [10]");
  table.add("lambda", &options.lambda, "output precision, > 0 [1]");
  table.add("activity-decay", &options.activity_decay, "alpha, >= 0 [0]");
  table.add("tolerance", &options.tolerance,
            "relative error bound above which a cell is undecided, in (0, 1) [0.01]");
  table.add("seed", &options.seed, "first seed, >= 0 [0]");
  table.add("quick", &options.quick, "a thinned grid with one seed", OptionRole::kRun);
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/phase]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

PhaseOptions effective(PhaseOptions o) {
  const std::vector<Index> axis =
      o.quick ? std::vector<Index>{4, 16, 64} : std::vector<Index>{2, 4, 8, 16, 32, 64, 128};
  if (!o.seeds) o.seeds = o.quick ? 1 : 3;
  if (!o.widths) o.widths = axis;
  if (!o.hidden_layers) o.hidden_layers = axis;
  require_axis("--widths", *o.widths, 16'384);
  require_axis("--hidden-layers", *o.hidden_layers, 100'000);
  require_list("--parameterisations", o.parameterisations);
  require_list("--inits", o.inits);
  require_list("--skip-variants", o.skip_variants);
  for (const std::string& one : o.parameterisations) (void)parse_parameterisation(one);
  for (const std::string& one : o.inits) (void)parse_initialisation(one);
  for (const std::string& one : o.skip_variants)
    require_known("--skip-variants", {"off", "on"}, one);
  require(*o.seeds >= 1 && *o.seeds <= 10'000, "--seeds: expected 1 .. 10000, got {}", *o.seeds);
  require(o.output >= 1, "--output: expected >= 1, got {}", o.output);
  require(o.lambda > 0 && std::isfinite(o.lambda), "--lambda: expected > 0, got {}", o.lambda);
  require(o.activity_decay >= 0 && std::isfinite(o.activity_decay),
          "--activity-decay: expected >= 0, got {}", o.activity_decay);
  require(o.tolerance > 0 && o.tolerance < 1, "--tolerance: expected a number in (0, 1), got {}",
          o.tolerance);
  return o;
}

std::string PhaseDiagram::name() const {
  return fmt::format("{}, {}{}", parameterisation, init, skips ? ", skips" : "");
}

PhaseCellShape phase_cell_shape(const PhaseOptions& options, const PhaseDiagram& diagram,
                                Index width, Index hidden_layers) {
  ArchitectureOptions shape;
  shape.widths.assign(static_cast<std::size_t>(hidden_layers) + 2, width);
  shape.widths.front() = 1;
  shape.widths.back() = options.output;
  shape.parameterisation = parse_parameterisation(diagram.parameterisation);
  shape.skips = diagram.skips;
  shape.lambda = options.lambda;
  PhaseCellShape cell;
  cell.architecture = make_architecture(shape);
  cell.init.kind = parse_initialisation(diagram.init);
  cell.init.parameterisation = shape.parameterisation;
  cell.activity_decay = options.activity_decay;
  return cell;
}

Conditioning phase_cell_conditioning(const PhaseCellShape& shape, const PhaseDiagram& diagram,
                                     double tolerance, std::uint64_t seed) {
  RandomStream stream(seed,
                      fmt::format("phase weights: {}, {} hidden layers of {}", diagram.name(),
                                  shape.architecture.depth() - 1, shape.architecture.rows(0)));
  return activity_conditioning(
      shape.architecture, initialise(shape.architecture, shape.init, stream),
      {.activity_decay = shape.activity_decay, .tolerance = tolerance, .seed = seed});
}

PhaseResult phase_study(const PhaseOptions& given,
                        const std::function<void(const std::string&)>& progress) {
  const auto start = std::chrono::steady_clock::now();
  const PhaseOptions options = effective(given);
  PhaseResult result;
  result.widths = *options.widths;
  result.hidden_layers = *options.hidden_layers;
  for (const std::string& parameterisation : options.parameterisations)
    for (const std::string& skips : options.skip_variants)
      for (const std::string& init : options.inits) {
        PhaseDiagram diagram;
        diagram.parameterisation = parameterisation;
        diagram.init = init;
        diagram.skips = skips == "on";
        for (const Index width : result.widths)
          for (const Index hidden : result.hidden_layers) {
            PhaseCell cell;
            cell.width = width;
            cell.hidden_layers = hidden;
            cell.seeds.resize(static_cast<std::size_t>(*options.seeds));
            diagram.cells.push_back(std::move(cell));
          }
        result.diagrams.push_back(std::move(diagram));
      }
  require_memory(options, result.diagrams.front());

  struct Task {
    PhaseDiagram* diagram;
    PhaseCell* cell;
    std::size_t seed;
    double cost;  // of the factorisations
  };
  std::vector<Task> tasks;
  for (PhaseDiagram& diagram : result.diagrams)
    for (PhaseCell& cell : diagram.cells)
      for (std::size_t s = 0; s < cell.seeds.size(); ++s)
        tasks.push_back({&diagram, &cell, s,
                         std::pow(static_cast<double>(cell.width), 3) *
                             static_cast<double>(cell.hidden_layers)});
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.cost > b.cost; });
  std::mutex lock;
  std::size_t done = 0;
  parallel_for(static_cast<Index>(tasks.size()), [&](Index i) {
    const Task& task = tasks[static_cast<std::size_t>(i)];
    PhaseCell& cell = *task.cell;
    const PhaseCellShape shape =
        phase_cell_shape(options, *task.diagram, cell.width, cell.hidden_layers);
    cell.seeds[task.seed] =
        phase_cell_conditioning(shape, *task.diagram, options.tolerance, options.seed + task.seed);
    if (task.seed == 0) cell.predicted = phase_prediction(shape);
    if (!progress) return;
    const std::lock_guard guard(lock);
    progress(fmt::format("{} of {} networks, the last of width {} with {} hidden layers", ++done,
                         tasks.size(), cell.width, cell.hidden_layers));
  });

  for (PhaseDiagram& diagram : result.diagrams) {
    for (PhaseCell& cell : diagram.cells) summarise(cell);
    const std::size_t last_width = result.widths.size() - 1;
    const std::size_t last_hidden = result.hidden_layers.size() - 1;
    diagram.depth_growth = growth(
        result.hidden_layers, result.widths.back(),
        [&](std::size_t i) -> const PhaseCell& { return result.cell(diagram, last_width, i); });
    diagram.width_growth = growth(
        result.widths, result.hidden_layers.back(),
        [&](std::size_t i) -> const PhaseCell& { return result.cell(diagram, i, last_hidden); });
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace saddlescope::analysis

#include "saddlescope/analysis/problem.hpp"

#include <fmt/format.h>

#include "saddlescope/analysis/inference_network.hpp"
#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope::analysis {
namespace {

// What a run needs at the very least: the weights, a gradient and the reduced copies of both.
void require_memory_for_weights(const std::vector<Index>& widths) {
  double parameters = 0;
  for (std::size_t l = 1; l < widths.size(); ++l) {
    require(widths[l] >= 1, "--hidden: expected widths >= 1, got {}", widths[l]);
    parameters += static_cast<double>(widths[l]) * static_cast<double>(widths[l - 1]);
  }
  const double needed = 8 * 6 * parameters;
  const double available = available_memory();
  require_fits(needed <= available,
               "--hidden: the weights and gradients of {:.4g} parameters need {}, {} available",
               parameters, memory_text(needed), memory_text(available));
}

Network build_network(const ProblemOptions& options, const Dataset& data) {
  std::vector<Index> widths = {data.x.rows()};
  widths.insert(widths.end(), options.hidden->begin(), options.hidden->end());
  widths.push_back(data.y.rows());
  require_memory_for_weights(widths);

  return shaped_network(options, widths);
}

Vector initial_weights(const ProblemOptions& options, const Network& network) {
  InitialiseOptions init;
  init.kind =
      parse_initialisation(options.init.value_or(default_initialisation(network.parameterisation)));
  init.sigma = options.init_scale.value_or(1);
  // Files from elsewhere may name another parameterisation or none: their scales are explicit, and
  // weights are then drawn as under the standard one.
  const std::string& known = network.parameterisation;
  if (known == "ntp" || known == "mupc") init.parameterisation = parse_parameterisation(known);
  RandomStream stream(options.seed, "weights");
  return initialise(network.architecture, init, stream);
}

}  // namespace

void describe(DataOptions& data, OptionTable& table) {
  table.add("data", &data.source,
            fmt::format("one of {} [digits]", fmt::join(data_sources(), ", ")));
  table.add(
      "samples", &data.samples,
      fmt::format("number of samples, a seeded draw from a file or generated; 0 for all, or for "
                  "the generator's default [{}]",
                  data.samples));
  table.add(
      "normalise", &data.normalise,
      "none, standard (one mean and deviation), per-feature or minmax [standard for digits and "
      "idx, none for others]");
  table.add("input", &data.input,
            "input width of toy, teacher and uncorrelated data, >= 1 [the generator's]");
  table.add("output", &data.output,
            "output width of teacher and uncorrelated data, >= 1 [the generator's]");
  table.add("noise", &data.noise,
            "standard deviation of the noise on a teacher's targets, >= 0 [0]");
  table.add("input-exponent", &data.input_exponent,
            "a teacher's input variances fall as k^-exponent, >= 0 [0]");
  table.add("singular-values", &data.singular_values,
            "singular values s1,s2,.. of a teacher's map [the generator's]");
  table.add("targets", &data.targets, "names or numbers of a CSV file's target columns");
  table.add("classes", &data.classes,
            "number of classes of one-hot labels, idx and csv [10 for idx]");
}

void describe(ProblemOptions& options, OptionTable& table, const std::string& drawn) {
  describe(options.data, table);
  table.add("network", &options.network, "network file (HDF5) instead of an architecture");
  table.add("hidden", &options.hidden, "hidden widths, e.g. 10,10, or none [10,10]");
  describe(static_cast<ArchitectureFlags&>(options), table);
  table.add("init", &options.init,
            "uniform, normal, orthogonal or zero, for points that draw weights [uniform under sp, "
            "normal under ntp and mupc]");
  table.add("init-scale", &options.init_scale,
            "factor on the initialiser's standard deviation, >= 0 [1]");
  table.add(
      "point", &options.point,
      fmt::format("origin, zero-rank, init or network [network with --network, else {}]", drawn));
  table.add("seed", &options.seed, "seed of every random draw, >= 0 [0]");
}

ProblemOptions effective(ProblemOptions options) {
  if (options.network.empty()) {
    if (!options.hidden) options.hidden = std::vector<Index>{10, 10};
    fill_defaults(options);
    if (!options.point) options.point = "origin";
  } else {
    refuse_beside_a_file(options.network, options, {{"--hidden", options.hidden.has_value()}});
    if (!options.point) options.point = "network";
  }
  if (options.init) (void)parse_initialisation(*options.init);
  const std::string& point = *options.point;
  require_known("--point", {"origin", "zero-rank", "init", "network"}, point);
  require(point != "network" || !options.network.empty(),
          "--point network: expected a file with --network, got none");
  if (point == "init" || (point == "zero-rank" && options.network.empty())) {
    if (!options.init && options.network.empty())
      options.init = default_initialisation(*options.parameterisation);
    if (!options.init_scale) options.init_scale = 1;
  } else {
    const std::string what = point + (options.network.empty() ? "" : " with --network");
    require(!options.init, "--init: the point {} draws no weights; expected --point init", what);
    require(!options.init_scale,
            "--init-scale: the point {} draws no weights; expected --point init", what);
  }
  options.data.seed = options.seed;
  options.data = effective(options.data);
  return options;
}

Problem make_linear_problem(const ProblemOptions& given) {
  Problem problem = make_problem(given);
  require_linear_network(problem.network, given.network);
  require(
      problem.network.activity_decay == 0,
      "{}: expected 0 (the closed form of the equilibrated energy holds without activity decay), "
      "found {}",
      given.network.empty() ? "--activity-decay" : given.network + ": attribute activity_decay",
      problem.network.activity_decay);
  return problem;
}

Problem make_problem(const ProblemOptions& given) {
  const ProblemOptions options = effective(given);
  Problem problem;
  problem.point = *options.point;
  if (options.network.empty()) {
    problem.data = load(options.data);
    problem.network = build_network(options, problem.data);
  } else {
    problem.network = read_network(options.network);
    problem.data = load(options.data);
  }
  Network& network = problem.network;
  const Architecture& architecture = network.architecture;
  require(architecture.input() == problem.data.x.rows(),
          "{}: expected inputs of width {} as in {}, got width {}; --data names the data",
          options.network, problem.data.x.rows(), problem.data.name, architecture.input());
  require(architecture.output() == problem.data.y.rows(),
          "{}: expected outputs of width {} as in {}, got width {}; --data names the data",
          options.network, problem.data.y.rows(), problem.data.name, architecture.output());

  if (problem.point == "origin") {
    network.theta = origin(architecture);
  } else if (problem.point == "init") {
    network.theta = initial_weights(options, network);
  } else if (problem.point == "zero-rank") {
    const Vector weights =
        options.network.empty() ? initial_weights(options, network) : network.theta;
    network.theta = zero_rank(architecture, weights, second_moments(problem.data));
  }
  return problem;
}

}  // namespace saddlescope::analysis

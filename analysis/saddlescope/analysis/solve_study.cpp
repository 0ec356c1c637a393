#include "saddlescope/analysis/solve_study.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/ranges.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

bool any_solver(const SolveStudyOptions& options, bool (*takes)(EquilibriumSolver)) {
  return std::any_of(options.solvers.begin(), options.solvers.end(),
                     [takes](const std::string& name) { return takes(parse_solver(name)); });
}

bool has_momentum(EquilibriumSolver solver) { return solver == EquilibriumSolver::kMomentum; }

void check_solvers(const std::vector<std::string>& solvers) {
  const std::vector<std::string>& known = solver_names();
  require(!solvers.empty(), "--solver: expected one of {} or several, got none",
          fmt::join(known, ", "));
  for (const std::string& name : solvers) {
    require(std::find(known.begin(), known.end(), name) != known.end(),
            "--solver: expected one of {}, got '{}'", fmt::join(known, ", "), name);
    require(std::count(solvers.begin(), solvers.end(), name) == 1,
            "--solver: expected each once, got {} twice", name);
  }
}

// Activities, gradients and what solvers keep beside them, for all samples at once.
void require_memory(const Problem& problem, std::size_t solvers) {
  const Architecture& net = problem.network.architecture;
  double dim = 0;
  for (Index l = 0; l + 1 < net.depth(); ++l) dim += static_cast<double>(net.rows(l));
  const double needed = conditioning_memory(net) +
                        8 * dim * static_cast<double>(problem.data.n_samples()) *
                            (6 + static_cast<double>(solvers));
  const double available = available_memory();
  require(needed <= available,
          "--samples: {} activities of {} samples and a factor need {}, {} available", dim,
          problem.data.n_samples(), memory_text(needed), memory_text(available));
}

Problem problem_with_decay(const SolveStudyOptions& options) {
  Problem problem = make_problem_with_decay(options.problem);
  if (options.activity_decay) problem.network.activity_decay = *options.activity_decay;
  const Network& network = problem.network;
  require(network.architecture.depth() >= 2,
          "--hidden: expected a hidden layer to infer, got a network of one layer");
  for (const std::string& solver : options.solvers)
    require(parse_solver(solver) != EquilibriumSolver::kClosedForm || network.activity_decay == 0,
            "--solver closed: the closed form holds without activity decay, got {}; expected "
            "another solver",
            network.activity_decay);
  require_memory(problem, options.solvers.size());
  return problem;
}

}  // namespace

OptionTable describe(SolveStudyOptions& options) {
  OptionTable table;
  describe(options.problem, table);
  table.add("activity-decay", &options.activity_decay,
            "decay alpha of the activities in the energy, >= 0 [0; with --network the file's]");
  table.add("solver", &options.solvers,
            fmt::format("one of {}, or several with commas: the first one's activities are "
                        "written, all are drawn [block]",
                        fmt::join(solver_names(), ", ")));
  table.add("tolerance", &options.tolerance,
            "bound on the distance from the equilibrium that counts as converged, relative to the "
            "activities, between 0 and 1 [1e-10]");
  table.add("max-steps", &options.max_steps, "steps allowed to a sample, >= 1 [100000]");
  table.add("step", &options.step,
            "step of descent, momentum, euler and heun, first step of dopri5, > 0 [the fastest for "
            "the eigenvalues found: 2/(lambda_min + lambda_max) for descent, euler and heun]");
  table.add("momentum", &options.momentum,
            "of the solver momentum, >= 0 and < 1 [the fastest for the eigenvalues found]");
  table.add("start", &options.start, "forward (the forward pass) or zero [forward]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/solve]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

SolveStudyOptions effective(SolveStudyOptions options) {
  if (!options.problem.point && options.problem.network.empty()) options.problem.point = "init";
  options.problem = effective(options.problem);
  require(!options.activity_decay || options.problem.network.empty(),
          "--activity-decay: the network file {} already says this; expected one of the two, got "
          "both",
          options.problem.network);
  if (options.problem.network.empty() && !options.activity_decay) options.activity_decay = 0;
  require(!options.activity_decay ||
              (*options.activity_decay >= 0 && std::isfinite(*options.activity_decay)),
          "--activity-decay: expected >= 0, got {}", options.activity_decay.value_or(0));
  check_solvers(options.solvers);
  require(options.tolerance > 0 && options.tolerance < 1,
          "--tolerance: expected between 0 and 1, got {}", options.tolerance);
  require(options.max_steps >= 1, "--max-steps: expected >= 1, got {}", options.max_steps);
  const std::string chosen = fmt::format("{}", fmt::join(options.solvers, ","));
  if (options.step) {
    require(*options.step > 0 && std::isfinite(*options.step), "--step: expected > 0, got {}",
            *options.step);
    require(any_solver(options, has_step),
            "--step: expected a --solver that takes steps of a given size, got {}", chosen);
  }
  if (options.momentum) {
    require(*options.momentum >= 0 && *options.momentum < 1,
            "--momentum: expected >= 0 and < 1, got {}", *options.momentum);
    require(any_solver(options, has_momentum), "--momentum: expected --solver momentum, got {}",
            chosen);
  }
  require(options.start == "forward" || options.start == "zero",
          "--start: expected forward or zero, got '{}'", options.start);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

SolveStudyResult solve_study(const SolveStudyOptions& given,
                             const std::function<void(const std::string&)>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const SolveStudyOptions options = effective(given);
  SolveStudyResult result;
  result.problem = problem_with_decay(options);
  const Network& network = result.problem.network;
  ConditionOptions condition;
  condition.activity_decay = network.activity_decay;
  condition.seed = options.problem.seed;
  condition.progress = progress;
  result.conditioning = activity_conditioning(network.architecture, network.theta, condition);
  for (const std::string& name : options.solvers) {
    EquilibriumOptions solve;
    solve.solver = parse_solver(name);
    solve.activity_decay = network.activity_decay;
    solve.tolerance = options.tolerance;
    solve.max_steps = options.max_steps;
    if (has_step(solve.solver)) solve.step = options.step;
    if (has_momentum(solve.solver)) solve.momentum = options.momentum;
    solve.start = options.start == "zero" ? ActivityStart::kZero : ActivityStart::kForward;
    solve.keep_trace = true;
    solve.progress = progress;
    if (progress) progress(name);
    result.equilibria.push_back(equilibrium(network.architecture, network.theta,
                                            result.problem.data.x, result.problem.data.y, solve,
                                            result.conditioning));
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace saddlescope::analysis

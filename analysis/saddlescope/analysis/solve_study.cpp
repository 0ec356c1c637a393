#include "saddlescope/analysis/solve_study.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/ranges.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/solve_prediction.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

constexpr const char* kNewton = "newton";

bool is_newton(const SolveStudyOptions& options) {
  return std::count(options.solvers.begin(), options.solvers.end(), kNewton) > 0;
}

bool any_solver(const SolveStudyOptions& options, bool (*takes)(EquilibriumSolver)) {
  return !is_newton(options) &&
         std::any_of(options.solvers.begin(), options.solvers.end(),
                     [takes](const std::string& name) { return takes(parse_solver(name)); });
}

bool has_momentum(EquilibriumSolver solver) { return solver == EquilibriumSolver::kMomentum; }

void check_solvers(const std::vector<std::string>& solvers) {
  std::vector<std::string> known = solver_names();
  known.emplace_back(kNewton);
  for (const std::string& name : solvers) {
    require_known("--solver", known, name);
    require(std::count(solvers.begin(), solvers.end(), name) == 1,
            "--solver: expected each once, got {} twice", name);
    require(name != kNewton || solvers.size() == 1,
            "--solver newton: it is the one for nonlinear networks; expected it alone, got {}",
            fmt::join(solvers, ","));
  }
}

// Activities, gradients and what solvers keep beside them, for all samples at once.
void require_memory(const Problem& problem, std::size_t solvers) {
  const Architecture& net = problem.network.architecture;
  double dim = 0;
  for (Index l = 0; l + 1 < net.depth(); ++l) dim += static_cast<double>(net.rows(l));
  const double needed =
      conditioning_memory(net) +
      8 * dim * static_cast<double>(problem.data.n_samples()) * (6 + static_cast<double>(solvers));
  const double available = available_memory();
  require_fits(needed <= available,
               "--samples: {} activities of {} samples and a factor need {}, {} available", dim,
               problem.data.n_samples(), memory_text(needed), memory_text(available));
}

// The solvers asked for, or the default; what they cannot solve is refused.
std::vector<std::string> solvers_for(const SolveStudyOptions& options, const Network& network) {
  const bool linear = is_linear(network.architecture);
  if (options.solvers.empty()) return {linear ? "block" : kNewton};
  require(linear || is_newton(options),
          "--solver: expected newton for a network that is not linear, got {}",
          fmt::join(options.solvers, ","));
  require(!linear || !is_newton(options),
          "--solver newton: the energy of a linear network is quadratic and block its Newton step; "
          "expected one of {}",
          fmt::join(solver_names(), ", "));
  for (const std::string& solver : options.solvers)
    require(!linear || parse_solver(solver) != EquilibriumSolver::kClosedForm ||
                network.activity_decay == 0,
            "--solver closed: the closed form holds without activity decay, got {}; expected "
            "another solver",
            network.activity_decay);
  return options.solvers;
}

void solve_nonlinear(const SolveStudyOptions& options, SolveStudyResult& result,
                     const std::function<void(const std::string&)>& progress) {
  require(options.start == "forward",
          "--start: newton starts from the forward pass; expected forward, got {}", options.start);
  const Network& network = result.problem.network;
  NewtonOptions newton;
  if (options.tolerance) newton.tolerance = *options.tolerance;
  if (options.max_steps) newton.max_steps = *options.max_steps;
  if (progress)
    newton.progress = [&](Index done, Index samples) {
      progress(fmt::format("{} of {} samples", done, samples));
    };
  result.newton =
      network_equilibrium(NetworkEnergy<double>(network.architecture, network.activity_decay),
                          network.theta, result.problem.data.x, result.problem.data.y, newton);
}

void predict_cg(ActivityStart start, SolveStudyResult& result) {
  Equilibrium& run = result.equilibria.back();
  result.cg_path = predict_conjugate_gradients(result.problem.network, result.problem.data.x,
                                               result.problem.data.y, start, run);
  if (!result.cg_path) return;
  const auto rates = mean_rates(*result.cg_path, run.trace);
  run.predicted_rate = rates ? std::optional(rates->predicted) : std::nullopt;
  run.measured_rate = rates ? std::optional(rates->measured) : std::nullopt;
}

void solve_linear(const SolveStudyOptions& options, SolveStudyResult& result,
                  const std::function<void(const std::string&)>& progress) {
  const Network& network = result.problem.network;
  require_memory(result.problem, result.solvers.size());
  ConditionOptions condition;
  condition.activity_decay = network.activity_decay;
  condition.seed = options.problem.seed;
  condition.progress = progress;
  result.conditioning = activity_conditioning(network.architecture, network.theta, condition);
  for (const std::string& name : result.solvers) {
    EquilibriumOptions solve;
    solve.solver = parse_solver(name);
    solve.activity_decay = network.activity_decay;
    solve.tolerance = options.tolerance.value_or(1e-10);
    solve.max_steps = options.max_steps.value_or(100000);
    if (has_step(solve.solver)) solve.step = options.step;
    if (has_momentum(solve.solver)) solve.momentum = options.momentum;
    solve.start = options.start == "zero" ? ActivityStart::kZero : ActivityStart::kForward;
    solve.keep_trace = true;
    solve.progress = progress;
    if (progress) progress(name);
    result.equilibria.push_back(equilibrium(network.architecture, network.theta,
                                            result.problem.data.x, result.problem.data.y, solve,
                                            result.conditioning));
    if (solve.solver == EquilibriumSolver::kConjugateGradients) predict_cg(solve.start, result);
  }
}

}  // namespace

OptionTable describe(SolveStudyOptions& options) {
  OptionTable table;
  describe(options.problem, table, "init");
  table.add("solver", &options.solvers,
            fmt::format("one of {}, or several with commas: the first one's activities are "
                        "written, all are drawn; newton for networks that are not linear [block; "
                        "newton]",
                        fmt::join(solver_names(), ", ")));
  table.add("tolerance", &options.tolerance,
            "bound on the distance from the equilibrium that counts as converged, relative to the "
            "activities, between 0 and 1 [1e-10]; of newton that on |dF/dz| relative to its terms "
            "[1e-13]");
  table.add("max-steps", &options.max_steps,
            "steps allowed to a sample, >= 1 [100000; newton 200]");
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
  check_solvers(options.solvers);
  require(!options.tolerance || (*options.tolerance > 0 && *options.tolerance < 1),
          "--tolerance: expected between 0 and 1, got {}", options.tolerance.value_or(0));
  require(!options.max_steps || *options.max_steps >= 1, "--max-steps: expected >= 1, got {}",
          options.max_steps.value_or(0));
  const std::string chosen =
      options.solvers.empty() ? "the default" : fmt::format("{}", fmt::join(options.solvers, ","));
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
  require_known("--start", {"forward", "zero"}, options.start);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

SolveStudyResult solve_study(const SolveStudyOptions& given,
                             const std::function<void(const std::string&)>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const SolveStudyOptions options = effective(given);
  SolveStudyResult result;
  result.problem = make_problem(options.problem);
  const Network& network = result.problem.network;
  require(network.architecture.depth() >= 2,
          "--hidden: expected a hidden layer to infer, got a network of one layer");
  result.solvers = solvers_for(options, network);
  if (is_linear(network.architecture)) {
    solve_linear(options, result, progress);
  } else {
    solve_nonlinear(options, result, progress);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace saddlescope::analysis

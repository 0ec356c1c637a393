#include "saddlescope/analysis/classification_study.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

// Hessian, its copy for the second count, eigenvectors, LAPACK's work space of 2 p^2, and the
// Hessian with its tangents in the split of the nullity.
constexpr double kMatrices = 7;

void require_memory(const Network& network, Index reduced, std::size_t objectives) {
  const auto p = static_cast<double>(reduced);
  const Architecture& net = network.architecture;
  const double tangents = has_closed_form(network)
                              ? 3 * static_cast<double>(net.n_parameters()) *
                                    static_cast<double>(symmetry_dimension(net))
                              : 0;
  const double needed = 8 * (kMatrices * p * p + tangents) * static_cast<double>(objectives);
  const double available = available_memory();
  require_fits(
      needed <= available,
      "classify: the eigenvectors of {} unknowns need {}, {} available; saddlescope spectrum "
      "--method extreme finds the ends of the spectrum without them",
      reduced, memory_text(needed), memory_text(available));
}

// In the full network's parameters.
PolishResult polish_point(const std::string& name, const Problem& problem,
                          const ReducedProblem<double>& reduced) {
  const Vector& theta = problem.network.theta;
  PolishResult found = polish(*problem_objective(name, problem, reduced), reduced.reduce(theta));
  // What the reduction removes of W_1 is kept: the objective does not depend on it.
  const Vector kept = theta - Vector(reduced.lift(reduced.reduce(theta)));
  found.theta = Vector(reduced.lift(found.theta)) + kept;
  return found;
}

}  // namespace

OptionTable describe(ClassificationOptions& options) {
  OptionTable table;
  describe(options.problem, table);
  table.add("objective", &options.objectives, "mse, energy or both [mse,energy]");
  table.add("any-point", &options.any_point,
            "count the signs of curvature also at a point that is not critical");
  table.add("polish", &options.polish,
            "first move to a critical point nearby, by Newton steps off the zero modes, under each "
            "objective");
  table.add(
      "max-order", &options.max_order,
      "highest order at which a descent is searched at degenerate points, 2 to 32; L is always "
      "tried [8]");
  table.add("no-quad", &options.no_quad,
            "leave undecided what double precision cannot decide, instead of trying in quad");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/classification]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

ClassificationOptions effective(ClassificationOptions options) {
  options.problem = effective(options.problem);
  require_objectives(options.objectives);
  require(options.max_order >= 2 && options.max_order <= 32,
          "--max-order: expected 2 to 32, got {}", options.max_order);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

ClassificationResult classification_study(const ClassificationOptions& given,
                                          const std::function<void(const std::string&)>& progress) {
  const auto start = std::chrono::steady_clock::now();
  const ClassificationOptions options = effective(given);
  ClassificationResult result;
  result.problem = make_problem(options.problem);
  const Network& network = result.problem.network;
  result.data_checksum = checksum(result.problem.data);
  const Matrix weights = network.theta;
  result.network_checksum = checksum(std::vector<const Matrix*>{&weights});
  const ReducedProblem<double> reduced(network.architecture, result.problem.data,
                                       exact_reductions(network));
  require_memory(network, reduced.architecture().n_parameters(), options.objectives.size());
  const std::vector<std::string> names = objective_names(options.objectives, network);
  ClassifyOptions classify_options;
  classify_options.any_point = options.any_point;
  classify_options.max_order = std::max(options.max_order, network.architecture.depth());
  classify_options.precise = !options.no_quad;
  classify_options.seed = options.problem.seed;
  result.objectives.resize(options.objectives.size());
  if (options.polish) result.polished.resize(options.objectives.size());
  std::mutex lock;
  parallel_for(static_cast<Index>(options.objectives.size()), [&](Index i) {
    const std::string& name = names[static_cast<std::size_t>(i)];
    if (progress) {
      const std::lock_guard guard(lock);
      progress(name + ": started");
    }
    Vector theta = network.theta;
    if (options.polish) {
      PolishResult& polished = result.polished[static_cast<std::size_t>(i)];
      polished = polish_point(name, result.problem, reduced);
      theta = polished.theta;
    }
    result.objectives[static_cast<std::size_t>(i)] =
        classify_point(name, result.problem, theta, classify_options);
  });
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace saddlescope::analysis

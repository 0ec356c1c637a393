#include "saddlescope/analysis/problem_objective.hpp"

#include <algorithm>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/saddle/landscape.hpp"
#include "saddlescope/saddle/objective_classification.hpp"
#include "saddlescope/saddle/rescaling.hpp"

namespace saddlescope::analysis {

void require_objectives(const std::vector<std::string>& names) {
  require(!names.empty(), "--objective: expected mse, energy or both, got none");
  for (const std::string& name : names)
    if (!is_loss(name)) require_known("--objective", {"mse", "energy"}, name);
  require(names.size() == 1 || (names.size() == 2 && is_loss(names[0]) != is_loss(names[1])),
          "--objective: expected each once, got {} twice", names.front());
}

std::string objective_name(const std::string& asked, const Network& network) {
  return is_loss(asked) ? saddlescope::name(network.architecture.loss) : asked;
}

std::vector<std::string> objective_names(const std::vector<std::string>& asked,
                                         const Network& network) {
  std::vector<std::string> out;
  out.reserve(asked.size());
  for (const std::string& name : asked) out.push_back(objective_name(name, network));
  return out;
}

bool is_loss(const std::string& objective) { return objective == "mse" || objective == "ce"; }

std::string objective_title(const std::string& name) {
  if (name == "mse") return "loss (MSE)";
  return name == "ce" ? "loss (cross-entropy)" : "energy F*";
}

ReductionOptions exact_reductions(const Network& network, const ReductionOptions& asked) {
  return has_closed_form(network) ? asked : ReductionOptions{false, false};
}

std::unique_ptr<Objective<double>> problem_objective(const std::string& name,
                                                     const Problem& problem,
                                                     const ReducedProblem<double>& reduced) {
  const Network& network = problem.network;
  if (has_closed_form(network))
    return is_loss(name) ? mse_loss<double>(reduced.architecture(), reduced.factor())
                         : equilibrated_energy<double>(reduced.architecture(), reduced.factor());
  if (is_loss(name)) return network_loss(network.architecture, problem.data);
  return network_equilibrated_energy(
      NetworkEnergy<double>(network.architecture, network.activity_decay), problem.data);
}

Classification classify_point(const std::string& name, const Problem& problem, const Vector& theta,
                              const ClassifyOptions& options) {
  const Architecture& net = problem.network.architecture;
  if (has_closed_form(problem.network))
    return classify(
        LinearLandscape(is_loss(name) ? LinearObjective::kMse : LinearObjective::kEnergy, net,
                        problem.data),
        theta, options);
  const ReducedProblem<double> whole(net, problem.data, exact_reductions(problem.network));
  // Activity decay keeps hidden errors from vanishing at the critical points of F*.
  const bool symmetric = is_loss(name) || problem.network.activity_decay == 0;
  return classify(*problem_objective(name, problem, whole), 0,
                  *std::max_element(net.widths.begin(), net.widths.end()), theta, options,
                  symmetric ? rescaling_directions(net, theta) : Matrix());
}

}  // namespace saddlescope::analysis

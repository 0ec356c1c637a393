// Loss and energy of a problem: the closed forms where the network is linear, the objectives of
// nonlinear networks elsewhere, under the same names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/network/input_reduction.hpp"
#include "saddlescope/saddle/classification.hpp"

namespace saddlescope::analysis {

// Throws std::invalid_argument naming --objective unless `names` are mse, ce or energy, each once.
void require_objectives(const std::vector<std::string>& names);

// mse and ce both ask for the loss; it is called what the network says.
[[nodiscard]] std::string objective_name(const std::string& asked, const Network& network);
[[nodiscard]] std::vector<std::string> objective_names(const std::vector<std::string>& asked,
                                                       const Network& network);

[[nodiscard]] bool is_loss(const std::string& objective);            // mse | ce
[[nodiscard]] std::string objective_title(const std::string& name);  // "loss (MSE)", "energy F*"

// The reductions asked for where they are exact, which is with closed forms; none elsewhere.
[[nodiscard]] ReductionOptions exact_reductions(const Network& network,
                                                const ReductionOptions& asked = {});

// On the reduced parameters of the problem. `name` is that of objective_name.
[[nodiscard]] std::unique_ptr<Objective<double>> problem_objective(
    const std::string& name, const Problem& problem, const ReducedProblem<double>& reduced);

// The verdict on a point, in full parameters: with proofs in closed form, else from the objective's
// derivatives (saddle/objective_classification.hpp). The bound of the value is 0 there.
[[nodiscard]] Classification classify_point(const std::string& name, const Problem& problem,
                                            const Vector& theta, const ClassifyOptions& options);

}  // namespace saddlescope::analysis

// How fast iterations towards an equilibrium converge: predicted from the extreme eigenvalues of
// the activity Hessian, and measured on a run.
//
//   descent, euler   max |1 - s lambda|
//   heun             max |1 - h lambda + (h lambda)^2/2|
//   momentum         max over lambda of the larger root, in modulus, of
//                    r^2 - (1 + beta - s lambda) r + beta = 0; sqrt(beta) where roots are complex
//   cg               (sqrt(kappa) - 1)/(sqrt(kappa) + 1): |z_k - z*|_H <= 2 rate^k |z_0 - z*|_H,
//                    a bound; conjugate_gradient_path.hpp predicts the fall itself
//   dopri5           exp(-lambda_min) per unit of time
//
// Each function of lambda takes its maximum over [lambda_min, lambda_max] at an end.
#pragma once

#include <optional>
#include <vector>

#include "saddlescope/inference/equilibrium_options.hpp"

namespace saddlescope {

// Empty for direct solvers. 0 < lambda_min <= lambda_max.
[[nodiscard]] std::optional<double> predicted_rate(EquilibriumSolver solver, double lambda_min,
                                                   double lambda_max, double step, double momentum);

// exp of the least-squares slope of log(norms) against times over the last third of the times:
// there the slowest mode has outlived the others, of which one with the rate r < rate is left with
// (r/rate)^k of its start. Entries at or below `floor` (rounding) are left out first. Empty with
// fewer than 6 records in the window.
[[nodiscard]] std::optional<double> measured_rate(const std::vector<double>& times,
                                                  const std::vector<double>& norms, double floor);

}  // namespace saddlescope

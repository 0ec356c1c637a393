// Whether a computed gradient can be told from zero, and what the Hessian's signs then mean.
#pragma once

#include <string>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/linalg/inertia.hpp"
#include "saddlescope/network/architecture.hpp"
#include "saddlescope/theory/predicted_spectrum.hpp"

namespace saddlescope::analysis {

// An upper bound of the rounding error in the 2-norm of the computed gradient, a priori and to
// first order in eps. With norms |.| (Frobenius) instead of matrices, the recursions that compute
// the gradient bound every intermediate quantity before cancellation:
//
//   R       = |Y| + prod_l |A_l| |X|                              residual
//   E_L     = R  (loss),   lambda (1 + lambda |S|) R  (energy)    output error, with the solve by S
//   |S|    <= 1/lambda + sum_{l>=2} prod_{k>=l} |A_k|^2/pi_{l-1}
//   E_l     = |A_{l+1}| E_{l+1},   Z_l = |A_l| Z_{l-1} + E_l/pi_l (energy; loss without E_l)
//   error  <= c eps sqrt(sum_l (a_l E_l Z_{l-1})^2),   c = 4 (n_0 + .. + n_L + m)
//
// because a product with inner dimension n is off by at most n eps times the product of the norms
// (Higham, section 3.5), and each gradient passes through every layer at most four times.
[[nodiscard]] double gradient_error_bound(LinearObjective objective,
                                          const Architecture& architecture, const Vector& theta,
                                          const DataFactor<double>& data);

enum class Criticality { kCritical, kNotCritical, kUndecided };

// kNotCritical: |gradient| > bound, so the true gradient is not zero. kCritical: the computed
// gradient is exactly zero, or not larger than the bound. kUndecided: bound or norm is not finite.
[[nodiscard]] Criticality judge_gradient(double gradient_norm, double bound);

struct CurvatureFacts {
  double gradient_norm = 0;
  double gradient_bound = 0;
  double lambda_min = 0;
  bool exactly_zero = false;  // every entry of the Hessian is 0
  Inertia inertia;            // -1: not determined
};

// One sentence for the table, e.g. "strict: critical, lambda_min < 0".
[[nodiscard]] std::string verdict(const CurvatureFacts& facts);

}  // namespace saddlescope::analysis

// Whether a computed gradient can be told from zero, and what the Hessian's signs then mean.
#pragma once

#include <string>

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/linalg/inertia.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope::analysis {

// An upper bound of the rounding error in the 2-norm of the computed gradient, to first order in
// eps:
//
//   error <= c kappa eps magnitude,   c = 4 (n_0 + .. + n_L + m),
//   kappa  = 1 (loss),   1 + lambda |S|_F >= 1 + cond(S) (energy)
//
// `magnitude` is Point::gradient_magnitude(), the gradient before cancellation, over m columns of
// data. A product with inner dimension n is off by at most n eps times the product of the norms
// (Higham, section 3.5) and each gradient passes through every layer at most four times; the
// Cholesky solve by S = I/lambda + sum_{l>=2} A_{L:l} A_{L:l}'/pi_{l-1} adds its condition number.
[[nodiscard]] double gradient_error_bound(LinearObjective objective,
                                          const Architecture& architecture, const Vector& theta,
                                          Index data_columns, double magnitude);

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

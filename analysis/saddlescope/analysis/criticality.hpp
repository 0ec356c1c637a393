// Whether a computed gradient can be told from zero, and what the Hessian's signs then mean.
#pragma once

#include <string>

#include "saddlescope/linalg/inertia.hpp"

namespace saddlescope::analysis {

enum class Criticality { kCritical, kNotCritical, kUndecided };

// `bound` is Point::gradient_error_bound(). kNotCritical: |gradient| > bound, so the true gradient is not zero. kCritical: the computed
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

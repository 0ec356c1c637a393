#include "saddlescope/analysis/criticality.hpp"

#include <cmath>

#include <fmt/format.h>

namespace saddlescope::analysis {

Criticality judge_gradient(double gradient_norm, double bound) {
  if (!std::isfinite(gradient_norm) || !std::isfinite(bound)) return Criticality::kUndecided;
  return gradient_norm > bound ? Criticality::kNotCritical : Criticality::kCritical;
}

std::string verdict(const CurvatureFacts& facts) {
  const Criticality criticality = judge_gradient(facts.gradient_norm, facts.gradient_bound);
  if (criticality == Criticality::kNotCritical) {
    return fmt::format("not critical (|gradient| {:.2e} > rounding {:.1e})", facts.gradient_norm,
                       facts.gradient_bound);
  }
  if (criticality == Criticality::kUndecided) return "undecided: no finite bound on the gradient";
  const std::string critical =
      facts.gradient_norm == 0 ? "gradient exactly zero" : "critical to rounding";
  if (facts.exactly_zero) return "non-strict: " + critical + ", Hessian exactly zero";
  if (facts.inertia.n_negative > 0) return "strict saddle: " + critical + ", lambda_min < 0";
  if (facts.inertia.n_negative < 0 || facts.inertia.n_zero < 0) {
    if (facts.inertia.n_negative < 0) return "undecided: " + critical + ", sign of lambda_min open";
    return "no negative curvature: " + critical;
  }
  if (facts.inertia.n_zero == 0) return "strict minimum: " + critical + ", all eigenvalues > 0";
  return "no negative curvature: " + critical + ", zero eigenvalues decide at higher order";
}

}  // namespace saddlescope::analysis

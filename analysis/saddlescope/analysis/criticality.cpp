#include "saddlescope/analysis/criticality.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

namespace saddlescope::analysis {

double gradient_error_bound(LinearObjective objective, const Architecture& architecture,
                            const Vector& theta, const DataFactor<double>& data) {
  const std::vector<Matrix> maps = effective_maps(architecture, theta);
  const std::size_t L = maps.size();
  const bool energy = objective == LinearObjective::kEnergy;
  const double lambda = architecture.lambda();

  std::vector<double> norm(L);
  for (std::size_t l = 0; l < L; ++l) norm[l] = maps[l].norm();
  // tail = |A_L| .. |A_{l+1}| while l (0-based) runs down to layer 2.
  double tail = 1, norm_S = 1 / lambda;
  for (std::size_t l = L; l-- > 1;) {
    tail *= norm[l];
    norm_S += tail * tail / architecture.precisions[l - 1];
  }
  const double residual = data.y.norm() + tail * norm[0] * data.x.norm();

  std::vector<double> error(L);
  error[L - 1] = energy ? lambda * (1 + lambda * norm_S) * residual : residual;
  for (std::size_t l = L - 1; l-- > 0;) error[l] = norm[l + 1] * error[l + 1];

  double squares = 0, activity = data.x.norm(), dimensions = static_cast<double>(data.x.cols());
  for (std::size_t l = 0; l < L; ++l) {
    const double term = architecture.scales[l] * error[l] * activity;
    squares += term * term;
    activity = norm[l] * activity + (energy ? error[l] / architecture.precisions[l] : 0);
  }
  for (const Index width : architecture.widths) dimensions += static_cast<double>(width);
  return 4 * dimensions * std::numeric_limits<double>::epsilon() * std::sqrt(squares);
}

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

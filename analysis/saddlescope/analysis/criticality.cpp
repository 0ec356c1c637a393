#include "saddlescope/analysis/criticality.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope::analysis {

double gradient_error_bound(LinearObjective objective, const Architecture& architecture,
                            const Vector& theta, Index data_columns, double magnitude) {
  double dimensions = static_cast<double>(data_columns);
  for (const Index width : architecture.widths) dimensions += static_cast<double>(width);
  double kappa = 1;
  if (objective == LinearObjective::kEnergy) {
    const std::vector<Matrix> maps = effective_maps(architecture, theta);
    const Index output = architecture.output();
    Matrix P = Matrix::Identity(output, output);
    Matrix S = P / architecture.lambda();
    for (std::size_t l = maps.size(); l-- > 1;) {
      P = product<double>(P, Op::kNone, maps[l], Op::kNone);
      S += product<double>(P, Op::kNone, P, Op::kTranspose) / architecture.precisions[l - 1];
    }
    kappa += architecture.lambda() * S.norm();
  }
  return 4 * dimensions * kappa * std::numeric_limits<double>::epsilon() * magnitude;
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

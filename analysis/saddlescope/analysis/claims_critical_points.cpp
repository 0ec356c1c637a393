// Claims about critical points of F*: what balance forces, that they are strict saddles, and their
// zero modes.
#include <algorithm>
#include <cmath>

#include <Eigen/SVD>
#include <fmt/format.h>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_critical_point.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/symmetry.hpp"

namespace saddlescope::analysis {
namespace {

// A_{l+1}' G_{l+1} - G_l A_l' = <e~_l e~_l'>/pi_l, G_l = -dF*/dW_l/a_l from the objective.
void measure_balance(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const Vector gradient =
      point_at<double>(LinearObjective::kEnergy, c.architecture, c.factor, c.theta)->gradient();
  const LinearState<double> state(LinearObjective::kEnergy, c.architecture, c.factor, c.theta);
  const auto G = [&](Index layer) -> Matrix {
    return weight<double>(c.architecture, gradient, layer) / -state.scale(layer);
  };
  for (Index l = 0; l + 1 < c.architecture.depth(); ++l) {
    const auto i = static_cast<std::size_t>(l);
    const Matrix left = state.A(l + 1).transpose() * G(l + 1) - G(l) * state.A(l).transpose();
    const Matrix right = state.e(l) * state.e(l).transpose() / c.architecture.precisions[i];
    const double size =
        s.weighted_errors[i] * (2 * s.activities[i + 1] + s.maps[i] * s.activities[i]);
    m.add("balance of layers " + std::to_string(l + 1) + " and " + std::to_string(l + 2),
          (left - right).norm(), s.rounding(LinearObjective::kEnergy) * size);
  }
}

void measure_critical(Case& c, Measurements& m) {
  const CriticalPoint at = draw_critical_point(c);
  const Scales s = scales(c.architecture, c.factor, at.theta);
  const double lambda = c.architecture.lambda();
  for (const LinearObjective o : kBothObjectives) {
    const auto point = point_at<double>(o, c.architecture, c.factor, at.theta);
    m.add(name(o) + " gradient", point->gradient().norm(),
          at.condition * s.rounding(o) * s.gradient(o));
    const double expected = o == LinearObjective::kMse ? at.loss : lambda * at.loss;
    m.add(name(o) + " value", std::abs(point->value() - expected),
          at.condition * s.rounding(o) * s.value(o));
  }
  const LinearState<double> state(LinearObjective::kEnergy, c.architecture, c.factor, at.theta);
  for (Index l = 0; l + 1 < c.architecture.depth(); ++l)
    m.add("hidden errors of layer " + std::to_string(l + 1), state.e(l).norm(),
          at.condition * s.rounding(LinearObjective::kEnergy) *
              s.weighted_errors[static_cast<std::size_t>(l)]);
}

// The hypotheses under which every critical point with r != 0 is a strict saddle: (A) n_{L-1} >=
// d_y and rank Sigma_xy = d_y, which realisable data of d_x >= d_y have; (B) n_{L-1} > min(rank X,
// n_1, .., n_{L-2}).
bool covered_by_strictness(const Architecture& net) {
  const Index last_hidden = net.widths[net.widths.size() - 2];
  const Index narrowest = *std::min_element(net.widths.begin(), net.widths.end() - 2);
  return (last_hidden >= net.output() && net.input() >= net.output()) || last_hidden > narrowest;
}

void measure_strict(Case& c, Measurements& m) {
  if (!covered_by_strictness(c.architecture)) return;
  const CriticalPoint at = draw_critical_point(c);
  const Scales s = scales(c.architecture, c.factor, at.theta);
  if (at.loss <= at.condition * s.rounding(LinearObjective::kMse) * s.loss) return;  // r = 0
  const auto point = point_at<double>(LinearObjective::kEnergy, c.architecture, c.factor, at.theta);
  const Vector eigenvalues = symmetric_eigenvalues(point->hessian());
  const double error =
      eigenvalue_error_bound(eigenvalues.size(), eigenvalues.cwiseAbs().maxCoeff()) +
      at.condition * s.rounding(LinearObjective::kEnergy) * point->hessian_magnitude();
  const double smallest = eigenvalues(0);
  if (std::abs(smallest) <= error)
    return m.undecided(
        fmt::format("lambda_min {:.3g} is within its error {:.3g} of 0", smallest, error));
  m.add("error of lambda_min against -lambda_min", smallest < 0 ? error : smallest,
        smallest < 0 ? -smallest : error);
}

void measure_zero_modes(Case& c, Measurements& m) {
  const CriticalPoint at = draw_critical_point(c);
  const Scales s = scales(c.architecture, c.factor, at.theta);
  const Matrix tangents = symmetry_directions(c.architecture, at.theta);
  const Eigen::JacobiSVD<Matrix> svd(tangents, Eigen::ComputeThinU);
  // Singular values below the rounding of the construction do not count towards the rank.
  const Vector& sizes = svd.singularValues();
  const double smallest = at.condition * s.roundings * kEps * (sizes(0) + 1) * 16;
  const Index rank = (sizes.array() > smallest).count();
  for (const LinearObjective o : kBothObjectives) {
    const auto point = point_at<double>(o, c.architecture, c.factor, at.theta);
    const Matrix H = point->hessian();
    const double error = at.condition * s.rounding(o) * point->hessian_magnitude();
    for (Index k = 0; k < tangents.cols(); ++k)
      m.add(name(o) + " H times an orbit tangent", (H * tangents.col(k)).norm(),
            error * (tangents.col(k).norm() + 1));
    // |H u| <= error/sigma for each left singular vector u, so Weyl places `rank` eigenvalues
    // within the sum of the squares' root of 0.
    const Vector eigenvalues = symmetric_eigenvalues(H);
    if (rank == 0) continue;
    const double band = eigenvalue_error_bound(H.rows(), eigenvalues.cwiseAbs().maxCoeff()) +
                        error * (sizes(0) + 1) / sizes(rank - 1) * std::sqrt(double(rank));
    const Index nullity = (eigenvalues.array().abs() <= band).count();
    m.add(name(o) + " orbit dimension beyond the nullity",
          static_cast<double>(std::max<Index>(0, rank - nullity)), 0.5);
  }
}

constexpr auto* kNotReviewed = "; proved here, not yet reviewed by the field";

}  // namespace

std::vector<Claim> critical_point_claims() {
  const SweepOptions built = {.widths = hidden_widths(),
                              .data = {DataKind::kRealisable},
                              .points = {PointKind::kOrigin, PointKind::kNormal}};
  const std::string sweep_text =
      "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, realisable data y = B x; rank-r points "
      "with random r, singular values, scale, extra rows and rotations";
  const std::string condition_text = ", times kappa(Sigma_xx), with which B is known";
  return {
      swept_claim(
          {.id = "balance-identity",
           .statement = "A_{l+1}' G_{l+1} - G_l A_l' = <e~_l e~_l'>/pi_l for 1 <= l < L at every "
                        "theta, G_l = <e~_l z_{l-1}'> = -grad_l F*/a_l.",
           .source =
               std::string("derived here (complete description of critical points)") + kNotReviewed,
           .sweep = "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, four "
                    "kinds of points",
           .tolerance = "4 n eps kappa |e~_l| (2 |z_l| + |A_l| |z_{l-1}|), sizes before "
                        "cancellation"},
          {.widths = hidden_widths()}, measure_balance),
      swept_claim(
          {.id = "critical-energy",
           .statement = "At rank-r critical points both gradients and all hidden errors vanish, "
                        "and F* = lambda L = lambda/2 times the sum of the squared singular values "
                        "of B Sigma_xx^{1/2} left out.",
           .source = std::string("derived here (balance identity)") + kNotReviewed,
           .sweep = sweep_text,
           .tolerance =
               "4 n eps kappa times each quantity's size before cancellation" + condition_text},
          built, measure_critical),
      swept_claim(
          {.id = "critical-strict",
           .statement = "If n_{L-1} >= d_y and rank Sigma_xy = d_y, or n_{L-1} > min(rank X, n_1, "
                        ".., n_{L-2}), critical points of F* with r != 0 have lambda_min(H) < 0.",
           .source =
               std::string("derived here (strict saddles; conjectured in [S])") + kNotReviewed,
           .sweep = sweep_text + ", where the hypotheses hold and r != 0",
           .tolerance = "the error of lambda_min (p eps |H|_2 + 4 n eps kappa |H| before "
                        "cancellation" +
                        condition_text + ") must stay below -lambda_min; undecided within it"},
          built, measure_strict),
      swept_claim(
          {.id = "critical-zero-modes",
           .statement = "At a critical point the tangents dA_l = X_l A_l - A_l X_{l-1} of the GL "
                        "orbit are zero modes of both Hessians, so the orbit's dimension is at "
                        "most the nullity.",
           .source = std::string("derived here (symmetries)") + kNotReviewed,
           .sweep = sweep_text,
           .tolerance = "4 n eps kappa |H| before cancellation times 1 + the tangent's length" +
                        condition_text + "; counts exactly"},
          built, measure_zero_modes),
  };
}

}  // namespace saddlescope::analysis

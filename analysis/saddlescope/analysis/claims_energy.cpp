// Claims about the value of the equilibrated energy.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/energy/activity_energy.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

double closed_form(const Case& c) {
  return point_at<double>(LinearObjective::kEnergy, c.architecture, c.factor, c.theta)->value();
}

// F at the stacked hidden activities, by definition, and the rounding error of evaluating it: each
// error e_l is a difference of terms no larger than |z_l| + |A_l| |z_{l-1}|.
struct DefinedEnergy {
  double value = 0;
  double rounding = 0;
};

DefinedEnergy defined_energy(const Case& c, const Scales& s, const Matrix& hidden) {
  const std::vector<Matrix> z = all_activities(c.architecture, c.factor, hidden);
  DefinedEnergy out;
  out.value = layer_energies<double>(c.architecture, c.theta, c.factor, hidden).sum();
  for (std::size_t l = 0; l + 1 < z.size(); ++l) {
    const double terms = z[l + 1].norm() + s.maps[l] * z[l].norm();
    out.rounding += 2 * s.roundings * kEps * c.architecture.precisions[l] * terms * terms;
  }
  return out;
}

void measure_block_solve(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const auto H = activity_hessian<double>(c.architecture, c.theta);
  const BlockTridiagonalCholesky<double> factor(H);
  if (!factor.summary().ok()) return m.undecided(factor.summary().message);
  const Matrix z =
      factor.solve(activity_source<double>(c.architecture, c.theta, c.factor.x, c.factor.y));
  const Vector eigenvalues = symmetric_eigenvalues(H.dense());
  // A backward stable solve leaves |dz| <= n eps kappa |z|; F exceeds F* by dz' H dz/2.
  const double largest = eigenvalues(eigenvalues.size() - 1);
  const double dz = s.roundings * kEps * largest / eigenvalues(0) * z.norm();
  const DefinedEnergy F = defined_energy(c, s, z);
  m.add("F* against F(z*)", std::abs(closed_form(c) - F.value),
        s.rounding(LinearObjective::kEnergy) * s.energy + F.rounding + largest * dz * dz / 2);
}

void measure_descent(Case& c, Measurements& m) {
  constexpr Index max_steps = 400'000;
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const Matrix H = activity_hessian<double>(c.architecture, c.theta).dense();
  const Matrix source = activity_source<double>(c.architecture, c.theta, c.factor.x, c.factor.y);
  const Vector eigenvalues = symmetric_eigenvalues(H);
  const double largest = eigenvalues(eigenvalues.size() - 1);
  const double smallest = eigenvalues(0) - eigenvalue_error_bound(H.rows(), largest);
  if (smallest <= 0)
    return m.undecided("lambda_min of the activity Hessian is within its rounding error of 0");
  const double step = 2 / (smallest + largest);
  const double target = kEps * s.energy;
  Matrix z = Matrix::Zero(source.rows(), source.cols());
  double gap = 0;
  for (Index i = 0;; ++i) {
    const Matrix gradient = H * z - source;
    gap = gradient.squaredNorm() / (2 * smallest);
    if (gap <= target) break;
    if (i == max_steps)
      return m.undecided(fmt::format("descent on z: gap {:.3g} after {} steps, expected <= {:.3g}",
                                     gap, max_steps, target));
    z -= step * gradient;
  }
  const DefinedEnergy F = defined_energy(c, s, z);
  m.add("F* against F(z) after descent", std::abs(closed_form(c) - F.value),
        s.rounding(LinearObjective::kEnergy) * s.energy + F.rounding + gap);
}

void measure_bounds(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const double loss =
      point_at<double>(LinearObjective::kMse, c.architecture, c.factor, c.theta)->value();
  const double F = closed_form(c);
  const Vector eigenvalues = symmetric_eigenvalues(
      schur_matrix(c.architecture, effective_maps<double>(c.architecture, c.theta)));
  const double tolerance = s.rounding(LinearObjective::kEnergy) * s.energy;
  m.add("F* - lambda L", std::max(0.0, F - c.architecture.lambda() * loss), tolerance);
  m.add("L/lambda_max(S) - F*", std::max(0.0, loss / eigenvalues(eigenvalues.size() - 1) - F),
        tolerance);
}

constexpr auto* kRoundingReason =
    "4 n eps kappa lambda R^2/2 with n = sum of widths + samples, kappa = 1 + lambda |S| and R = "
    "|y| + prod |A_l| |x|: the forward error of r' S^{-1} r";

}  // namespace

std::vector<Claim> energy_claims() {
  return {
      swept_claim(
          {.id = "energy-block-solve",
           .statement = "F*(theta) = 1/2 <r' S^{-1} r> equals F(z*, theta) with z* from the block "
                        "Cholesky solve of H_z z = (pi_1 A_1 x, 0, .., lambda A_L' y).",
           .source = "[S] Thm 1; precisions, scales and skips as in JPC",
           .sweep = "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, four "
                    "kinds of points",
           .tolerance = std::string(kRoundingReason) +
                        ", plus the rounding of F's own terms and dz' H_z dz/2 for the solve's "
                        "backward error"},
          {.widths = hidden_widths()}, measure_block_solve),
      swept_claim(
          {.id = "energy-descent",
           .statement = "F*(theta) equals F(z_T, theta) after gradient descent on z, up to the "
                        "certified gap |F_z|^2/(2 lambda_min(H_z)).",
           .source = "[S] Thm 1; the gap is strong convexity of F in z",
           .sweep = "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, points "
                    "near the origin and at uniform initialisations",
           .tolerance = std::string(kRoundingReason) +
                        ", plus the rounding of F's own terms and the gap (at most eps lambda "
                        "R^2/2 when descent stops)"},
          {.widths = hidden_widths(), .points = {PointKind::kNearOrigin, PointKind::kUniform}},
          measure_descent),
      swept_claim(
          {.id = "energy-loss-bounds",
           .statement = "L/lambda_max(S) <= F* <= lambda L for the loss L.",
           .source = "I/lambda <= S <= lambda_max(S) I in F* = 1/2 <r' S^{-1} r>, [S] Thm 1",
           .sweep = "L = 1..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, four "
                    "kinds of points",
           .tolerance = kRoundingReason},
          {.widths = standard_widths()}, measure_bounds),
  };
}

}  // namespace saddlescope::analysis

// Claims about the activity Hessian H_z.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <Eigen/Cholesky>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

// d log det H = tr(H^{-1} dH), so a backward error n eps |H| moves log det by at most
// dim n eps kappa(H).
void measure_determinant(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const Architecture& net = c.architecture;
  const auto H = activity_hessian<double>(net, c.theta);
  const BlockTridiagonalCholesky<double> factor(H);
  if (!factor.summary().ok()) return m.undecided(factor.summary().message);
  const Matrix S = schur_matrix(net, effective_maps<double>(net, c.theta));
  const Matrix root = S.llt().matrixL();
  double expected = 2 * root.diagonal().array().log().sum();
  expected += static_cast<double>(net.output()) * std::log(net.lambda());
  double terms = std::abs(expected);
  for (Index l = 0; l + 1 < net.depth(); ++l) {
    const double term =
        static_cast<double>(net.rows(l)) * std::log(net.precisions[static_cast<std::size_t>(l)]);
    expected += term;
    terms += std::abs(term);
  }
  const double tolerance = 4 * s.roundings * kEps *
                           (static_cast<double>(H.dim()) * condition_number(H.dense()) +
                            static_cast<double>(net.output()) * s.condition + terms);
  m.add("log det H_z", std::abs(factor.log_determinant() - expected), tolerance);
}

// z_l and e~_l of the closed form against the block solve: |dz| <= n eps kappa(H_z) |z|.
void measure_equilibrium(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const Architecture& net = c.architecture;
  const auto H = activity_hessian<double>(net, c.theta);
  const BlockTridiagonalCholesky<double> factor(H);
  if (!factor.summary().ok()) return m.undecided(factor.summary().message);
  const Matrix hidden = factor.solve(activity_source<double>(net, c.theta, c.factor.x, c.factor.y));
  const std::vector<Matrix> z = all_activities(net, c.factor, hidden);
  const std::vector<Matrix> e = layer_errors(effective_maps<double>(net, c.theta), z);
  const LinearState<double> state(LinearObjective::kEnergy, net, c.factor, c.theta);
  const double solve =
      4 * s.roundings * kEps * condition_number(H.dense()) * std::max(hidden.norm(), 1e-300);
  for (std::size_t l = 0; l < e.size(); ++l) {
    const auto layer = static_cast<Index>(l);
    if (l > 0)
      m.add("activities of layer " + std::to_string(l), (z[l] - state.z(layer)).norm(),
            solve + s.rounding(LinearObjective::kEnergy) * s.activities[l]);
    const double pi = net.precisions[l];
    m.add("errors of layer " + std::to_string(l + 1), (pi * e[l] - state.e(layer)).norm(),
          pi * (1 + s.maps[l]) * solve +
              s.rounding(LinearObjective::kEnergy) *
                  (s.weighted_errors[l] + pi * (z[l + 1].norm() + s.maps[l] * z[l].norm())));
  }
}

// 2 - 2 cos(j pi/(H+1)), d_y times each, and 2 - 2 cos((2j-1) pi/(2H+1)), n - d_y times, j = 1..H.
Vector orthogonal_chain_spectrum(Index depth, Index width, Index output) {
  using std::numbers::pi;
  const Index H = depth - 1;
  Vector out(H * width);
  Index next = 0;
  for (Index j = 1; j <= H; ++j) {
    const auto at = static_cast<double>(j);
    const double clamped = 2 - 2 * std::cos(at * pi / static_cast<double>(H + 1));
    const double open = 2 - 2 * std::cos((2 * at - 1) * pi / static_cast<double>(2 * H + 1));
    for (Index k = 0; k < width; ++k) out(next++) = k < output ? clamped : open;
  }
  std::sort(out.begin(), out.end());
  return out;
}

ClaimResult run_orthogonal(const ClaimContext& context) {
  std::vector<CaseRecipe> cases;
  const Index deepest = context.quick ? 6 : 12;
  for (int s = 0; s < context.seeds; ++s) {
    for (Index L = 2; L <= deepest; ++L) {
      for (const Index d_y : {1, 2, 4}) {
        CaseRecipe recipe;
        recipe.architecture.widths.assign(static_cast<std::size_t>(L) + 1, 4);
        recipe.architecture.widths.front() = 3;
        recipe.architecture.widths.back() = d_y;
        recipe.point = PointKind::kOrthogonal;
        recipe.seed = context.first_seed + static_cast<std::uint64_t>(s);
        cases.push_back(recipe);
      }
    }
  }
  return sweep(context, cases, [](Case& c, Measurements& m) {
    const Matrix H = activity_hessian<double>(c.architecture, c.theta).dense();
    const Vector expected =
        orthogonal_chain_spectrum(c.architecture.depth(), 4, c.architecture.output());
    m.add("eigenvalues of H_z", (symmetric_eigenvalues(H) - expected).cwiseAbs().maxCoeff(),
          eigenvalue_error_bound(H.rows(), 4) + 4 * 4 * kEps * 4);
  });
}

}  // namespace

std::vector<Claim> activity_claims() {
  constexpr auto* kSweep =
      "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, four kinds of points";
  return {
      swept_claim(
          {.id = "equilibrium-closed-form",
           .statement = "z_l = A_l z_{l-1} + e~_l/pi_l with e~_L = S^{-1} r and e~_l = A_{l+1}' "
                        "e~_{l+1} solve H_z z = (pi_1 A_1 x, 0, .., lambda A_L' y), with e~_l = "
                        "pi_l e_l.",
           .source = "[S] Thm 1; derived here for precisions and skips",
           .sweep = kSweep,
           .tolerance = "4 n eps (kappa(H_z) |z| for the solve + kappa times the layer's size "
                        "before cancellation for the closed form)"},
          {.widths = hidden_widths()}, measure_equilibrium),
      swept_claim({.id = "activity-determinant",
                   .statement = "det H_z = lambda^{d_y} det S prod_{l<L} pi_l^{n_l} (compared as "
                                "logarithms).",
                   .source = "derived here (Schur complements in z and in e)",
                   .sweep = kSweep,
                   .tolerance = "4 n eps (dim kappa(H_z) + d_y kappa + the size of the terms): d "
                                "log det H = tr(H^{-1} dH) for backward errors n eps |H|"},
                  {.widths = hidden_widths()}, measure_determinant),
      {.id = "activity-orthogonal-spectrum",
       .statement = "Under SP with square orthogonal weights of width n and W_L with orthonormal "
                    "rows, eig(H_z) = 2 - 2 cos(j pi/(H+1)) (d_y times each) and 2 - 2 cos((2j-1) "
                    "pi/(2H+1)) (n - d_y times), j = 1..H = L-1.",
       .source = "derived here (Toeplitz chains); conditioning in [mu]",
       .sweep = "L = 2..12 (6 when quick), n = 4, d_y = 1, 2, 4",
       .tolerance = "dim eps 4 of the eigen-solver (|H_z| <= 4) plus 16 eps |H_z| for W' W = I to "
                    "rounding",
       .run = run_orthogonal},
  };
}

}  // namespace saddlescope::analysis

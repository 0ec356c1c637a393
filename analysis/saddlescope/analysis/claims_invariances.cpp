// Claims about what leaves values and spectra unchanged, or scales them.
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

struct Local {
  double value = 0;
  Vector gradient;
  Vector eigenvalues;
  double hessian_magnitude = 0;
};

Local local(LinearObjective objective, const Architecture& net, const DataFactor<double>& data,
            const Vector& theta) {
  const auto point = point_at<double>(objective, net, data, theta);
  return {point->value(), point->gradient(), symmetric_eigenvalues(point->hessian()),
          point->hessian_magnitude()};
}

// `changed` is expected to be `factor` times `original`; `s` bounds both after scaling.
void compare(const std::string& what, LinearObjective o, const Local& original,
             const Local& changed, double factor, const Scales& s, Measurements& m) {
  const double rounding = factor * s.rounding(o);
  m.add(what + " value", std::abs(changed.value - factor * original.value), rounding * s.value(o));
  m.add(what + " gradient norm",
        std::abs(changed.gradient.norm() - factor * original.gradient.norm()),
        rounding * s.gradient(o));
  const double norm = original.eigenvalues.cwiseAbs().maxCoeff();
  m.add(what + " eigenvalues",
        (changed.eigenvalues - factor * original.eigenvalues).cwiseAbs().maxCoeff(),
        2 * factor * eigenvalue_error_bound(original.eigenvalues.size(), norm) +
            rounding * original.hessian_magnitude);
}

constexpr double kFactors[] = {0x1p-20, 3, 1e-6, 1e6};

void measure_data_scale(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  for (const LinearObjective o : kBothObjectives) {
    const Local original = local(o, c.architecture, c.factor, c.theta);
    for (const double f : kFactors) {
      const DataFactor<double> scaled{f * c.factor.x, f * c.factor.y};
      compare(fmt::format("{}, data times {:g},", name(o), f), o, original,
              local(o, c.architecture, scaled, c.theta), f * f, s, m);
    }
  }
}

void measure_precision_scale(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const LinearObjective o = LinearObjective::kEnergy;
  const Local original = local(o, c.architecture, c.factor, c.theta);
  for (const double f : kFactors) {
    Architecture scaled = c.architecture;
    for (double& pi : scaled.precisions) pi *= f;
    compare(fmt::format("precisions times {:g},", f), o, original,
            local(o, scaled, c.factor, c.theta), f, s, m);
  }
}

void measure_permutation(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const Index n = c.data.n_samples();
  const DataFactor<double> permuted = data_factor<double>(select(c.data, c.stream.sample(n, n)));
  for (const LinearObjective o : kBothObjectives)
    compare(name(o), o, local(o, c.architecture, c.factor, c.theta),
            local(o, c.architecture, permuted, c.theta), 1, s, m);
}

// W_l such that A_l -> M_l A_l M_{l-1}^{-1}, M_0 = M_L = I; `inverses` are those of `transforms`.
Vector transformed(const Architecture& net, const Vector& theta,
                   const std::vector<Matrix>& transforms, const std::vector<Matrix>& inverses) {
  const std::vector<Matrix> A = effective_maps<double>(net, theta);
  Vector out(theta.size());
  for (Index l = 0; l < net.depth(); ++l) {
    const auto i = static_cast<std::size_t>(l);
    Matrix map = A[i];
    if (l + 1 < net.depth()) map = (transforms[i] * map).eval();
    if (l > 0) map = (map * inverses[i - 1]).eval();
    if (net.skips[i] != 0) map.diagonal().array() -= 1;
    weight<double>(net, out, l) = map / net.scales[i];
  }
  return out;
}

Matrix permutation_matrix(RandomStream& stream, Index n) {
  const std::vector<Index> order = stream.sample(n, n);
  Matrix out = Matrix::Zero(n, n);
  for (Index i = 0; i < n; ++i) out(i, order[static_cast<std::size_t>(i)]) = 1;
  return out;
}

void measure_rotation(Case& c, Measurements& m) {
  const Architecture& net = c.architecture;
  const Scales s = scales(net, c.factor, c.theta);
  for (const bool permute : {true, false}) {
    std::vector<Matrix> transforms, inverses;
    for (Index l = 0; l + 1 < net.depth(); ++l) {
      const Index n = net.rows(l);
      transforms.push_back(permute ? permutation_matrix(c.stream, n)
                                   : c.stream.orthogonal_matrix(n, n));
      inverses.emplace_back(transforms.back().transpose());
    }
    const Vector theta = transformed(net, c.theta, transforms, inverses);
    for (const LinearObjective o : kBothObjectives)
      compare(name(o) + (permute ? ", units permuted," : ", units rotated,"), o,
              local(o, net, c.factor, c.theta), local(o, net, c.factor, theta), 1, s, m);
  }
}

// M = U diag(2^t) V', t uniform on [-1, 1], so kappa(M) <= 4.
void measure_general_linear(Case& c, Measurements& m) {
  const Architecture& net = c.architecture;
  std::vector<Matrix> transforms, inverses;
  for (Index l = 0; l + 1 < net.depth(); ++l) {
    const Index n = net.rows(l);
    const Matrix U = c.stream.orthogonal_matrix(n, n);
    const Matrix V = c.stream.orthogonal_matrix(n, n);
    Vector d(n);
    for (double& entry : d) entry = std::exp2(c.stream.uniform(-1, 1));
    transforms.emplace_back(U * d.asDiagonal() * V.transpose());
    inverses.emplace_back(V * d.cwiseInverse().asDiagonal() * U.transpose());
  }
  const Vector theta = transformed(net, c.theta, transforms, inverses);
  const Scales s = scales(net, c.factor, theta);
  const LinearObjective o = LinearObjective::kMse;
  const double before = point_at<double>(o, net, c.factor, c.theta)->value();
  const double after = point_at<double>(o, net, c.factor, theta)->value();
  // Forming each A_l from M's of condition 4 on both sides loses another factor 16 per layer.
  m.add("mse value", std::abs(before - after),
        16 * static_cast<double>(net.depth()) * s.rounding(o) * s.value(o));
}

constexpr auto* kTolerance =
    "4 n eps kappa times each quantity's size before cancellation (plus p eps |H|_2 for "
    "eigenvalues), scaled as the quantity";
constexpr auto* kDeep =
    "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, the origin, near it and "
    "random";

}  // namespace

std::vector<Claim> invariance_claims() {
  const std::vector<PointKind> points = {PointKind::kOrigin, PointKind::kNearOrigin,
                                         PointKind::kNormal};
  return {
      swept_claim({.id = "scale-data",
                   .statement = "Data (c x, c y) give c^2 times value, gradient and spectrum, for "
                                "L and F*.",
                   .source = "both objectives are quadratic in (x, y)",
                   .sweep = "L = 1..5, c = 2^-20, 3, 1e-6, 1e6, SP/NTP/muPC, gamma, skips, "
                            "precisions, five kinds of data, the origin, near it and random",
                   .tolerance = kTolerance},
                  {.widths = standard_widths(), .points = points}, measure_data_scale),
      swept_claim({.id = "scale-precisions",
                   .statement = "Precisions c pi_1, .., c pi_L give c times F*, its gradient and "
                                "its spectrum.",
                   .source = "F is linear in the precisions",
                   .sweep = "L = 1..5, c = 2^-20, 3, 1e-6, 1e6, SP/NTP/muPC, gamma, skips, "
                            "precisions, five kinds of data, the origin, near it and random",
                   .tolerance = kTolerance},
                  {.widths = standard_widths(), .points = points}, measure_precision_scale),
      swept_claim({.id = "permute-samples",
                   .statement = "The order of the samples changes neither value, gradient norm nor "
                                "spectrum.",
                   .source = "the objectives are sample means",
                   .sweep = "L = 1..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, "
                            "the origin, near it and random",
                   .tolerance = kTolerance},
                  {.widths = standard_widths(), .points = points}, measure_permutation),
      swept_claim({.id = "rotate-hidden-units",
                   .statement = "Permutations and rotations A_l -> M_l A_l M_{l-1}', M_l in "
                                "O(n_l), change neither value, gradient norm nor spectrum.",
                   .source = "derived here (symmetries)",
                   .sweep = kDeep,
                   .tolerance = kTolerance},
                  {.widths = hidden_widths(), .points = points}, measure_rotation),
      swept_claim({.id = "general-linear-loss",
                   .statement = "L does not change under A_l -> M_l A_l M_{l-1}^{-1} with "
                                "independent M_l in GL(n_l), skips included.",
                   .source = "derived here (symmetries)",
                   .sweep = std::string(kDeep) + "; kappa(M_l) <= 4",
                   .tolerance = "16 L 4 n eps R^2/2, R = |y| + prod |A_l| |x| after the "
                                "transformation; 16 for conditions 4 on both sides of each A_l"},
                  {.widths = hidden_widths(), .points = points}, measure_general_linear),
  };
}

}  // namespace saddlescope::analysis

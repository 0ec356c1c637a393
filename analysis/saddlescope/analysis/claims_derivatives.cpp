// Claims about gradients and Hessian products: differences, two routes, two precisions, and the
// second variation.
#include <algorithm>
#include <cmath>
#include <functional>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/base/quad.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kQuadEps = 1.925929944387236e-34;  // 2^-112
constexpr double kStep = 0x1p-24;                   // of central differences in quad arithmetic

DataFactor<Quad> to_quad(const DataFactor<double>& data) {
  return {data.x.cast<Quad>(), data.y.cast<Quad>()};
}

// e(h), the distance between a central difference with step h and the derivative, is c h^{2k} +
// O(h^{2k+2}) when the derivative is right, so e(h)/e(h/2) = 4^k up to O(h^2); k = 1 unless third
// derivatives vanish, as they may at the origin. A wrong derivative gives 1, a one-sided difference
// 2. Where e(h) is within 1e5 times the rounding `floor` of a difference no order can be seen.
// Above, rounding changes the ratio by less than 1e-4 of it.
void check_order(std::string_view quantity, const std::function<double(const Quad&)>& distance,
                 double floor, Measurements& m) {
  const double full = distance(Quad(kStep));
  const double half = distance(Quad(kStep / 2));
  if (full <= 1e5 * floor) return m.unresolved();
  const double ratio = full / half;
  const double k = std::max(1.0, std::round(std::log2(ratio) / 2));
  m.add(std::string(quantity) + ", order", std::abs(ratio / std::exp2(2 * k) - 1), 1e-3);
}

// Bounds that also cover the displaced points, where the origin's own may be 0.
Scales displaced_scales(const Case& c, const VectorOf<Quad>& v) {
  return scales(c.architecture, c.factor, c.theta + kStep * v.cast<double>());
}

VectorOf<Quad> direction(Case& c) {
  const VectorOf<Quad> v = c.stream.normal_matrix(c.theta.size(), 1).cast<Quad>();
  return v / v.norm();
}

void measure_gradient(Case& c, Measurements& m) {
  const DataFactor<Quad> data = to_quad(c.factor);
  const VectorOf<Quad> theta = c.theta.cast<Quad>();
  const VectorOf<Quad> v = direction(c);
  const Scales s = displaced_scales(c, v);
  for (const LinearObjective o : kBothObjectives) {
    const auto value = [&](const Quad& t) -> Quad {
      const VectorOf<Quad> moved = theta + t * v;
      return point_at<Quad>(o, c.architecture, data, moved)->value();
    };
    const Quad slope = point_at<Quad>(o, c.architecture, data, theta)->gradient().dot(v);
    check_order(
        name(o) + " gradient",
        [&](const Quad& h) {
          const Quad difference = (value(h) - value(-h)) / (2 * h) - slope;
          return std::abs(static_cast<double>(difference));
        },
        s.rounding(o) * kQuadEps / kEps * s.value(o) / kStep, m);
  }
}

void measure_product(Case& c, Measurements& m) {
  const DataFactor<Quad> data = to_quad(c.factor);
  const VectorOf<Quad> theta = c.theta.cast<Quad>();
  const VectorOf<Quad> v = direction(c);
  const Scales s = displaced_scales(c, v);
  for (const LinearObjective o : kBothObjectives) {
    const auto gradient = [&](const Quad& t) -> VectorOf<Quad> {
      const VectorOf<Quad> moved = theta + t * v;
      return point_at<Quad>(o, c.architecture, data, moved)->gradient();
    };
    MatrixOf<Quad> Hv(v.size(), 1);
    point_at<Quad>(o, c.architecture, data, theta)->hessian_times(v, Hv);
    check_order(
        name(o) + " Hessian product",
        [&](const Quad& h) {
          const VectorOf<Quad> difference = (gradient(h) - gradient(-h)) / (2 * h) - Hv.col(0);
          return static_cast<double>(difference.norm());
        },
        s.rounding(o) * kQuadEps / kEps * s.gradient(o) / kStep, m);
  }
}

void measure_dense(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  for (const LinearObjective o : kBothObjectives) {
    const auto point = point_at<double>(o, c.architecture, c.factor, c.theta);
    const Matrix H = point->hessian();
    Matrix columns(H.rows(), H.cols());
    point->hessian_times(Matrix::Identity(H.rows(), H.cols()), columns);
    const double tolerance = s.rounding(o) * point->hessian_magnitude();
    m.add(name(o) + " dense against products", (H - columns).cwiseAbs().maxCoeff(), tolerance);
    m.add(name(o) + " symmetry", (H - H.transpose()).cwiseAbs().maxCoeff(), tolerance);
  }
}

void measure_precisions(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const DataFactor<Quad> data = to_quad(c.factor);
  const VectorOf<Quad> theta = c.theta.cast<Quad>();
  for (const LinearObjective o : kBothObjectives) {
    const auto point = point_at<double>(o, c.architecture, c.factor, c.theta);
    const auto exact = point_at<Quad>(o, c.architecture, data, theta);
    m.add(name(o) + " value", std::abs(static_cast<double>(exact->value() - Quad(point->value()))),
          s.rounding(o) * s.value(o));
    const VectorOf<Quad> gradient = exact->gradient() - point->gradient().cast<Quad>();
    m.add(name(o) + " gradient", static_cast<double>(gradient.norm()),
          s.rounding(o) * s.gradient(o));
    const MatrixOf<Quad> H = exact->hessian() - point->hessian().cast<Quad>();
    m.add(name(o) + " Hessian", H.cast<double>().cwiseAbs().maxCoeff(),
          s.rounding(o) * point->hessian_magnitude());
  }
}

// min over dz of < sum_l pi_l |dz_l - A_l dz_{l-1} - q_l|^2 - 2 sum_l a_l e~_l' V_l dz_{l-1} >,
// q_l = a_l V_l z_{l-1}, from the block solve for z and for dz.
double second_variation(const Case& c, const BlockTridiagonalCholesky<double>& factor,
                        const Vector& direction) {
  const Architecture& net = c.architecture;
  const auto L = static_cast<std::size_t>(net.depth());
  const std::vector<Matrix> A = effective_maps<double>(net, c.theta);
  const std::vector<Matrix> z = all_activities(
      net, c.factor, factor.solve(activity_source<double>(net, c.theta, c.factor.x, c.factor.y)));
  const std::vector<Matrix> e = layer_errors(A, z);
  std::vector<Matrix> scaled, q, weighted;
  for (std::size_t l = 0; l < L; ++l) {
    scaled.emplace_back(net.scales[l] * weight<double>(net, direction, static_cast<Index>(l)));
    q.emplace_back(scaled[l] * z[l]);
    weighted.emplace_back(net.precisions[l] * e[l]);
  }
  Matrix source(activity_source<double>(net, c.theta, c.factor.x, c.factor.y).rows(),
                c.factor.x.cols());
  Index row = 0;
  for (std::size_t l = 0; l + 1 < L; ++l) {
    const Index n = net.rows(static_cast<Index>(l));
    source.middleRows(row, n) = net.precisions[l] * q[l] -
                                net.precisions[l + 1] * A[l + 1].transpose() * q[l + 1] +
                                scaled[l + 1].transpose() * weighted[l + 1];
    row += n;
  }
  const DataFactor<double> zero{Matrix::Zero(net.input(), c.factor.x.cols()),
                                Matrix::Zero(net.output(), c.factor.x.cols())};
  const std::vector<Matrix> dz = all_activities(net, zero, factor.solve(source));
  double sum = 0;
  for (std::size_t l = 0; l < L; ++l) {
    sum += net.precisions[l] * (dz[l + 1] - A[l] * dz[l] - q[l]).squaredNorm();
    sum -= 2 * weighted[l].cwiseProduct(scaled[l] * dz[l]).sum();
  }
  return sum;
}

void measure_second_variation(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const auto H_z = activity_hessian<double>(c.architecture, c.theta);
  const BlockTridiagonalCholesky<double> factor(H_z);
  if (!factor.summary().ok()) return m.undecided(factor.summary().message);
  const double condition = condition_number(H_z.dense());
  const auto point = point_at<double>(LinearObjective::kEnergy, c.architecture, c.factor, c.theta);
  Vector v = c.stream.normal_matrix(c.theta.size(), 1);
  v.normalize();
  Matrix Hv(v.size(), 1);
  point->hessian_times(v, Hv);
  m.add("v'Hv against the second variation",
        std::abs(v.dot(Hv.col(0)) - second_variation(c, factor, v)),
        (1 + condition) * s.rounding(LinearObjective::kEnergy) * point->hessian_magnitude());
}

constexpr auto* kWide = "L = 1..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, ";
constexpr auto* kOrderReason =
    "quad arithmetic, h = 2^-24: |e(h)/e(h/2) 4^-k - 1| <= 1e-3 with k >= 1, ten times what "
    "rounding may add where "
    "e(h) exceeds 1e5 times its rounding floor 4 n eps kappa M/h (M the value's or gradient's "
    "size before cancellation); below that no order can be seen, and a claim of such cases alone "
    "is undecided";

}  // namespace

std::vector<Claim> derivative_claims() {
  const std::vector<PointKind> three = {PointKind::kOrigin, PointKind::kUniform,
                                        PointKind::kNormal};
  return {
      swept_claim({.id = "gradient-differences",
                   .statement = "The gradients of L and F* (F*: dF*/dW_l = -a_l <e~_l z_{l-1}'>) "
                                "are the limits of central differences of the values, with "
                                "error c h^2 or smaller.",
                   .source = "envelope theorem; [S]; theory of linear networks",
                   .sweep = std::string(kWide) + "the origin and two initialisations; one random "
                                                 "direction each",
                   .tolerance = kOrderReason},
                  {.widths = standard_widths(), .points = three}, measure_gradient),
      swept_claim({.id = "hessian-product-differences",
                   .statement = "Hessian products H v of L and F* are the limits of central "
                                "differences of the gradients, with error c h^2 or "
                                "smaller.",
                   .source = "derived here",
                   .sweep = std::string(kWide) + "the origin and two initialisations; one random "
                                                 "direction each",
                   .tolerance = kOrderReason},
                  {.widths = standard_widths(), .points = three}, measure_product),
      swept_claim({.id = "hessian-dense-product",
                   .statement = "The Hessians of L and F* assembled from Kronecker blocks equal "
                                "their products with the identity, and are symmetric.",
                   .source = "derived here",
                   .sweep = std::string(kWide) + "four kinds of points",
                   .tolerance = "4 n eps kappa |H| before cancellation (kappa = 1 for L): two "
                                "evaluations of the same sums in another order"},
                  {.widths = standard_widths()}, measure_dense),
      swept_claim({.id = "double-quad",
                   .statement = "Values, gradients and Hessians of L and F* in double precision "
                                "agree with quadruple precision.",
                   .source = "rounding analysis of the closed forms",
                   .sweep = std::string(kWide) + "the origin and two initialisations",
                   .tolerance = "4 n eps kappa times the quantity's size before cancellation "
                                "(kappa = 1 + lambda |S| for F*, 1 for L)"},
                  {.widths = standard_widths(), .points = three}, measure_precisions),
      swept_claim({.id = "second-variation",
                   .statement = "v'H(F*)v = min over dz of < sum_l pi_l |dz_l - A_l dz_{l-1} - a_l "
                                "V_l z_{l-1}|^2 - 2 sum_l a_l e~_l' V_l dz_{l-1} >.",
                   .source = "derived here (second variation of F* = min_z F)",
                   .sweep = "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, "
                            "four kinds of points; one random direction each",
                   .tolerance = "4 n eps kappa (1 + kappa(H_z)) |H| before cancellation: the "
                                "closed form and the two block solves"},
                  {.widths = hidden_widths()}, measure_second_variation),
  };
}

}  // namespace saddlescope::analysis

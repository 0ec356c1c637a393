#include "saddlescope/theory/dyson_branch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/math/tools/toms748_solve.hpp>
#include <fmt/format.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// A solution this close to a pole has lost half its digits.
constexpr double kAtPole = 1e-8;
constexpr int kNewtonSteps = 12;

struct Point {
  DysonState<double> state;
  double g = 0;
  TraceDerivative tangent;
};

// Where c_k passes zero, its steps are measured by this fraction of the pivot it is subtracted from:
// 1 at an e, and at a z the sum 1/X_k, which is away from zero outside the spectrum where x is not.
double own_size(Index k, const Vector& X) { return 1e-3 * (k % 2 == 0 ? 1.0 : 1 / std::abs(X[k])); }

// Every X_k, hence every c_k, falls with x outside the support.
bool on_branch(const DysonChain& chain, const TraceDerivative& tangent) {
  if (!std::isfinite(tangent.dx) || !tangent.dc.allFinite()) return false;
  const double rounding = 1e-10 * tangent.dc.cwiseAbs().maxCoeff();
  for (Index k = 0; k < chain.size(); ++k)
    if (chain.strength[k] > 0 && tangent.dc[k] < -rounding) return false;
  return true;
}

// The cubic through values and slopes at g = a and b, at g.
template <class V>
V hermite(double a, double b, const V& at_a, const V& at_b, const V& slope_a, const V& slope_b,
          double g) {
  const double h = b - a, t = (g - a) / h;
  const double t2 = t * t, t3 = t2 * t;
  return (2 * t3 - 3 * t2 + 1) * at_a + (3 * t2 - 2 * t3) * at_b +
         h * ((t3 - 2 * t2 + t) * slope_a + (t3 - t2) * slope_b);
}

// The branch at the trace g, predicted from one point or two. None where Newton's method fails or
// ends far from the prediction.
std::optional<Point> point_at(const DysonChain& chain, const Point* before, const Point& from,
                              double g) {
  constexpr double kTrust = 0.1;
  Point to;
  to.g = g;
  if (before != nullptr) {
    to.state.c = hermite<Vector>(before->g, from.g, before->state.c, from.state.c,
                                 before->tangent.dc, from.tangent.dc, g);
    to.state.x = hermite<double>(before->g, from.g, before->state.x, from.state.x,
                                 before->tangent.dx, from.tangent.dx, g);
  } else {
    to.state.c = from.state.c + (g - from.g) * from.tangent.dc;
    to.state.x = from.state.x + (g - from.g) * from.tangent.dx;
  }
  const DysonState<double> predicted = to.state;
  if (!newton_at_trace(chain, to.state, g, kNewtonSteps, to.tangent)) return std::nullopt;
  if (!on_branch(chain, to.tangent)) return std::nullopt;
  for (Index k = 0; k < chain.size(); ++k) {
    const double size = std::abs(from.state.c[k]) + own_size(k, from.state.X);
    if (std::abs(to.state.c[k] - predicted.c[k]) > kTrust * size) return std::nullopt;
  }
  return to;
}

// The largest |dg| that changes no c_k by more than a fraction of its size.
double cautious_step(const DysonChain& chain, const Point& p, double fraction) {
  double step = kInfinity;
  for (Index k = 0; k < chain.size(); ++k) {
    if (!(chain.strength[k] > 0)) continue;
    const double size = std::abs(p.state.c[k]) + own_size(k, p.state.X);
    step = std::min(step, fraction * size / std::max(std::abs(p.tangent.dc[k]), 1e-300));
  }
  return step;
}

// The nearest singular point ahead of x.
double barrier(const DysonChain& chain, double x, int direction) {
  double nearest = direction * kInfinity;
  for (const SingularPoint& point : chain.singular)
    if (direction * (point.x - x) > 0 && direction * (nearest - point.x) > 0) nearest = point.x;
  return nearest;
}

SpectralEdge not_followed(const Point& p) {
  return {
      p.state.x,
      true,
      0,
      p.state.residual,
      {Status::kNotConverged,
       fmt::format("the real branch of the Dyson equation was lost at x = {:.6g} (trace {:.6g}, "
                   "residual {:.2g}) before an edge",
                   p.state.x, p.g, p.state.residual)}};
}

SpectralEdge fold(const DysonChain& chain, const Point& before, const Point& after,
                  double residual) {
  Point last = before;
  std::uintmax_t evaluations = 100;
  bool lost = false;
  const auto slope = [&](double g) {
    // Exactly at the root Newton's two solves are singular; a little beside it they are not.
    auto p = point_at(chain, &before, after, g);
    if (!p) p = point_at(chain, &before, after, g + 1e-8 * (after.g - before.g));
    lost = lost || !p;
    if (p) last = std::move(*p);
    return last.tangent.dx;
  };
  const double a = std::min(before.g, after.g), b = std::max(before.g, after.g);
  const bool forwards = before.g < after.g;
  const double at_a = forwards ? before.tangent.dx : after.tangent.dx;
  const double at_b = forwards ? after.tangent.dx : before.tangent.dx;
  // g to 2^-26: x is off by the square of that.
  const auto root = boost::math::tools::toms748_solve(
      slope, a, b, at_a, at_b, boost::math::tools::eps_tolerance<double>(26), evaluations);
  const double at_edge = 0.5 * (root.first + root.second);
  (void)slope(at_edge);
  SpectralEdge edge{last.state.x, true, 0, std::max(residual, last.state.residual), {}};
  // A central difference is off by the order of kShare^2.
  constexpr double kShare = 1e-3;
  const double h = kShare * (b - a);
  edge.curvature = (slope(at_edge + h) - slope(at_edge - h)) / (2 * h);
  if (lost)
    edge.summary = {
        Status::kNotConverged,
        fmt::format("edge near x = {:.6g}: Newton's method lost the real branch between "
                    "the traces {:.6g} and {:.6g}",
                    last.state.x, a, b)};
  return edge;
}

}  // namespace

SpectralEdge next_edge(const DysonChain& chain, DysonState<double> start, int direction) {
  Point p{std::move(start), 0, {}};
  p.g = trace<double>(chain, p.state.X);
  if (!newton_at_trace(chain, p.state, p.g, kNewtonSteps, p.tangent)) return not_followed(p);
  double residual = p.state.residual;
  const double pole = barrier(chain, p.state.x, direction);
  constexpr double kFraction = 0.5;
  double fraction = kFraction;
  std::optional<Point> before;
  for (int steps = 0; steps < 5000; ++steps) {
    if (std::isfinite(pole) && std::abs(p.state.x - pole) <= kAtPole * pole)
      return {pole, false, 0, residual, {}};
    const double step = cautious_step(chain, p, fraction);
    auto next = point_at(chain, before ? &*before : nullptr, p, p.g - direction * step);
    if (!next || direction * (pole - next->state.x) <= 0) {
      fraction *= 0.5;
      if (fraction < 1e-8) break;
      continue;
    }
    residual = std::max(residual, next->state.residual);
    if (next->tangent.dx >= 0) return fold(chain, p, *next, residual);
    before = std::move(p);
    p = std::move(*next);
    fraction = std::min(kFraction, 1.5 * fraction);
  }
  return not_followed(p);
}

DysonState<double> outside(const DysonChain& chain, bool above) {
  DysonState<double> state;
  state.x = above ? 2 * chain.norm : -chain.norm;
  state.c = Vector::Zero(chain.size());
  fixed_point(chain, state, 1.0, 60);
  Vector slope;
  if (!newton(chain, state, 30, slope)) state.residual = kInfinity;
  return state;
}

SpectralEdge least_edge(const DysonChain& chain) {
  if (!chain.random()) return {chain.singular.front().x, false, 0, 0, {}};
  return next_edge(chain, outside(chain, false), +1);
}

SpectralEdge greatest_edge(const DysonChain& chain) {
  if (!chain.random()) return {chain.singular.back().x, false, 0, 0, {}};
  return next_edge(chain, outside(chain, true), -1);
}

double tracy_widom_unit(const SpectralEdge& edge, Index dim) {
  const auto n = static_cast<double>(dim);
  return std::cbrt(std::abs(edge.curvature) / (2 * n * n));
}

PredictedCondition predicted_condition_number(const Architecture& architecture,
                                              std::span<const double> variances,
                                              double activity_decay) {
  require(std::isfinite(activity_decay) && activity_decay >= 0,
          "activity decay alpha: expected a finite number >= 0, got {}", activity_decay);
  PredictedCondition out;
  out.lambda_min = out.lambda_min_median = kInfinity;
  const Index dim =
      std::accumulate(architecture.widths.begin() + 1, architecture.widths.end() - 1, Index{0});
  for (const DysonChain& chain : dyson_chains(architecture, variances)) {
    const SpectralEdge low = least_edge(chain), high = greatest_edge(chain);
    out.lambda_min = std::min(out.lambda_min, low.x);
    out.lambda_max = std::max(out.lambda_max, high.x);
    out.lambda_min_median =
        std::min(out.lambda_min_median, low.x - tracy_widom_unit(low, dim) * kTracyWidomMedian);
    out.lambda_max_median =
        std::max(out.lambda_max_median, high.x + tracy_widom_unit(high, dim) * kTracyWidomMedian);
    out.residual = std::max({out.residual, low.residual, high.residual});
    for (const SpectralEdge& edge : {low, high})
      if (out.summary.ok()) out.summary = edge.summary;
  }
  out.lambda_min += activity_decay;
  out.lambda_max += activity_decay;
  out.lambda_min_median += activity_decay;
  out.lambda_max_median += activity_decay;
  out.condition_number = out.lambda_max / out.lambda_min;
  return out;
}

}  // namespace saddlescope

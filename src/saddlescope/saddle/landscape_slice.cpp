#include "saddlescope/saddle/landscape_slice.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

std::string place(double s, double t) { return fmt::format("(s, t) = ({:.4g}, {:.4g})", s, t); }

// Calls evaluate(i, j, theta) on every grid point, which returns why there is no value.
void visit(const SlicePlane& plane, const SliceGrid& grid, SliceSurface& out,
           const std::function<Summary(Index, Index, const Vector&)>& evaluate) {
  require(grid.s.size() >= 1 && grid.t.size() >= 1 && grid.s.allFinite() && grid.t.allFinite(),
          "coordinates of a slice: expected finite numbers, at least one on each axis");
  require(plane.dim() == 2 || (grid.t.size() == 1 && grid.t[0] == 0),
          "coordinates of a slice: expected t = 0 alone on a line, got {} of them", grid.t.size());
  const Index n = grid.s.size();
  out.values = Matrix::Constant(n, grid.t.size(), kGap);
  std::vector<std::string> reasons(static_cast<std::size_t>(out.values.size()));
  parallel_for(out.values.size(), [&](Index k) {
    const Index i = k % n, j = k / n;
    const Vector theta = plane.at(grid.s[i], grid.t[j]);
    const Summary summary = theta.allFinite()
                                ? evaluate(i, j, theta)
                                : Summary{Status::kNotFinite, "the parameters are not finite"};
    if (!summary.ok())
      reasons[static_cast<std::size_t>(k)] = place(grid.s[i], grid.t[j]) + ": " + summary.message;
  });
  for (const std::string& reason : reasons) {
    if (reason.empty()) continue;
    if (out.n_missing == 0) out.first_missing = reason;
    ++out.n_missing;
  }
}

}  // namespace

SliceGrid slice_grid(const SlicePlane& plane, double range, Index resolution) {
  require(range > 0 && std::isfinite(range), "range of a slice: expected > 0, got {}", range);
  require(resolution >= 2, "resolution of a slice: expected >= 2, got {}", resolution);
  Vector axis(resolution);
  // Symmetric to the last bit: i and resolution - 1 - i give opposite numbers.
  for (Index i = 0; i < resolution; ++i)
    axis[i] =
        range * static_cast<double>(2 * i - (resolution - 1)) / static_cast<double>(resolution - 1);
  return {axis, plane.dim() == 2 ? axis : Vector(Vector::Zero(1))};
}

SliceSurface slice(const SliceFunction& function, const SlicePlane& plane, const SliceGrid& grid) {
  SliceSurface out;
  visit(plane, grid, out, [&](Index i, Index j, const Vector& theta) -> Summary {
    const SliceValue there = function(theta);
    if (!there.summary.ok()) return there.summary;
    if (!std::isfinite(there.value))
      return {Status::kNotFinite, fmt::format("the value is {}", there.value)};
    out.values(i, j) = there.value;
    return {};
  });
  return out;
}

SliceSurface slice(const Objective<double>& objective, const SlicePlane& plane,
                   const SliceGrid& grid, bool with_descent) {
  if (!with_descent) return slice(value_of(objective), plane, grid);
  SliceSurface out;
  out.descent_s = Matrix::Constant(grid.s.size(), grid.t.size(), kGap);
  out.descent_t = out.descent_s;
  visit(plane, grid, out, [&](Index i, Index j, const Vector& theta) -> Summary {
    const Evaluation<double> there = objective.at(theta);
    if (!there.summary.ok()) return there.summary;
    const double value = there.point->value();
    const Vector gradient = there.point->gradient();
    if (!std::isfinite(value) || !gradient.allFinite())
      return {Status::kNotFinite,
              fmt::format("value {}, gradient of norm {}", value, gradient.norm())};
    const Matrix descent = plane.components(-gradient);
    out.values(i, j) = value;
    out.descent_s(i, j) = descent(0, 0);
    out.descent_t(i, j) = plane.dim() == 2 ? descent(1, 0) : 0;
    return {};
  });
  return out;
}

SliceFunction value_of(const Objective<double>& objective) {
  return [&objective](const Vector& theta) -> SliceValue {
    const Evaluation<double> there = objective.at(theta);
    if (!there.summary.ok()) return {kGap, there.summary};
    return {there.point->value(), {}};
  };
}

QuadraticModel quadratic_model(const Point<double>& point, const Vector& direction) {
  require(direction.size() == point.dim(), "direction: expected length {}, got {}", point.dim(),
          direction.size());
  Matrix Hu(direction.size(), 1);
  point.hessian_times(direction, Hu);
  return {point.value(), point.gradient().dot(direction), direction.dot(Hu.col(0))};
}

}  // namespace saddlescope

// An objective on a line or plane through a point: values, the gradient in the plane, and the
// quadratic model that the Hessian gives along a direction.
#pragma once

#include <functional>
#include <string>

#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/saddle/slice_plane.hpp"

namespace saddlescope {

// The grid of coordinates: s_i along the first direction, t_j along the second (a single 0 on a
// line).
struct SliceGrid {
  Vector s, t;
};
// `resolution` equally spaced coordinates from -range to range on each axis of the plane; with an
// odd resolution the middle one is exactly 0. Throws unless range > 0 and resolution >= 2.
[[nodiscard]] SliceGrid slice_grid(const SlicePlane& plane, double range, Index resolution);

// Row i, column j belongs to theta(s_i, t_j). NaN where the function could not be evaluated or was
// not finite: a gap.
struct SliceSurface {
  Matrix values;                // |s| x |t|
  Matrix descent_s, descent_t;  // components of -grad in the plane; empty unless asked for
  Index n_missing = 0;
  std::string first_missing;  // where and why, empty if there is none
};

// Any function of theta.
struct SliceValue {
  double value = 0;
  Summary summary;
};
using SliceFunction = std::function<SliceValue(const Vector& theta)>;

// Grid points are shared out over threads, one evaluation each; the same bits for any number.
[[nodiscard]] SliceSurface slice(const SliceFunction& function, const SlicePlane& plane,
                                 const SliceGrid& grid);
// descent is (D'D)^{-1} D'(-grad), the direction of steepest descent within the plane under the
// metric of parameter space; in coordinates of the plane.
[[nodiscard]] SliceSurface slice(const Objective<double>& objective, const SlicePlane& plane,
                                 const SliceGrid& grid, bool with_descent);

// The value of an objective as such a function. `objective` must outlive it.
[[nodiscard]] SliceFunction value_of(const Objective<double>& objective);

// f(theta + s u) ~ value + slope s + curvature s^2/2, with slope = g'u and curvature = u'Hu; the
// residual is O(s^3).
struct QuadraticModel {
  double value = 0, slope = 0, curvature = 0;
  [[nodiscard]] double at(double s) const { return value + s * (slope + s * curvature / 2); }
};
[[nodiscard]] QuadraticModel quadratic_model(const Point<double>& point, const Vector& direction);

}  // namespace saddlescope

// A line or plane through a point of parameter space, and what of a trajectory lies in it.
//
//   theta(s, t) = c + s u + t v,    D = (u v)    (p x k, k = 1 or 2)
//
// The directions need be neither normalised nor orthogonal. Coordinates of a point theta are those
// of the nearest point of the plane, (D'D)^{-1} D'(theta - c); its distance from that point is the
// part of the trajectory that a picture of the plane cannot show.
#pragma once

#include "saddlescope/base/types.hpp"

namespace saddlescope {

class SlicePlane {
 public:
  // Throws std::invalid_argument unless there are one or two directions of the point's length,
  // finite, non-zero and not parallel to rounding.
  SlicePlane(Vector center, Matrix directions);

  [[nodiscard]] Index dim() const { return directions_.cols(); }  // k
  [[nodiscard]] const Vector& center() const { return center_; }
  [[nodiscard]] const Matrix& directions() const { return directions_; }
  [[nodiscard]] Vector at(double s, double t) const;  // t must be 0 on a line

  // Coordinates k x m of the nearest points of the plane; `theta` is p x m.
  [[nodiscard]] Matrix coordinates(ConstMatrixRef theta) const;
  // The same for displacements, such as -grad: no centre is taken off.
  [[nodiscard]] Matrix components(ConstMatrixRef displacement) const;

 private:
  Vector center_;
  Matrix directions_;
  Matrix Q_, R_;  // D = Q R, thin
};

struct ProjectedTrajectory {
  Matrix coordinates;  // k x m
  Vector off_plane;    // m: distances to the plane, to 2 p eps |theta - c|
  Vector distance;     // m: |theta - c|
  // 1 - sum off_plane^2/sum distance^2: the share of the squared distances from the centre that
  // the plane holds; 1 where all distances are 0.
  double explained = 1;
};
// `trajectory` is p x m, a point per column.
[[nodiscard]] ProjectedTrajectory project(const SlicePlane& plane, ConstMatrixRef trajectory);

}  // namespace saddlescope

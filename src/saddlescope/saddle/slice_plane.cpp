#include "saddlescope/saddle/slice_plane.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/QR>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

SlicePlane::SlicePlane(Vector center, Matrix directions)
    : center_(std::move(center)), directions_(std::move(directions)) {
  const Index p = center_.size(), k = directions_.cols();
  require(k == 1 || k == 2, "directions of a slice: expected 1 or 2, got {}", k);
  require(directions_.rows() == p && p >= k, "directions of a slice: expected length {}, got {}", p,
          directions_.rows());
  require(center_.allFinite() && directions_.allFinite(),
          "center and directions of a slice: expected finite numbers, got NaN or Inf");
  for (Index j = 0; j < k; ++j)
    require(directions_.col(j).norm() > 0, "direction {} of a slice: expected non-zero, got zero",
            j + 1);
  const Eigen::HouseholderQR<Matrix> qr(directions_);
  Q_ = qr.householderQ() * Matrix::Identity(p, k);
  R_ = qr.matrixQR().topRows(k).triangularView<Eigen::Upper>();
  // |R_22| is the distance of v from the span of u, which rounding moves by p eps |v|.
  if (k == 2) {
    const double rounding = static_cast<double>(p) * std::numeric_limits<double>::epsilon();
    require(std::abs(R_(1, 1)) > rounding * directions_.col(1).norm(),
            "directions of a slice: expected two that span a plane, got parallel ones");
  }
}

Vector SlicePlane::at(double s, double t) const {
  Vector theta = center_ + s * directions_.col(0);
  if (dim() == 2) theta += t * directions_.col(1);
  return theta;
}

Matrix SlicePlane::components(ConstMatrixRef displacement) const {
  require(displacement.rows() == center_.size(), "points of a slice: expected length {}, got {}",
          center_.size(), displacement.rows());
  Matrix c = product<double>(Q_, Op::kTranspose, displacement, Op::kNone);
  R_.triangularView<Eigen::Upper>().solveInPlace(c);
  return c;
}

Matrix SlicePlane::coordinates(ConstMatrixRef theta) const {
  require(theta.rows() == center_.size(), "points of a slice: expected length {}, got {}",
          center_.size(), theta.rows());
  return components(theta.colwise() - center_);
}

ProjectedTrajectory project(const SlicePlane& plane, ConstMatrixRef trajectory) {
  ProjectedTrajectory out;
  out.coordinates = plane.coordinates(trajectory);
  const Matrix from_center = trajectory.colwise() - plane.center();
  const Matrix rest =
      from_center - product<double>(plane.directions(), Op::kNone, out.coordinates, Op::kNone);
  out.off_plane = rest.colwise().norm().transpose();
  out.distance = from_center.colwise().norm().transpose();
  const double whole = out.distance.squaredNorm();
  out.explained = whole > 0 ? 1 - out.off_plane.squaredNorm() / whole : 1;
  return out;
}

}  // namespace saddlescope

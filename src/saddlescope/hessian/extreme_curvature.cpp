#include "saddlescope/hessian/extreme_curvature.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/extreme_spectrum.hpp"

namespace saddlescope {
namespace {

ExtremeCurvature not_finite(const std::string& message) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  return {kNaN, kNaN, kNaN, kNaN, {-1, -1, -1}, {Status::kNotFinite, message}};
}

ExtremeCurvature dense(const Point<double>& point) {
  Matrix hessian = point.hessian();
  if (!hessian.allFinite()) return not_finite("the Hessian is not finite");
  const Vector values = symmetric_eigenvalues(std::move(hessian));
  ExtremeCurvature out;
  out.lambda_min = values[0];
  out.lambda_max = values[values.size() - 1];
  out.threshold = point.hessian_error_bound() +
                  eigenvalue_error_bound(values.size(), values.lpNorm<Eigen::Infinity>());
  out.error = out.threshold;
  out.inertia = std::isfinite(out.threshold) ? inertia_from_eigenvalues(values, out.threshold)
                                             : Inertia{-1, -1, -1};
  return out;
}

ExtremeCurvature by_lanczos(const Point<double>& point, const ExtremeCurvatureOptions& options) {
  const AnySymmetricOperator H(
      point.dim(), [&point](ConstMatrixRef V, MatrixRef HV) { point.hessian_times(V, HV); });
  ExtremeOptions extreme;
  extreme.count = options.count;
  extreme.tolerance = options.tolerance;
  extreme.seed = options.seed;
  const ExtremeSpectrum ends = extreme_spectrum(H, extreme);
  if (ends.summary.status == Status::kNotFinite || ends.smallest.size() == 0 ||
      ends.largest.size() == 0) {
    return not_finite(ends.summary.message);
  }
  ExtremeCurvature out;
  out.summary = ends.summary;
  out.lambda_min = ends.smallest[0];
  out.lambda_max = ends.largest[ends.largest.size() - 1];
  out.threshold = point.hessian_error_bound() + eigenvalue_error_bound(point.dim(), ends.norm);
  out.error = out.threshold +
              std::max(ends.smallest_residuals.maxCoeff(), ends.largest_residuals.maxCoeff());
  const Index negative =
      count_end(ends.smallest, ends.smallest_residuals, out.threshold, -1, ends.complete).all;
  const Index positive =
      count_end(ends.largest, ends.largest_residuals, out.threshold, 1, ends.complete).all;
  const bool both = negative >= 0 && positive >= 0;
  out.inertia = {negative, both ? point.dim() - negative - positive : -1, positive};
  return out;
}

}  // namespace

EndCount count_end(const Vector& values, const Vector& residuals, double threshold, double sign,
                   bool complete) {
  if (values.size() == 0) return {};
  const double beyond = threshold + residuals.maxCoeff();
  const Index found = (sign * values.array() > beyond).count();
  return {found, complete && found < values.size() ? found : -1};
}

ExtremeCurvature extreme_curvature(const Point<double>& point,
                                   const ExtremeCurvatureOptions& options) {
  return point.dim() <= options.dense_limit ? dense(point) : by_lanczos(point, options);
}

}  // namespace saddlescope

#include "saddlescope/saddle/landscape.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/base/require.hpp"
#include "saddlescope/energy/linear_rounding.hpp"
#include "saddlescope/hessian/joint_inertia.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/inertia_check.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

template <class T>
std::unique_ptr<Objective<T>> make_objective(LinearObjective which,
                                             const ReducedProblem<T>& problem) {
  return which == LinearObjective::kMse
             ? mse_loss<T>(problem.architecture(), problem.factor())
             : equilibrated_energy<T>(problem.architecture(), problem.factor());
}

// The least-squares value under a rank constraint is 1/2 (tr Sigma_yy - sum of the largest `rank`
// eigenvalues of Sigma_yx Sigma_xx^+ Sigma_xy). With an orthonormal basis Q of the row space of the
// data factor x, that matrix is (y Q)(y Q)'.
LinearLandscape::LowerBound least_squares_bound(const Architecture& net,
                                                const DataFactor<double>& data) {
  const Index rank = *std::min_element(net.widths.begin(), net.widths.end());
  const DataFactor<double> rows = {data.x.transpose(), data.y.transpose(), 0};
  const Matrix Q = input_span<double>(rows);
  const Matrix projected = data.y * Q;
  const Matrix left = data.y - projected * Q.transpose();
  const Vector explained = symmetric_eigenvalues(projected * projected.transpose());
  const Index lost = std::max<Index>(0, explained.size() - rank);
  const double value = (left.squaredNorm() + explained.head(lost).cwiseMax(0.0).sum()) / 2;
  // Sums of squares: the residual carries n eps |y|, eigenvalues n eps of the largest.
  const auto n = static_cast<double>(data.x.cols() + data.x.rows() + data.y.rows());
  const double slip = n * kEps * data.y.norm();
  const double error = slip * (left.norm() + slip) +
                       (lost > 0 ? static_cast<double>(lost) * slip * data.y.norm() : 0);
  return {value <= error ? 0 : value, error};  // 0 is a bound that needs no arithmetic
}

double unexplained_share(const DataFactor<double>& data) {
  const DataFactor<double> rows = {data.x.transpose(), data.y.transpose(), 0};
  const Matrix Q = input_span<double>(rows);
  const double left = (data.y - (data.y * Q) * Q.transpose()).norm();
  const double size = data.y.norm();
  const auto n = static_cast<double>(data.x.cols() + data.x.rows() + data.y.rows());
  return left > n * kEps * size ? left / size : 0;
}

// A_L has d_y - n_{L-1} directions c without A_L'c, in which F* is at least lambda/2 <(c'y)^2>: S
// acts as I/lambda there.
LinearLandscape::LowerBound bottleneck_bound(const Architecture& net,
                                             const DataFactor<double>& data) {
  const Index missing = net.output() - net.cols(net.depth() - 1);
  if (missing <= 0 || net.depth() < 2) return {};
  const Vector yy = symmetric_eigenvalues(data.y * data.y.transpose());
  const auto n = static_cast<double>(data.y.cols() + data.y.rows());
  return {std::max(0.0, net.lambda() / 2 * yy.head(missing).sum()),
          2 * n * kEps * net.lambda() * data.y.squaredNorm()};
}

}  // namespace

LinearLandscape::LinearLandscape(LinearObjective which, const Architecture& architecture,
                                 Dataset data, const ReductionOptions& reduction)
    : which_(which),
      data_(std::move(data)),
      moments_(second_moments(data_)),
      reduced_(architecture, data_, reduction),
      objective_(make_objective(which, reduced_)),
      reduction_(reduction) {
  for (Index l = 0; l < architecture.depth(); ++l)
    require(architecture.scales[static_cast<std::size_t>(l)] != 0,
            "landscape: scale a_{}: expected a number other than 0", l + 1);
  unexplained_ = unexplained_share(reduced_.factor());
  lower_bound_ = which_ == LinearObjective::kMse
                     ? least_squares_bound(reduced_.architecture(), reduced_.factor())
                     : bottleneck_bound(reduced_.architecture(), reduced_.factor());
}

const Objective<Quad>& LinearLandscape::precise_objective() const {
  if (!precise_) {
    // The reduction's basis is a choice of coordinates: the same one in both precisions.
    DataFactor<Quad> factor = data_factor<Quad>(data_);
    if (reduced_.input_basis().size() > 0)
      factor.x = MatrixOf<Quad>(reduced_.input_basis().transpose().cast<Quad>()) * factor.x;
    if (reduction_.compress) factor = compress<Quad>(factor);
    precise_ = which_ == LinearObjective::kMse
                   ? mse_loss<Quad>(reduced_.architecture(), factor)
                   : equilibrated_energy<Quad>(reduced_.architecture(), factor);
  }
  return *precise_;
}

const EnclosedData& LinearLandscape::enclosed_data() const {
  if (!enclosed_) enclosed_ = std::make_unique<EnclosedData>(enclose_data(data_));
  return *enclosed_;
}

double LinearLandscape::value_error(const Vector& theta) const {
  const LinearState<double> state(which_, reduced_.architecture(), reduced_.factor(),
                                  reduced_.reduce(theta));
  const LinearRounding rounding = linear_rounding(state);
  const Size residual = {state.r().norm(),
                         product_error(rounding.P.front(), rounding.z.front(),
                                       static_cast<double>(state.architecture().input()), kEps) +
                             kEps * data_.y.norm()};
  return product_error(residual, rounding.e.back(), static_cast<double>(state.r().size()), kEps);
}

Inertia LinearLandscape::independent_inertia(const Vector& reduced_theta, const Matrix& hessian,
                                             double threshold) const {
  const Architecture& net = reduced_.architecture();
  if (which_ == LinearObjective::kEnergy && net.depth() > 1)
    return joint_inertia(net, reduced_.factor(), reduced_theta, threshold);
  return inertia_bunch_kaufman(hessian, threshold);
}

double LinearLandscape::independent_error(const Vector& reduced_theta, double norm) const {
  const Architecture& net = reduced_.architecture();
  if (which_ == LinearObjective::kEnergy && net.depth() > 1)
    return joint_inertia_error(net, reduced_.factor(), reduced_theta);
  return bunch_kaufman_error(net.n_parameters(), norm);
}

}  // namespace saddlescope

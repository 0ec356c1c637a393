#include "saddlescope/saddle/inertia_check.hpp"

#include <cmath>
#include <limits>

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/hessian/joint_inertia.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kLargestShare = 1e-3;

}  // namespace

std::optional<double> threshold_in_gap(const Vector& eigenvalues, double error) {
  const double norm = eigenvalues.size() == 0 ? 0 : eigenvalues.lpNorm<Eigen::Infinity>();
  double threshold = 4 * error;
  while (threshold <= kLargestShare * norm &&
         ((eigenvalues.array().abs() - threshold).abs() <= error).any() && error > 0)
    threshold *= 2;
  if (!(threshold <= kLargestShare * norm)) return std::nullopt;
  return threshold;
}

double bunch_kaufman_error(Index dimension, double norm) {
  const auto p = static_cast<double>(dimension);
  return 16 * p * p * kEpsilon * norm;
}

double joint_inertia_error(const Architecture& net, const DataFactor<double>& data,
                           const Vector& theta) {
  const LinearState<double> state(LinearObjective::kEnergy, net, data, theta);
  const Vector H_z = symmetric_eigenvalues(activity_hessian<double>(net, theta).dense());
  if (!(H_z(0) > 0)) return std::numeric_limits<double>::infinity();
  const double activity_norm = H_z(H_z.size() - 1);
  double cross = 0;
  double weights = 0;
  for (Index l = 0; l < net.depth(); ++l) {
    const double a = std::abs(state.scale(l));
    const double pi = net.precisions[static_cast<std::size_t>(l)];
    const double z = state.z(l).norm();
    cross += a * (pi * z * (1 + state.A(l).norm()) + state.e(l).norm());
    weights += pi * a * a * z * z;
  }
  const auto dim = static_cast<double>(joint_dimension(net, data.x.cols()));
  const double sensitivity = 1 + cross / H_z(0);
  return dim * kEpsilon * (activity_norm + cross + weights) * sensitivity * sensitivity;
}

}  // namespace saddlescope

#include <algorithm>

#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/equilibrium.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {

ActivityInterval activity_interval(const Architecture& architecture, const Vector& theta,
                                   double activity_decay, std::uint64_t /*seed*/) {
  const Vector values =
      symmetric_eigenvalues(activity_hessian<double>(architecture, theta, activity_decay).dense());
  ActivityInterval out;
  out.lambda_min = values[0];
  out.lambda_max = values[values.size() - 1];
  const double error = 2 * eigenvalue_error_bound(values.size(), out.lambda_max);
  out.lambda_max_above = out.lambda_max + error;
  out.lambda_min_below = std::max(0.0, out.lambda_min - error);
  return out;
}

}  // namespace saddlescope

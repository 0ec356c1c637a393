#include "saddlescope/inference/activity_eigenvalues.hpp"

#include <limits>

#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/linalg/block_tridiagonal_bound.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {

ActivityEigenvalues smallest_activity_eigenvalues(const NetworkEnergy<double>& energy,
                                                  const Vector& theta,
                                                  const NetworkPass<double>& pass) {
  const NetworkCurvature curvature(energy, theta, pass);
  const Index N = curvature.n_samples();
  ActivityEigenvalues out{Vector(N), Vector(N)};
  parallel_for(N, [&](Index i) {
    const BlockTridiagonal<double> H = curvature.activity_hessian(i);
    if (const auto smallest = smallest_eigenvalue(H)) {
      out.below[i] = smallest->below;
      out.around[i] = smallest->above;
      return;
    }
    const Vector values = symmetric_eigenvalues(H.dense());
    const double norm = values.cwiseAbs().maxCoeff();
    out.around[i] = values[0];
    out.below[i] = values[0] - eigenvalue_error_bound(values.size(), norm);
  });
  return out;
}

std::vector<SampleConditioning> sample_conditioning(const NetworkEnergy<double>& energy,
                                                    const Vector& theta,
                                                    const NetworkPass<double>& pass) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const NetworkCurvature curvature(energy, theta, pass);
  std::vector<SampleConditioning> out(static_cast<std::size_t>(curvature.n_samples()),
                                      {kNaN, kNaN, kNaN, kNaN});
  parallel_for(curvature.n_samples(), [&](Index i) {
    const BlockTridiagonal<double> H = curvature.activity_hessian(i);
    const auto smallest = smallest_eigenvalue(H);
    if (!smallest || !(smallest->below > 0)) return;
    const LargestEigenvalue largest = largest_eigenvalue(H);
    SampleConditioning& one = out[static_cast<std::size_t>(i)];
    one.lambda_min = smallest->above;
    one.lambda_max = largest.below;
    one.condition_number = one.lambda_max / one.lambda_min;
    one.relative_error_bound = largest.above / smallest->below / one.condition_number - 1;
  });
  return out;
}

}  // namespace saddlescope

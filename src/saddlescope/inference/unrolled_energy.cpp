#include "saddlescope/inference/unrolled_energy.hpp"

#include <cmath>

#include "saddlescope/base/require.hpp"
#include "saddlescope/inference/activity_operator.hpp"

namespace saddlescope {

UnrolledEnergy unrolled_energy(const Architecture& architecture, const Vector& theta,
                               const DataFactor<double>& data,
                               const UnrolledEnergyOptions& options) {
  require(options.steps >= 0, "inference steps: expected >= 0, got {}", options.steps);
  require(options.step > 0 && std::isfinite(options.step),
          "size of an inference step: expected > 0, got {}", options.step);
  const ActivityOperator op(architecture, theta, 0);
  Matrix z = op.forward(data.x);
  for (Index k = 0; k < options.steps; ++k) z -= options.step * op.gradient(data.x, data.y, z);
  UnrolledEnergy out;
  out.value = op.energies(data.x, data.y, z).sum();
  if (!std::isfinite(out.value)) {
    out.summary = {Status::kNotFinite,
                   fmt::format("energy after {} inference steps of {:g}: not finite; largest "
                               "|theta_i| = {:.3g} (steps above 2/lambda_max(H_z) diverge)",
                               options.steps, options.step, theta.cwiseAbs().maxCoeff())};
  }
  return out;
}

}  // namespace saddlescope

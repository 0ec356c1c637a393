#include "saddlescope/inference/unrolled_energy.hpp"

#include <cmath>

#include "saddlescope/base/require.hpp"
#include "saddlescope/inference/activity_operator.hpp"

namespace saddlescope {
namespace {

void check(const UnrolledEnergyOptions& options) {
  require(options.steps >= 0, "inference steps: expected >= 0, got {}", options.steps);
  require(options.step > 0 && std::isfinite(options.step),
          "size of an inference step: expected > 0, got {}", options.step);
}

UnrolledEnergy result(double value, const Vector& theta, const UnrolledEnergyOptions& options) {
  UnrolledEnergy out;
  out.value = value;
  if (!std::isfinite(out.value)) {
    out.summary = {Status::kNotFinite,
                   fmt::format("energy after {} inference steps of {:g}: not finite; largest "
                               "|theta_i| = {:.3g} (steps above 2/lambda_max(H_z) diverge)",
                               options.steps, options.step, theta.cwiseAbs().maxCoeff())};
  }
  return out;
}

}  // namespace

UnrolledEnergy unrolled_energy(const Architecture& architecture, const Vector& theta,
                               const DataFactor<double>& data,
                               const UnrolledEnergyOptions& options) {
  check(options);
  const ActivityOperator op(architecture, theta, 0);
  Matrix z = op.forward(data.x);
  for (Index k = 0; k < options.steps; ++k) z -= options.step * op.gradient(data.x, data.y, z);
  return result(op.energies(data.x, data.y, z).sum(), theta, options);
}

UnrolledEnergy unrolled_energy(const NetworkEnergy<double>& energy, const Vector& theta,
                               const Dataset& data, const UnrolledEnergyOptions& options) {
  check(options);
  require(energy.dim() > 0, "inference steps: expected a free layer, got none");
  Matrix z = energy.forward(theta, data.x);
  NetworkPass<double> pass;
  energy.evaluate(theta, data.x, data.y, z, pass);
  for (Index k = 0; k < options.steps; ++k) {
    z -= options.step * energy.activity_gradient(theta, pass);
    energy.evaluate(theta, data.x, data.y, z, pass);
  }
  return result(energy.energies(pass).mean(), theta, options);
}

}  // namespace saddlescope

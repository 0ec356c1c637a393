// The energy that a fixed number of inference steps reaches: what a network sees that stops
// inference early.
//
// From the forward pass z(0), gradient descent on the activities of each sample,
//
//   z(k+1) = z(k) - dt (H_z z(k) - b),   k = 0 .. t-1,
//
// the explicit Euler steps of the published experiments [S]. F(theta; t) = <F(z(t), theta)> starts
// at lambda times the loss (t = 0) and falls to F* as t -> infinity where dt < 2/lambda_max(H_z):
//
//   F(theta; t) = F* + 1/2 <(z(0) - z*)' (I - dt H_z)^{2t} H_z (z(0) - z*)>
//
// z(t) is linear in (x, y), so the mean over samples may be taken over the columns of any factor of
// their second moments. 4 (t + 1) m sum n_l n_{l-1} flops over m columns.
#pragma once

#include "saddlescope/base/summary.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

struct UnrolledEnergyOptions {
  Index steps = 20;   // t >= 0
  double step = 0.1;  // dt > 0, on the energy of one sample
};

struct UnrolledEnergy {
  double value = 0;  // meaningless unless summary.ok()
  Summary summary;   // kNotFinite: the steps diverged beyond the numbers
};

// Throws std::invalid_argument for L < 2, options outside their range, and parameters that do not
// fit.
[[nodiscard]] UnrolledEnergy unrolled_energy(const Architecture& architecture, const Vector& theta,
                                             const DataFactor<double>& data,
                                             const UnrolledEnergyOptions& options);
// The same steps for networks of every activation, on the samples themselves: z(k+1) = z(k) - dt
// F_z(z(k)), with phi' at a kink as in network/activation.hpp.
[[nodiscard]] UnrolledEnergy unrolled_energy(const NetworkEnergy<double>& energy,
                                             const Vector& theta, const Dataset& data,
                                             const UnrolledEnergyOptions& options);

}  // namespace saddlescope

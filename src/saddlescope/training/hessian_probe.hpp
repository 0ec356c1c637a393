// Curvature of the loss and of the equilibrated energy at the weights of one moment, on the probed
// samples; of lambda L as `loss_..`, of F* as `energy_..`:
//
//   .._lambda_min, .._lambda_max   extreme eigenvalues of the parameter Hessian
//   .._eigenvalue_error            the Hessian has an eigenvalue within this of each
//   .._negative, .._zero, .._positive   inertia; NaN where a count is undecided
//
// Exact derivatives, dense for 1,500 parameters or fewer, else by Lanczos, which decides a count only
// where it sees past the last eigenvalue of that sign (hessian/extreme_curvature.hpp). All NaN where
// F* has no certified equilibrium or numbers overflow.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// As in training/probes.hpp. None with missing targets.
[[nodiscard]] std::vector<std::pair<std::string, Index>> hessian_columns(
    const NetworkEnergy<double>& energy);
[[nodiscard]] std::vector<std::pair<std::string, Vector>> probe_hessians(
    const NetworkEnergy<double>& energy, const Vector& theta, const Dataset& data);

}  // namespace saddlescope

// Curvature of the loss and of the equilibrated energy at the weights of one moment, on the probed
// samples; of lambda L as `loss_..`, of F* as `energy_..`:
//
//   .._lambda_min, .._lambda_max   extreme eigenvalues of the parameter Hessian
//   .._eigenvalue_error            the Hessian has an eigenvalue within this of each
//   .._negative, .._zero, .._positive   inertia; NaN where a count is undecided
//
// Exact derivatives, dense for `dense_limit` parameters or fewer, else by Lanczos, which decides a
// count only where it sees past the last eigenvalue of that sign (hessian/extreme_curvature.hpp).
// Dense Hessians take 8 p^2 bytes three times over and 4/3 p^3 flops each. All NaN where
// F* has no certified equilibrium or numbers overflow.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// As in training/probes.hpp.
[[nodiscard]] std::vector<std::pair<std::string, Index>> hessian_columns();
[[nodiscard]] std::vector<std::pair<std::string, Vector>> probe_hessians(
    const NetworkEnergy<double>& energy, const Vector& theta, const Dataset& data,
    Index dense_limit = 1500);

}  // namespace saddlescope

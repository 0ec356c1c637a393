// How well conditioned inference is at the weights of one moment:
//
//   activity_lambda_min, activity_lambda_max   of the activity Hessian H_z
//   condition_number      kappa(H_z) = lambda_max/lambda_min
//   condition_error       proved: the largest kappa exceeds it by no more than this, relatively
//   schur_eigenvalue_k    of S, ascending, k = 1 .. d_y; linear networks without activity decay
//
// In a linear network H_z is the same for all samples (inference/conditioning.hpp), in a nonlinear
// one it is F_zz at the sample's z*, and what stands here is that of the probed sample with the
// largest kappa. NaN: undecided; where a bound of that within 10 % could not be proved, or a sample
// has no certified minimum.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// As in training/probes.hpp. None where nothing is free.
[[nodiscard]] std::vector<std::pair<std::string, Index>> conditioning_columns(
    const NetworkEnergy<double>& energy);
// Three dozen factorisations of F_zz a sample, 7/3 n_l^3 flops a layer each; one in all if linear.
[[nodiscard]] std::vector<std::pair<std::string, Vector>> probe_conditioning(
    const NetworkEnergy<double>& energy, const Vector& theta, const Dataset& data);

}  // namespace saddlescope

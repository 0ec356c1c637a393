// The equilibrated energy of a nonlinear network, F*(theta) = F(z*(theta), theta), as an objective.
//
//   gradient   dF/dtheta at z*                               (envelope theorem)
//   Hessian    < F_tt - F_tz F_zz^{-1} F_zt >                (implicit function theorem)
//
// per sample, with z* by Newton's method from the forward pass (inference/network_equilibrium.hpp)
// and the block Cholesky factor of F_zz kept for all products: never a derivative of inference
// steps. Where a minimum lies on kinks of the activation with slopes strictly inside their intervals, it
// moves along them with theta, and their constraints join the system (inference/kink_system.hpp):
// as long as no sample changes its kinks F* is smooth, and this is its Hessian. A point exists only
// where every sample's equilibrium is certified a minimum of either kind; otherwise at() says which
// sample is not, and why. On the region where the minimum continues F* is the function these
// derivatives belong to; elsewhere inference may jump to another minimum.
//
// A product costs two tangent passes, 16 n_l n_{l-1} N flops a layer, and a solve, 4 n_l^2 N. Memory:
// 2 n_l^2 N doubles a layer for the factors. Bounds of rounding and of what is left between z
// and z*: inference/implicit_bounds.hpp; the Hessian's is made when it is first asked for.
#pragma once

#include <memory>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"

namespace saddlescope {

// Throws std::invalid_argument where data and network do not fit, or targets are no distributions
// under cross-entropy, and for missing targets (NaN) that the energy's clamping does not opt in
// for. Points refuse series along curves.
[[nodiscard]] std::unique_ptr<Objective<double>> network_equilibrated_energy(
    const NetworkEnergy<double>& energy, const Dataset& data, const NewtonOptions& options = {});

}  // namespace saddlescope

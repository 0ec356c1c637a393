// The smallest eigenvalue of the activity Hessian of each sample: what makes a stationary point of
// inference a minimum, and how flat it is.
#pragma once

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// lambda_min(F_zz) of the samples of a pass (slopes at kinks as the pass has them), N. Where F_zz
// is
// positive definite by a block factorisation and inverse iteration (linalg/block_tridiagonal_bound;
// `below` is a proved lower bound); elsewhere, from a dense eigen-solve, 4/3 dim^3 flops, less the
// bound of its error. Samples run in parallel.
struct ActivityEigenvalues {
  Vector below;   // at most the eigenvalue
  Vector around;  // the eigenvalue, to rounding and the inverse iteration's convergence
};
[[nodiscard]] ActivityEigenvalues smallest_activity_eigenvalues(const NetworkEnergy<double>& energy,
                                                                const Vector& theta,
                                                                const NetworkPass<double>& pass);

}  // namespace saddlescope

// Extreme eigenvalues of the activity Hessian of each sample: what makes a stationary point of
// inference a minimum, how flat it is, and how well conditioned inference around it.
#pragma once

#include <vector>

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

// kappa = lambda_max/lambda_min of F_zz of one sample, from Rayleigh quotients, and how far the true
// ratio can be from it by the proved bounds of both ends, relative; all NaN where F_zz is not proved
// positive definite.
struct SampleConditioning {
  double lambda_min = 0, lambda_max = 0;
  double condition_number = 0;
  double relative_error_bound = 0;
};
// Of each sample of a pass, in parallel: a dozen factorisations, 7/3 n^3 flops a layer each.
[[nodiscard]] std::vector<SampleConditioning> sample_conditioning(
    const NetworkEnergy<double>& energy, const Vector& theta, const NetworkPass<double>& pass);

}  // namespace saddlescope

// Polishing an almost critical point: Newton steps for the gradient, off the zero modes.
//
// At theta with gradient g and Hessian H = sum_i h_i u_i u_i', a step is
//
//   - sum over |h_i| > cutoff of u_i (u_i'g)/h_i,
//
// so that nothing moves along directions in which the objective is flat: the tangents of a symmetry
// orbit and any other null space. Near a critical point at a distance delta, H has eigenvalues of
// order delta where the limit's are zero; with these in the sum the step would drift along the
// orbit by any length. Cutoffs from 1e-2 |H| down to 4 times the error of the eigenvalues are
// tried, largest first, until one makes the gradient 10 times smaller, and otherwise the best is
// taken. Tangents handed in are projected out besides. The limit is quadratic as for Newton's
// method where the null space is that of the critical manifold.
#pragma once

#include "saddlescope/base/summary.hpp"
#include "saddlescope/hessian/objective.hpp"

namespace saddlescope {

struct PolishOptions {
  Index max_steps = 20;  // >= 0
  // p x k with orthonormal columns, or empty: directions no step may have, as
  // SymmetrySpace::basis at the start.
  Matrix flat_directions;
};

struct PolishResult {
  Vector theta;
  Index steps = 0;             // taken
  double gradient_before = 0;  // norms
  double gradient_after = 0;   // <= gradient_before
  double gradient_bound = 0;   // rounding error of the gradient at `theta`
  double distance = 0;         // |theta - start|
  // kOk: gradient_after <= gradient_bound. kNotConverged: no step makes the gradient smaller, or
  // max_steps were taken. kRefused, kNotFinite: the objective has no value at the start.
  Summary summary;
};

// The gradient's norm falls with every step taken; with none, theta is the start bit for bit. A
// dense eigendecomposition a step.
[[nodiscard]] PolishResult polish(const Objective<double>& objective, const Vector& theta,
                                  const PolishOptions& options = {});

}  // namespace saddlescope

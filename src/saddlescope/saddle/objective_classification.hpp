// What kind of point of any objective is this: the classification of saddle/classification.hpp where
// no closed form helps (nonlinear networks, activity decay).
//
// Gradient and inertia as there, from the objective's own derivatives and the bounds of their
// rounding errors, signs counted twice, zero modes split by the continuous symmetry that the caller
// knows of. What needs a linear network stays open: the order of escape from degenerate points, and
// a proof in interval arithmetic. There is no theorem here, as F*'s critical points have in linear
// networks, that makes the negative curvature of a nearby point that of an exact critical point; a
// proof that one exists (Newton and Kantorovich in theta) needs a Lipschitz constant of the whole
// Hessian on a ball, which for F* has to bound where its equilibria go. "Critical" therefore means
// to rounding, as it does before certificates in linear networks.
//
//   not critical    the gradient exceeds its rounding
//   strict saddle   critical, an eigenvalue below minus the zero threshold
//   local minimum   critical, all eigenvalues above it, or none below and those within it no more
//                   than the symmetry's orbit, along which the objective is constant
//   degenerate      critical, none below, and those within it are zero exactly: higher orders decide
//   undecided       rounding hides the criticality or a sign, or the objective has no value here
#pragma once

#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/saddle/classification.hpp"

namespace saddlescope {

// `lower_bound` of the objective, proved, with no rounding error: is_global says that the value
// equals it. `width` is the network's largest. `generators`, p x k: tangents at theta of a symmetry
// whose orbits through critical points are critical with the same value (saddle/rescaling.hpp); no
// columns: none is known, and every zero is in excess. value_error is NaN: not bounded. Cost: an
// eigen-decomposition of the Hessian and its factorisation. Throws std::invalid_argument if theta does
// not fit or holds a NaN.
[[nodiscard]] Classification classify(const Objective<double>& objective, double lower_bound,
                                      Index width, const Vector& theta,
                                      const ClassifyOptions& options = {},
                                      const Matrix& generators = {});

}  // namespace saddlescope

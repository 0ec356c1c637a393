// What kind of point of any objective is this: the classification of saddle/classification.hpp where
// no closed form helps (nonlinear networks, activity decay).
//
// Gradient and inertia as there, from the objective's own derivatives and the bounds of their
// rounding errors, signs counted twice. What needs a linear network stays open: a proof in interval
// arithmetic, the symmetry's share of the nullity and the order of escape from degenerate points.
//
//   not critical    the gradient exceeds its rounding
//   strict saddle   critical, an eigenvalue below minus the zero threshold
//   local minimum   critical, all eigenvalues above it
//   degenerate      critical, none below, and those within it are zero exactly: higher orders decide
//   undecided       rounding hides the criticality or a sign, or the objective has no value here
#pragma once

#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/saddle/classification.hpp"

namespace saddlescope {

// `lower_bound` of the objective, proved, with no rounding error: is_global says that the value
// equals it. `width` is the network's largest. value_error is NaN: not bounded. Cost: an
// eigen-decomposition of the Hessian and its factorisation. Throws std::invalid_argument if theta does
// not fit or holds a NaN.
[[nodiscard]] Classification classify(const Objective<double>& objective, double lower_bound,
                                      Index width, const Vector& theta,
                                      const ClassifyOptions& options = {});

}  // namespace saddlescope

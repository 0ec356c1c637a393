// Equilibria of networks whose activation has kinks: an active-set Newton method for one sample.
//
// The argument of every phi is affine in z: alpha_j(z) = z_{l,i} (pre) or u_{l,i} = a W_i z_{l-1} +
// b_i (post). F is smooth between the hyperplanes alpha_j = kappa_j, and many minima lie on some of
// them, where no smooth piece is stationary and descent chatters for ever. There the slope of phi
// may take any value s_j between its one-sided derivatives: 0 lies in the generalised gradient if
//
//   F_z(slopes s) = 0,   s_j in [phi'(kappa-), phi'(kappa+)]
//
// With the hyperplanes of a set J held, C the rows d alpha_j/dz, and g, H gradient and Hessian for a
// reference slope s0_j, a step p and multipliers mu solve
//
//   [H C'; C 0] [p; mu] = [-g; kappa - alpha],     s_j = s0_j - mu_j/w_j
//
// w_j = eps_{l,i} (post) or (a W' delta)_i (pre). F along p is piecewise smooth with known
// breakpoints; the step ends where its derivative first changes sign: between two of them, or on
// one, which then joins J. Full steps too small for F to show count where the gradient halves. Where
// F is stationary on the hyperplanes, a j whose s_j lies outside its interval, or whose kink is
// concave, leaves J. F falls with every step that changes J, so no set J returns.
//
// Certificate: F_z(s) = 0 to rounding, every s_j inside its interval by more than its rounding, its
// kink convex, H positive definite: a strict local minimum (first order growth off the hyperplanes,
// second order on them).
#pragma once

#include "saddlescope/inference/network_equilibrium.hpp"
#include "saddlescope/inference/sample_problem.hpp"

namespace saddlescope {

// Solves from the forward pass and fills the certificate, the kinks held included.
[[nodiscard]] Matrix solve_with_kinks(const SampleProblem& problem, const NewtonOptions& options,
                                      StationarityCertificate& out);

}  // namespace saddlescope

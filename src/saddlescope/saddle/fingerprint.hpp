// Points compared modulo the symmetry of deep linear networks, by numbers that the group leaves
// alone.
//
// Orthogonal group (the symmetry of F*), A_l -> O_l A_l O_{l-1}', O_0 = O_L = I: symmetric matrices
// h_0 (d_x x d_x), .., h_L (d_y x d_y) start at h_0 = B_0, h_L = B_L, fixed generic matrices, and
// h_l = I between; a few rounds of
//
//   h_l <- f(c_l h_l + A_l h_{l-1} A_l' + A_{l+1}' h_{l+1} A_{l+1}),   f(X) = X/(1 + |X|_F)
//
// keep h_l -> O_l h_l O_l'. The invariants are the ascending eigenvalues of h_1 .. h_{L-1} and the
// entries of h_0, h_L and A_{L:1}. Different values prove different orbits; equal values do not
// prove equal ones, although no example is known to us.
//
// General linear group (the symmetry of the loss), A_l -> M_l A_l M_{l-1}^{-1}: the invariants are
// A_{L:1}, the orthogonal projectors onto ker A_{l:1} (l < L) and onto im A_{L:l} (l > 1), and the
// ranks of all products A_{m:l}. They are complete in exact arithmetic [D]. Proof: equal ranks make
// the two chains of maps isomorphic (type A quiver), by an isomorphism (g_0, .., g_L) with g_0
// keeping the kernels, g_L the images and g_L A_{L:1} = A_{L:1} g_0. Write the chain as a sum of
// intervals [i, j]. Homomorphisms [0, j] -> [0, j'] exist for j' <= j and [i, L] -> [i', L] for i'
// <= i, and they are what a pair (g_0, g_L) that keeps both flags and A_{L:1} consists of: each
// such pair extends to an automorphism, and dividing by it makes g_0 = I, g_L = I.
//
// Every value carries a bound of its error: rounding and |theta - the point meant|, by first-order
// propagation of Frobenius norms.
#pragma once

#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

struct Fingerprint {
  Vector values;
  Vector errors;             // bounds, >= 0, entry by entry
  std::vector<Index> ranks;  // GL only: of A_{m:l}, l = 1 .. L, m = l .. L, in this order
  // kUndecided: a singular value stands within the error that decides a rank.
  Summary summary;
};

// `theta_error` >= 0 bounds |theta - the point meant|.
[[nodiscard]] Fingerprint orthogonal_fingerprint(const Architecture& architecture,
                                                 const Vector& theta, double theta_error = 0);
[[nodiscard]] Fingerprint general_linear_fingerprint(const Architecture& architecture,
                                                     const Vector& theta, double theta_error = 0);

enum class OrbitComparison {
  kDifferent,         // a rank differs, or a value by more than both errors: proved
  kNotDistinguished,  // all agree within errors that are small beside the values
  kUndecided,         // the errors are too large to tell, or a rank is undecided
};
// Fingerprints of the same kind and architecture.
[[nodiscard]] OrbitComparison same_orbit(const Fingerprint& a, const Fingerprint& b);

// group[i] = group[j] exactly for points that are not different from a common leader, numbered from
// 0 in order of appearance. Points with the smallest errors lead; an undecided one joins the first
// group it may belong to, so that the number of groups is no more than that of orbits. A generic
// combination of all values finds the candidates; O(n log n) where few points fall together.
[[nodiscard]] std::vector<Index> group_by_orbit(const std::vector<Fingerprint>& points);

}  // namespace saddlescope

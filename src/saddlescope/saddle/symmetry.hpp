// The symmetry of deep linear networks: the group GL(n_1) x .. x GL(n_{L-1}), its orbits, and the
// zero modes they explain.
//
// With M_0 = M_L = I and invertible M_l (n_l x n_l), 1 <= l < L, the group acts on the maps by
//
//   A_l -> M_l A_l M_{l-1}^{-1},     W_l = (A_l - tau_l I)/a_l     (skips included),
//
// and its tangent space at theta is the range of the map G from generators X_l (n_l x n_l) to
//
//   dA_l = X_l A_l - A_l X_{l-1},    dW_l = dA_l/a_l,              X_0 = X_L = 0.
//
// The loss is invariant under the whole group, the equilibrated energy F* under orthogonal M_l only
// (for other M_l it changes). But F* is critical exactly where A_L' r = 0 and <r (A_{L-1:1} x)'> =
// 0, which the whole group keeps, with the value lambda times the loss: *at a critical point of F*
// the tangent space consists of zero modes of both Hessians*. (Derived here and checked
// numerically; not yet reviewed by the field.) Its dimension bounds the nullity from below; the
// rest is excess nullity. Other eigenvalues of the Hessian of F*, even their signs, may change
// along an orbit.
//
// Everything here needs a_l != 0. A network reduced to the span of its inputs has other orbits than
// the full one (W_1 outside the span counts): split the nullity of the full network.
#pragma once

#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/linalg/inertia.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// The sum of n_l^2 over 1 <= l < L: the dimension k of the group.
[[nodiscard]] Index symmetry_dimension(const Architecture& architecture);

// G as a p x k matrix. Columns follow vec(X_1), .., vec(X_{L-1}), each column-major: with x their
// concatenation the tangent is G x. A column has at most n_{l-1} + n_{l+1} entries other than 0.
[[nodiscard]] Matrix symmetry_directions(const Architecture& architecture, const Vector& theta);

// The point M theta. Needs L - 1 matrices, finite and invertible in double: reciprocal condition
// above n_l eps. Rounding: relative error about n eps cond(M_{l-1}) in A_l.
[[nodiscard]] Vector act(const Architecture& architecture, const Vector& theta,
                         const std::vector<Matrix>& M);

struct SymmetrySpace {
  Matrix directions;       // p x k: G
  Matrix basis;            // p x rank, orthonormal: the tangent space
  Index rank = 0;          // the orbit's dimension
  Vector singular_values;  // of G, min(p, k), descending
  double threshold = 0;    // singular values at or below count as zero
  double gap = 0;          // sigma_rank/sigma_{rank+1}; infinite if none follows or it is 0
  double condition = 1;    // sigma_1/sigma_rank; 1 for rank 0
  // kUndecided: a singular value stands too near the threshold. kNotFinite: theta holds a NaN or
  // Inf.
  Summary summary;
};

// From the singular value decomposition of G, about 6 p k^2 + 20 k^3 flops.
//
// `theta_error` bounds the distance from theta to the point that is meant, 0 for a constructed one.
// G is affine in theta and |X_l dW_l - dW_l X_{l-1}| over all layers is at most 2 |dtheta| |X|, so
// (Weyl) singular values are known to
//
//   threshold = max(p, k) eps sigma_1 + 2 theta_error.
//
// The first term is the error of the decomposition; theta holds roundings of its own, of a size its
// history decides, so the rank is undecided if a singular value exceeds the threshold but not
// kRankMargin times the first term plus the second.
inline constexpr double kRankMargin = 1e3;
[[nodiscard]] SymmetrySpace symmetry_space(const Architecture& architecture, const Vector& theta,
                                           double theta_error = 0);

struct NullityReport {
  Index nullity = 0;     // n_zero of the inertia
  Index symmetry = 0;    // rank of the symmetry space
  Index excess = 0;      // nullity - symmetry
  double residual = 0;   // |H G|_F
  double tolerance = 0;  // of the residual
  // kUndecided, with the reason, when the split cannot be trusted: the rank is undecided, the
  // inertia is not determined (n_zero < 0), residual > tolerance (theta is not critical to
  // rounding), or nullity < symmetry (the zero threshold lies below the rounding of H).
  Summary summary;
};

// Splits the nullity of the Hessian H at a point into what the symmetry explains and the excess.
// The generators are tested rather than an orthonormal basis, whose vectors are off by eps
// sigma_1/sigma_rank:
//
//   tolerance = 4 hessian_error |G|_F,
//
// with hessian_error >= |error of H|_2, as Point::hessian_error_bound(). The 4 is for the roundings
// that theta itself holds, which move H about as much as those in computing it. Pass the inertia
// counted with whatever zero threshold the eigenvalues deserve.
[[nodiscard]] NullityReport split_nullity(const Matrix& hessian, double hessian_error,
                                          const Inertia& inertia, const SymmetrySpace& symmetry);
// The same by k Hessian products, when H is not at hand.
[[nodiscard]] NullityReport split_nullity(const Point<double>& point, const Inertia& inertia,
                                          const SymmetrySpace& symmetry);

}  // namespace saddlescope

// The coefficients of the matrix Dyson equation of a linear network's activity Hessian.
//
//   H_z - alpha I = J' J,   (J z)_{e_l} = sqrt(pi_l) (z_l - A_l z_{l-1}),   z_0 = z_L = 0,
//
// has the linearisation T(x) = [1, -J; -J', x] over (e, z), whose inverse holds (x - J'J)^{-1} in
// its zz block, analytic in x except on the spectrum, x = 0 included. For A_l = a_l W_l + tau_l I
// with independent entries of variance sigma_l^2 in W_l the blocks of the inverse tend to multiples
// X_i I, and X solves [D] (H_z's Dyson equation in w = sqrt(x), with
// X_z = G_z/w and X_e = w G_e)
//
//   X = diag T^{-1},   T = tridiag(base_i + z_i x - c_i; coupling_i),   c_i = strength_i X_{p(i)}
//
// on the nodes e_1, z_1, e_2, z_2, .., e_L in this order:
//
//   base = 1, z = 0 at e_l;  base = 0, z = 1 at z_l
//   coupling(e_l, z_l) = sqrt(pi_l),   coupling(z_{l-1}, e_l) = sqrt(pi_l) tau_l
//   p(e_l) = z_{l-1}, strength pi_l a_l^2 sigma_l^2 n_{l-1};   p(z_{l-1}) = e_l, strength
//   pi_l a_l^2 sigma_l^2 n_l   (l = 2..L; none at e_1)
//
// Signs of couplings do not enter the diagonal. General precisions pi_l come at no cost.
#pragma once

#include <span>
#include <vector>

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// Where the density may be singular: x is an eigenvalue of the deterministic part of J'J on a run C
// of hidden layers linked by skips, and none of the weights inside the run varies. Of its n_C
// eigenvectors those in the kernels of A on the left and of A on the right of the run stay
// eigenvectors whatever the weights: at least
//
//   margin = n_C - r_left - r_right,   r = the width on the other side, 0 where there is no W
//
// of them when margin > 0 (an atom); margin = 0 leaves a hard edge or an integrable singularity.
// Without skips C is a layer, x = pi_l and margin = n_l - n_{l-1} [l > 1] - n_{l+1}. No other x can
// carry an atom: the deterministic part of T(x) is nonsingular there, so the determinant of T(x), a
// polynomial in the weights, vanishes on a null set only.
struct SingularPoint {
  double x = 0;      // without activity decay
  Index margin = 0;  // >= 0: eigenvalues at x
};

// One connected piece of the nodes e_i, z_i, .., up to z_j or e_L: where W_l has no variance and
// layer l no skip, the matrix falls apart and its spectrum is a union.
struct DysonChain {
  Vector coupling;  // one fewer than nodes; node k is an e for even k, a z for odd k
  Vector strength;  // of c_k; its partner is k + 1 for odd k, k - 1 for even k > 0
  Vector weight;    // n_l/dim H_z at z_l, 0 at e_l
  double norm = 1;  // |J'J| <= norm as widths grow
  std::vector<SingularPoint> singular;  // ascending, distinct

  [[nodiscard]] Index size() const { return strength.size(); }
  [[nodiscard]] static Index partner(Index k) { return k % 2 == 1 ? k + 1 : k - 1; }
  [[nodiscard]] double mass() const { return weight.sum(); }
  [[nodiscard]] bool random() const { return strength.maxCoeff() > 0; }
};

// Throws std::invalid_argument for L < 2 and for variances that are not L finite numbers >= 0. The
// variance of W_1, which H_z does not contain, is not used.
[[nodiscard]] std::vector<DysonChain> dyson_chains(const Architecture& architecture,
                                                   std::span<const double> variances);

}  // namespace saddlescope

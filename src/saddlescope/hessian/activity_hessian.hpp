// The Hessian of the predictive-coding energy in the activities, for one sample of a linear
// network.
//
//   F(z) = 1/2 sum_{l=1}^{L} pi_l |z_l - A_l z_{l-1}|^2 + alpha/2 sum_{0<l<L} |z_l|^2
//
// is quadratic in z = (z_1, .., z_{L-1}), so its Hessian H_z depends on neither z, x nor y. It is
// block tridiagonal, with n_l = dim z_l:
//
//   (H_z)_{l,l}   = (pi_l + alpha) I + pi_{l+1} A_{l+1}' A_{l+1}    (n_l x n_l)
//   (H_z)_{l,l+1} = -pi_{l+1} A_{l+1}'                              (n_l x n_{l+1})
//
// and positive definite for all weights. The equilibrium solves
//
//   H_z z = (pi_1 A_1 x, 0, .., 0, lambda A_L' y).
#pragma once

#include "saddlescope/linalg/block_tridiagonal.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// Blocks of H_z; `dense()` and `apply()` are BlockTridiagonal's. Needs L >= 2, alpha >= 0.
template <class T>
[[nodiscard]] BlockTridiagonal<T> activity_hessian(const Architecture& architecture,
                                                   const VectorOf<T>& theta,
                                                   T activity_decay = T(0));

// The right-hand side of the equilibrium for each column of x and y: (n_1 + .. + n_{L-1}) x N.
template <class T>
[[nodiscard]] MatrixOf<T> activity_source(const Architecture& architecture,
                                          const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
                                          ConstMatrixRefOf<T> y);

}  // namespace saddlescope

// The Hessian of loss and equilibrated energy of a deep linear network at a LinearState: products
// with a block of directions, and the dense matrix.
//
// Product with V (W_l moves along V_l, Adot_l = a_l V_l): tangents of the boundary problem,
//
//   Pdot_l = Pdot_{l+1} A_l + P_{l+1} Adot_l
//   Sdot   = sum_{l>=2} q_{l-1} (Pdot_l P_l' + P_l Pdot_l')
//   edot_L = S^{-1} (-Pdot_1 x - Sdot e_L)
//   edot_l = Adot_{l+1}' e_{l+1} + A_{l+1}' edot_{l+1}
//   zdot_l = Adot_l z_{l-1} + A_l zdot_{l-1} + q_l edot_l
//   (HV)_l = -a_l <edot_l z_{l-1}' + e_l zdot_{l-1}'>
//
// 12 p m flops per direction (4 p_1 m for layer 1, whose z_0 = x does not move).
//
// Dense: solving the boundary problem for a direction in layer m alone gives every block as four
// Kronecker products. With M_0 = 0, M_l = A_l M_{l-1} A_l' + q_l I (so S = M_L), and for l <= m
//
//   alpha = P_{l+1}' S^{-1} P_{m+1}                                   (n_l x n_m)
//   beta  = [l < m] A_{m-1:l+1}' - P_{l+1}' S^{-1} P_m M_{m-1}        (n_l x n_{m-1})
//   gamma = -M_{l-1} P_l' S^{-1} P_{m+1}                              (n_{l-1} x n_m)
//   delta = M_{l-1} A_{m-1:l}' - M_{l-1} P_l' S^{-1} P_m M_{m-1}      (n_{l-1} x n_{m-1})
//
//   (H V)_l = a_l a_m [ alpha V <z_{m-1} z_{l-1}'> - beta V' <e_m z_{l-1}'>
//                       - <e_l z_{m-1}'> V' gamma' - <e_l e_m'> V delta' ].
//
// The second moments are products of small matrices (GEMM), the fill costs 8 flops an entry, p^2/2
// entries. Unlike the textbook form F_tt - F_tz F_zz^{-1} F_zt it needs no activity Hessian and
// stays finite as the hidden precisions grow, so that the loss is the case q_l = 0 of the same
// code.
#pragma once

#include <vector>

#include "saddlescope/energy/linear_state.hpp"

namespace saddlescope {

// HV = H V; both p x k. Columns are independent and shared out over threads.
template <class T>
void linear_hessian_times(const LinearState<T>& state, ConstMatrixRefOf<T> V, MatrixRefOf<T> HV);

// The Hessian in the weights of `layers` (0-based, ascending), both triangles, exactly symmetric.
template <class T>
[[nodiscard]] MatrixOf<T> linear_hessian(const LinearState<T>& state,
                                         const std::vector<Index>& layers);

// A bound on the Frobenius norm of the Hessian with every cancellation undone: sums of norms of the
// terms above, with |P_{l+1}| |e_L| for |e_l| and (|y| + |P_1 x|)/q_L for |e_L|. Rounding in H is a
// small multiple of eps times it.
template <class T>
[[nodiscard]] double linear_hessian_magnitude(const LinearState<T>& state);

// An upper bound of the error in the 2-norm of the computed Hessian, to first order in eps: the
// running error analysis of energy/linear_rounding.hpp carried on through the four Kronecker
// products of every block. O(L^2) norms beside the blocks themselves.
template <class T>
[[nodiscard]] double linear_hessian_error_bound(const LinearState<T>& state);

}  // namespace saddlescope

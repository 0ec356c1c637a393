// A bound of the curvature of the inference problem at given weights, for the choice of a step that
// is stable: one number for all samples, from the weights alone, so that no sample's step depends
// on
// the batch it stands in.
//
// In the activities, with s_l = c |a_l W_l|_2 + tau_l >= |J_l|_2, c = max |phi'| and pi_L replaced
// by lambda/2 under cross-entropy (|diag p - p p'|_2 <= 1/2), the norms of the blocks of the
// Gauss-Newton matrix of F_zz give
//
//   b = largest eigenvalue of tridiag( pi_{l+1} s_{l+1} ; pi_l + alpha + pi_{l+1} s_{l+1}^2 ;
//   pi_{l+2} s_{l+2} ) over the free layers
//
// at least the largest eigenvalue of that matrix for every sample. In the errors (ePC) the
// curvature
// is that of pi_l |e_l|^2/2 and of lambda/2 |A_L A_{L-1} .. e_l|^2 summed over l, and
//
//   b = max_l pi_l + lambda |sum_l A_{L:l+1} A_{L:l+1}'|_2 + alpha sum_{k>=l} (s_{l+1} .. s_k)^2
//
// with the effective maps A_l = a_l W_l + tau_l I of the network without its activation: products
// of norms would be larger by orders of magnitude in deep networks. F_zz also has terms with phi''
// that no bound from the weights covers. Norms are taken from 9 products of Lanczos' method: a
// lower
// bound, in practice within a few percent. So b is no proof, and a step of 1.5/b keeps a quarter of
// 2/b in hand.
#pragma once

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// 36 n_l n_{l-1} flops for each layer above a free one. NaN where theta is not finite.
template <class T>
[[nodiscard]] double activity_curvature_bound(const NetworkEnergy<T>& energy,
                                              const VectorOf<T>& theta);
template <class T>
[[nodiscard]] double error_curvature_bound(const NetworkEnergy<T>& energy,
                                           const VectorOf<T>& theta);

// max |phi'| over the line, rounded up in the third digit.
[[nodiscard]] double largest_slope(Activation activation);

}  // namespace saddlescope

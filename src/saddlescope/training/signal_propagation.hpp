// How signals grow and shrink from layer to layer of a feed-forward network, on a batch: the
// gradient-stability view.
//
//   layer    sqrt(< |J_l|_F^2 > / n_{l-1})     J_l = df_l/dz_{l-1}          (n_l x n_{l-1})
//   output   sqrt(< |J_L .. J_l|_F^2 > / n_L)  J_L .. J_l = df/dz_{l-1}     (n_L x n_{l-1})
//
// at the activities of the forward pass, < > over samples: by how much J_l stretches a random
// vector below it in the root mean square, and by how much a random error at the output is
// stretched on its way down to z_{l-1}. Both near 1 for all l is dynamical isometry in the mean.
#pragma once

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// `pass` is a forward pass (energy/backpropagation.hpp). L each. 2 n_l n_{l-1} N flops a layer, and
// n_L times that.
[[nodiscard]] Vector layer_jacobian_norms(const Architecture& architecture, const Vector& theta,
                                          const NetworkPass<double>& pass);
[[nodiscard]] Vector output_jacobian_norms(const Architecture& architecture, const Vector& theta,
                                           const NetworkPass<double>& pass);

}  // namespace saddlescope

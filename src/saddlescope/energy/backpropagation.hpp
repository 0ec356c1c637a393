// Backpropagation on a batch, in the terms of the predictive-coding energy: activities are those of
// the forward pass, errors those that the output's error sends down.
//
//   z_l = f_l(z_{l-1}),   eps_L = -dE_L/df_L,   eps_{l-1} = (df_l/dz_{l-1})' eps_l
//
// E_L is the output's energy with its precision lambda (energy/output_loss.hpp): the gradient that
// NetworkEnergy::parameter_gradient makes of such a pass is that of lambda L, with L the loss
// 1/2 <|y - f|^2> or the cross-entropy. Hidden precisions do not enter. 6 n_l n_{l-1} N flops a
// layer together with the weight gradient.
#pragma once

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// x is d_x x N, y is d_y x N; pass.z.back() = y. Shapes are asserted, not required.
template <class T>
void backpropagate(const Architecture& architecture, const VectorOf<T>& theta,
                   ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y, NetworkPass<T>& pass,
                   Targets targets = Targets::kAll);

}  // namespace saddlescope

// The loss that backpropagation minimises, for networks of every activation, as an objective with
// exact Hessian products.
//
//   mse             1/2 <|y - f|^2>
//   cross-entropy   <sum_k y_k (log sum_j e^{f_j} - f_k)>
//
// f is the feed-forward prediction; precisions do not enter. Gradient: backpropagation,
// eps_L = -dE/df, eps_{l-1} = (df_l/dv)' eps_l. Hessian products differentiate both passes along
// the direction (Pearlmutter 1994): 12 n_l n_{l-1} N flops a layer and direction. Where phi has
// kinks, products are those of the smooth piece around theta.
#pragma once

#include <memory>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/output_loss.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// Throws std::invalid_argument where data and network do not fit, or targets are no distributions
// under cross-entropy. kObserved: an output whose target is NaN adds nothing (mse only). Points
// refuse series along curves.
[[nodiscard]] std::unique_ptr<Objective<double>> network_loss(const Architecture& architecture,
                                                              const Dataset& data,
                                                              Targets targets = Targets::kAll);

}  // namespace saddlescope

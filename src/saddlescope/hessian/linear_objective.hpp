// Loss and equilibrated energy of a deep linear network as objectives, with exact Hessians.
//
// See energy/linear_state.hpp for the equations that both share.
#pragma once

#include <memory>

#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/network/input_reduction.hpp"

namespace saddlescope {

// The MSE loss  1/2 <|y - A_{L:1} x|^2>.
template <class T>
[[nodiscard]] std::unique_ptr<Objective<T>> mse_loss(const Architecture& architecture,
                                                     const DataFactor<T>& data);

// The equilibrated energy  F* = 1/2 <r' S^{-1} r>.
template <class T>
[[nodiscard]] std::unique_ptr<Objective<T>> equilibrated_energy(const Architecture& architecture,
                                                                const DataFactor<T>& data);

}  // namespace saddlescope

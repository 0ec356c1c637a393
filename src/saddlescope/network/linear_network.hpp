// Which networks the theory of deep linear networks speaks of.
#pragma once

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// Identity, no biases, squared loss; any skips, scales and precisions.
[[nodiscard]] inline bool is_deep_linear(const Architecture& architecture) {
  return architecture.activation == Activation::kIdentity && !architecture.biases &&
         architecture.loss == OutputLoss::kMse;
}

}  // namespace saddlescope

// How a learning rate found for one network carries over to another size, with hidden width n and
// depth L [inf]:
//
//                SP     NTP and muPC
//   gd           eta    eta gamma^2 n
//   momentum     eta    eta gamma^2 n
//   adam, adamw  eta    eta/sqrt(n L) with skips, eta/sqrt(n) without
#pragma once

#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/training/optimiser.hpp"

namespace saddlescope {

// The rate of the table for `base` = eta. n is n_{L-1}; L = 1 has no hidden width and keeps eta.
[[nodiscard]] double scaled_learning_rate(double base, OptimiserKind optimiser,
                                          const ArchitectureOptions& network);

}  // namespace saddlescope

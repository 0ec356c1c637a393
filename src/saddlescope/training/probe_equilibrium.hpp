// A batch at its equilibria, as probes look at it.
#pragma once

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

struct ProbeEquilibrium {
  NetworkPass<double> pass;  // at z*, with the slopes of held kinks
  double certified = 0;      // share of samples whose z* is certified a minimum, on kinks or not
  bool finite = true;        // false: activities overflowed, and pass is empty
};

// By Newton's method (inference/network_equilibrium.hpp); the backward pass where nothing is free.
[[nodiscard]] ProbeEquilibrium probe_equilibrium(const NetworkEnergy<double>& energy,
                                                 const Vector& theta, const Dataset& data);

}  // namespace saddlescope

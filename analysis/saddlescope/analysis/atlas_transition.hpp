// Where the type of a critical point changes along its GL orbit: the bottleneck family of
// saddle/counterexamples.hpp, followed in d.
#pragma once

#include <vector>

#include "saddlescope/saddle/counterexamples.hpp"
#include "saddlescope/saddle/orbit_transition.hpp"

namespace saddlescope::analysis {

struct OrbitTransition {
  BottleneckOptions family;
  double predicted = 0;             // d_c
  TransitionScan scan;              // in s = log(d/d_0) from the point d_0 = 1
  double found = 0;                 // NaN where none was found
  double error = 0;                 // a bound of that of `found`
  std::vector<double> d;            // a grid
  std::vector<Vector> eigenvalues;  // of the Hessian of F* at each d, ascending
};

// The orbit of the point d = 1 under M = d, found without knowing d_c, for several parameters.
[[nodiscard]] std::vector<OrbitTransition> bottleneck_transitions();

}  // namespace saddlescope::analysis

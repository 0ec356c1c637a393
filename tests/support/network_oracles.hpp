// The reference numbers of tests/reference/nonlinear.json, computed independently of this code.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope::testing {

struct NetworkOracleCase {
  std::string name;
  Architecture architecture;
  Dataset data;
  Vector theta;                             // p
  double mse = 0;                           // loss of the feed-forward pass
  double energy = 0;                        // F*
  Matrix activities;                        // z_1 .. z_{L-1} stacked, a sample per column
  Vector gradient;                          // of F*
  Vector hessian_spectrum;                  // of F*, ascending, good to about 1e-8
  double smallest_activity_eigenvalue = 0;  // over the samples' F_zz
};

[[nodiscard]] const std::vector<NetworkOracleCase>& network_oracle_cases();

}  // namespace saddlescope::testing

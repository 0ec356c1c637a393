// The reference numbers of tests/reference/deep_linear.json, computed independently of this code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::testing {

// What the file holds for one objective at the case's point. The counts are those of eigenvalues
// below -1e-9 and within 1e-9 of zero.
struct OracleObjective {
  double value = 0;
  Vector gradient;          // p
  Vector hessian_product;   // H direction
  Vector hessian_spectrum;  // p, ascending
  Index n_negative = 0;
  Index n_zero = 0;
  // At critical points: nullity beyond that of the symmetry orbit, and its classification.
  std::optional<Index> excess_nullity;
  std::optional<std::string> verdict;
};

struct OracleCase {
  std::string name;
  std::string point;  // which kind of point theta is, in words
  // How the case was described, and the same as an architecture whose scales are the file's.
  ArchitectureOptions options;
  Architecture architecture;
  Dataset data;
  Vector theta;      // p
  Vector direction;  // p
  Matrix S;          // d_y x d_y
  OracleObjective mse;
  OracleObjective energy;
  // z_1 .. z_{L-1} at equilibrium, a sample per column; empty for L = 1.
  std::vector<Matrix> activities;
  Vector activity_spectrum;  // of the activity Hessian, ascending; empty for L = 1
  std::optional<Index> symmetry_nullity;
};

// All 29 cases, read once.
[[nodiscard]] const std::vector<OracleCase>& oracle_cases();
// Throws std::invalid_argument if there is no case of that name.
[[nodiscard]] const OracleCase& oracle_case(const std::string& name);

}  // namespace saddlescope::testing

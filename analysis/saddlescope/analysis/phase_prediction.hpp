// What theory says about the condition number of a cell of the phase diagram.
#pragma once

#include <optional>

#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {

struct PhaseCellShape {
  Architecture architecture;
  InitialiseOptions init;
  double activity_decay = 0;
};

struct PhasePrediction {
  double condition_number = 0;
  const char* source = "";  // "orthogonal chains" | "matrix Dyson equation"
};

// Empty where no theory covers the cell, or where its equation could not be solved.
//
// Independent entries (uniform, normal): the edges of theory/dyson_branch.hpp, the limit of large
// widths at the width ratios of the cell; small widths scatter about it.
//
// Orthogonal weights of equal hidden widths n without skips, exactly. With the singular vectors of A_L as coordinates H_z falls apart into n chains,
//
//   tridiag(-b, 1 + b^2 + alpha, -b) of size H with the last diagonal entry 1 + alpha + lambda s^2,
//
// b the common singular value of the hidden maps and s that of A_L in that direction: at most d_y
// of them are not zero. b = 1, s in {0, 1}, lambda = 1 and alpha = 0 is the closed form
// 2 - 2 cos(j pi/(H+1)), 2 - 2 cos((2j-1) pi/(2H+1)).
[[nodiscard]] std::optional<PhasePrediction> phase_prediction(const PhaseCellShape& cell);

}  // namespace saddlescope::analysis

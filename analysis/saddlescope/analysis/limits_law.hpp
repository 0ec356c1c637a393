// How fast PC approaches BP as width outgrows depth: power laws fitted to the maps.
//
//   q = c n^p L^d      q = 1 - cos(PC, BP), or q = lambda L/F* - 1
//
// by least squares of ln q over the medians over seeds at places with n >= 4 L where q stands ten
// times above its rounding error. [mu], [inf]: under muPC the directions differ by O(L/n), so that
// 1 - cos = O((L/n)^2) and lambda L/F* - 1 = O(L/n).
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/claim.hpp"
#include "saddlescope/analysis/limits_training.hpp"

namespace saddlescope::analysis {

struct LimitLaw {
  std::string parameterisation;
  std::string quantity;                        // "1 - cos(PC, BP)" or "lambda L/F* - 1"
  double width_exponent = 0, width_error = 0;  // p and its standard error; NaN for one width
  double depth_exponent = 0, depth_error = 0;  // d; NaN where all depths are one
  Index n_points = 0;
  double at_widest = 0;  // the largest q of all depths at the largest width
  // Does q vanish with width? Holds: p + 3 standard errors < 0. Fails: p > -3 standard errors, while
  // p = -1/2, the slowest rate of averages over units, is 3 standard errors away. Otherwise, and
  // with fewer than 6 points, undecided.
  Verdict vanishes = Verdict::kUndecided;
};

// Two laws for each parameterisation of the map, at random weights.
[[nodiscard]] std::vector<LimitLaw> limit_laws(const LimitsOptions& options,
                                               const std::vector<MapCell>& map);
// The same two after the last step, at PC's weights; runs that stopped early are left out.
[[nodiscard]] std::vector<LimitLaw> training_laws(const LimitsOptions& options,
                                                  const std::vector<TwinRun>& runs);

}  // namespace saddlescope::analysis

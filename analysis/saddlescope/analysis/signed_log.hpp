// An axis that is logarithmic on both sides of zero: sgn(v) log10(1 + |v|/s),
// linear within s of it.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

struct SignedLog {
  int linear_decade = -1;  // s = 10^linear_decade
  int top_decade = 0;      // of the largest magnitude
};

struct SignedLogSeries {
  const Vector* values;
  double zero_threshold;  // magnitudes up to it are rounding
};

// s is a decade, at most eight below the largest magnitude and, where that is larger, below every
// magnitude that is not rounding.
[[nodiscard]] SignedLog signed_log_axis(const std::vector<SignedLogSeries>& series);

// gnuplot commands: the function slog(), which plots apply to their values, and tics of axis 'x' or
// 'y'.
[[nodiscard]] std::string signed_log_commands(const SignedLog& axis, char which);

}  // namespace saddlescope::analysis

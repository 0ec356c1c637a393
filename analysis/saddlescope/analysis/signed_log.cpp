#include "saddlescope/analysis/signed_log.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace saddlescope::analysis {

SignedLog signed_log_axis(const std::vector<SignedLogSeries>& series) {
  double largest = 0, smallest = std::numeric_limits<double>::infinity();
  for (const SignedLogSeries& one : series) {
    for (const double value : *one.values) {
      if (std::abs(value) <= one.zero_threshold) continue;
      largest = std::max(largest, std::abs(value));
      smallest = std::min(smallest, std::abs(value));
    }
  }
  SignedLog axis;
  if (!(largest > 0)) return axis;
  axis.top_decade = static_cast<int>(std::ceil(std::log10(largest)));
  const int bottom = static_cast<int>(std::floor(std::log10(smallest)));
  axis.linear_decade = std::max(bottom, axis.top_decade - 8) - 1;
  return axis;
}

std::string signed_log_commands(const SignedLog& axis, char which) {
  std::string tics = "'0' 0";
  const int step = axis.top_decade - axis.linear_decade > 5 ? 2 : 1;
  for (int decade = axis.top_decade; decade > axis.linear_decade; decade -= step) {
    const double at = std::log10(1 + std::pow(10.0, decade - axis.linear_decade));
    tics += fmt::format(", '10^{{{0}}}' {1:.6f}, '−10^{{{0}}}' {2:.6f}", decade, at, -at);
  }
  return fmt::format(
      "slog(v) = sgn(v)*log10(1 + abs(v)/1e{})\n"
      "set {}tics ({})\n",
      axis.linear_decade, which, tics);
}

}  // namespace saddlescope::analysis

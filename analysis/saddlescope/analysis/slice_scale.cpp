#include "saddlescope/analysis/slice_scale.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace saddlescope::analysis {
namespace {

constexpr int kLevels = 16;      // contours
constexpr double kApart = 0.09;  // least distance of tics, as a share of the axis

// Round numbers and zero, those of one digit first, that leave each other room on the axis.
std::vector<double> tics(const SliceScale& scale) {
  const double span = scale(scale.high) - scale(scale.low);
  const double largest = std::max(std::abs(scale.low), std::abs(scale.high));
  std::vector<double> out;
  const auto offer = [&](double value) {
    if (value < scale.low || value > scale.high) return;
    const bool free = std::all_of(out.begin(), out.end(), [&](double other) {
      return std::abs(scale(value) - scale(other)) >= kApart * span;
    });
    if (free) out.push_back(value);
  };
  offer(0);
  const int top = static_cast<int>(std::ceil(std::log10(largest)));
  for (const double digit : {1.0, 3.0, 2.0, 5.0})
    for (int decade = top; decade >= top - 12; --decade)
      for (const double sign : {1.0, -1.0}) offer(sign * digit * std::pow(10.0, decade));
  return out;
}

}  // namespace

double SliceScale::operator()(double value) const {
  return linear ? value : std::asinh(value / unit);
}

SliceScale slice_scale(const std::vector<SlicedObjective>& surfaces) {
  std::vector<double> sizes;
  SliceScale scale;
  bool first = true;
  for (const SlicedObjective& one : surfaces)
    for (const double value : one.surface.values.reshaped()) {
      if (!std::isfinite(value)) continue;
      scale.low = first ? value : std::min(scale.low, value);
      scale.high = first ? value : std::max(scale.high, value);
      first = false;
      sizes.push_back(std::abs(value));
    }
  if (sizes.empty()) return {};
  // A flat slice still needs an axis of some length.
  if (scale.high == scale.low) {
    const double room = scale.low == 0 ? 1 : 0.1 * std::abs(scale.low);
    scale.low -= room;
    scale.high += room;
  }
  std::sort(sizes.begin(), sizes.end());
  const double tenth = std::max(sizes[sizes.size() / 10], 1e-6 * sizes.back());
  if (sizes.back() > 20 * tenth) {
    scale.linear = false;
    scale.unit = tenth;
  }
  return scale;
}

std::string slice_scale_commands(const SliceScale& scale) {
  const double low = scale(scale.low), high = scale(scale.high);
  std::string commands = scale.linear ? std::string("g(v) = v\n")
                                      : fmt::format("g(v) = asinh(v/{:.12g})\n", scale.unit);
  commands +=
      fmt::format("set cbrange [{0:.9g}:{1:.9g}]\nset zrange [{0:.9g}:{1:.9g}]\n", low, high);
  if (!scale.linear) {
    std::string list;
    for (const double value : tics(scale))
      list += fmt::format("{}'{:g}' {:.9g}", list.empty() ? "" : ", ", value, scale(value));
    commands += fmt::format("set cbtics ({0})\nset ztics ({0})\n", list);
  }
  commands += fmt::format("set cntrparam levels incremental {:.9g},{:.9g},{:.9g}\n",
                          low + (high - low) / kLevels, (high - low) / kLevels, high);
  return commands;
}

}  // namespace saddlescope::analysis

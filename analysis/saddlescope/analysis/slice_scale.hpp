// The colour and height scale of slices: linear, or asinh(v/s) where the values span decades.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/slice_study.hpp"

namespace saddlescope::analysis {

struct SliceScale {
  bool linear = true;
  double unit = 1;           // s of asinh(v/s)
  double low = 0, high = 1;  // of the values
  [[nodiscard]] double operator()(double value) const;
};

// One scale for all surfaces, so that equal colours are equal values. asinh where the largest
// magnitude is above 20 times the tenth part of the sorted magnitudes, which is then s.
[[nodiscard]] SliceScale slice_scale(const std::vector<SlicedObjective>& surfaces);

// gnuplot commands: the function g() that plots apply to values, the ranges and tics of the colour
// box and of z, and contour levels equally spaced in g.
[[nodiscard]] std::string slice_scale_commands(const SliceScale& scale);

}  // namespace saddlescope::analysis

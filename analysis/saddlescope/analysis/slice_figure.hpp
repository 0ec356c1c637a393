// What the figures of a slice share.
#pragma once

#include <string>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/slice_study.hpp"

namespace saddlescope::analysis {

[[nodiscard]] const char* slice_ink(const std::string& name);           // of mse, energy, inference
[[nodiscard]] std::string slice_title(const SliceStudyResult& result);  // quoted
[[nodiscard]] std::string slice_axis_label(const SliceAxis& axis);

// Values along the line with their quadratic models, and the residuals of those against |s|.
[[nodiscard]] Figure slice_line_figure(const SliceStudyResult& result);

}  // namespace saddlescope::analysis

// How a spectrum study is named above tables and figures.
#pragma once

#include <string>

#include "saddlescope/analysis/spectrum_study.hpp"

namespace saddlescope::analysis {

// "digits, 1,797 samples" and "64-10-10-10, sp, origin" for titles.
[[nodiscard]] std::string data_title(const SpectrumResult& result);
[[nodiscard]] std::string network_title(const SpectrumResult& result);

}  // namespace saddlescope::analysis

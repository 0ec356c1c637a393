// One-line descriptions of a problem, for tables and figures.
#pragma once

#include <string>

#include "saddlescope/analysis/problem.hpp"

namespace saddlescope::analysis {

[[nodiscard]] std::string data_title(const Dataset& data);
[[nodiscard]] std::string data_title(const Problem& problem);  // "digits, 1797 samples"
// "64-10-10, sp, origin", "5-4-4-3, mupc, skips, tanh, init"
[[nodiscard]] std::string network_title(const Problem& problem);
// "lambda 1", "precisions 1,2,0.5"
[[nodiscard]] std::string precisions_title(const Architecture& architecture);

}  // namespace saddlescope::analysis

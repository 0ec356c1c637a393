// The axes of maps over widths and depths.
#pragma once

#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

// Throws std::invalid_argument, naming the flag, unless there is a value, all are 1 .. most, and each
// is above the one before.
void require_axis(const char* flag, const std::vector<Index>& values, Index most);

}  // namespace saddlescope::analysis

#include "saddlescope/analysis/axis.hpp"

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {

void require_axis(const char* flag, const std::vector<Index>& values, Index most) {
  require(!values.empty(), "{}: expected at least one number, got none", flag);
  for (std::size_t i = 0; i < values.size(); ++i) {
    require(values[i] >= 1 && values[i] <= most, "{}: expected numbers 1 .. {}, got {}", flag, most,
            values[i]);
    require(i == 0 || values[i] > values[i - 1], "{}: expected ascending numbers, got {} after {}",
            flag, values[i], values[i == 0 ? 0 : i - 1]);
  }
}

}  // namespace saddlescope::analysis

// Command lines of tests put together.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace saddlescope::test {

// The flags of `base` and `more`; the value of one that both have is that of `more`.
inline std::vector<std::string> with(std::vector<std::string> base,
                                     const std::vector<std::string>& more) {
  for (std::size_t i = 0; i < more.size(); ++i) {
    const auto found = std::find(base.begin(), base.end(), more[i]);
    if (more[i].starts_with("--") && found != base.end()) {
      *(found + 1) = more[++i];
    } else {
      base.push_back(more[i]);
    }
  }
  return base;
}

}  // namespace saddlescope::test

// require(): the check at every public border, always on.
//
//   require(lambda > 0, "output precision lambda: expected > 0, got {}", lambda);
//
// The text names the quantity, what was expected and what was got. Programs turn the exception into
// exit code 2.
#pragma once

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace saddlescope {

// Throws std::invalid_argument with the formatted text unless `condition` holds.
template <class... Args>
void require(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) throw std::invalid_argument(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace saddlescope

// How much memory a computation may take, so that it can refuse before it starts, and how much it
// took.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace saddlescope::analysis {

// Bytes that the system would give without swapping (MemAvailable of Linux, and the limits of the
// container and of the process where there are any); infinity where it does not say.
[[nodiscard]] double available_memory();

// "3.2 GiB", "17 MiB".
[[nodiscard]] std::string memory_text(double bytes);

// A refusal for want of memory alone: with more of it the same input would do.
class NotEnoughMemory : public std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// Throws NotEnoughMemory with the formatted text unless `condition` holds.
template <class... Args>
void require_fits(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) throw NotEnoughMemory(fmt::format(text, std::forward<Args>(args)...));
}

// From now on available_memory() says at most `bytes`, less what this process's resident memory has
// grown since. Refusals follow it; the system does not enforce it: OpenBLAS, refused memory by a
// limit of the system's, tries again forever.
void limit_memory(double bytes);

// The peak of this process's memory since the last reset (since its start where the system keeps
// only that), bytes.
void reset_peak_memory();
[[nodiscard]] double peak_memory();

}  // namespace saddlescope::analysis

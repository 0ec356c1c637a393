// How much memory a computation may take, so that it can refuse before it starts.
#pragma once

#include <string>

namespace saddlescope::analysis {

// Bytes that the system would give without swapping (MemAvailable of Linux, and the limits of the
// container and of the process where there are any); infinity where it does not say.
[[nodiscard]] double available_memory();

// "3.2 GiB", "17 MiB".
[[nodiscard]] std::string memory_text(double bytes);

}  // namespace saddlescope::analysis

#include "saddlescope/analysis/memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>

#include <fmt/format.h>
#include <sys/resource.h>

namespace saddlescope::analysis {
namespace {

double linux_available() {
  std::ifstream info("/proc/meminfo");
  std::string key, unit;
  double kibibytes = 0;
  while (info >> key >> kibibytes) {
    if (key == "MemAvailable:") return 1024 * kibibytes;
    std::getline(info, unit);
  }
  return std::numeric_limits<double>::infinity();
}

// In a container the group's limit counts (cgroup v2).
double group_available() {
  double limit = 0, used = 0;
  std::ifstream maximum("/sys/fs/cgroup/memory.max"), current("/sys/fs/cgroup/memory.current");
  if (!(maximum >> limit) || !(current >> used)) return std::numeric_limits<double>::infinity();
  return std::max(0.0, limit - used);
}

double address_space_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<double>::infinity();
  }
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

double available_memory() {
  return std::min({linux_available(), group_available(), address_space_limit()});
}

std::string memory_text(double bytes) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  if (bytes < 1024 * kMebibyte) return fmt::format("{:.3g} MiB", bytes / kMebibyte);
  return fmt::format("{:.4g} GiB", bytes / (1024 * kMebibyte));
}

}  // namespace saddlescope::analysis

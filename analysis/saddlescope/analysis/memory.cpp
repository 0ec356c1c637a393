#include "saddlescope/analysis/memory.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <string_view>

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

// A line "VmData:   1234 kB" of /proc/self/status in bytes; 0 where there is none.
double process_status(std::string_view wanted) {
  std::ifstream status("/proc/self/status");
  std::string key, rest;
  while (status >> key) {
    if (double kibibytes = 0; key == wanted && status >> kibibytes) return 1024 * kibibytes;
    std::getline(status, rest);
  }
  return 0;
}

double address_space_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<double>::infinity();
  }
  return static_cast<double>(limit.rlim_cur);
}

// Resident bytes at which limit_memory() has it end.
std::atomic<double> resident_limit{std::numeric_limits<double>::infinity()};

double left_of_own_limit() {
  const double limit = resident_limit;
  return std::isinf(limit) ? limit : std::max(0.0, limit - process_status("VmRSS:"));
}

}  // namespace

double available_memory() {
  return std::min(
      {linux_available(), group_available(), address_space_limit(), left_of_own_limit()});
}

void limit_memory(double bytes) { resident_limit = process_status("VmRSS:") + bytes; }

void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

double peak_memory() {
  if (const double peak = process_status("VmHWM:"); peak > 0) return peak;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024 * static_cast<double>(usage.ru_maxrss);
}

std::string memory_text(double bytes) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  if (bytes < 1024 * kMebibyte) return fmt::format("{:.3g} MiB", bytes / kMebibyte);
  return fmt::format("{:.4g} GiB", bytes / (1024 * kMebibyte));
}

}  // namespace saddlescope::analysis

#include "saddlescope/analysis/work_progress.hpp"

#include <utility>

#include <fmt/format.h>

namespace saddlescope::analysis {

std::string duration_text(double seconds) {
  constexpr double kMinute = 60, kHour = 3600, kFew = 10;
  if (seconds < kFew) return fmt::format("{:.2g} s", seconds);
  if (seconds < kMinute) return fmt::format("{:.0f} s", seconds);
  const auto minutes = static_cast<long>(seconds / kMinute);
  if (seconds < kHour)
    return fmt::format("{} min {:02.0f} s", minutes, seconds - 60.0 * static_cast<double>(minutes));
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

WorkProgress::WorkProgress(std::function<void(const std::string&)> show) : show_(std::move(show)) {}

void WorkProgress::tell(const std::string& what, double share) {
  constexpr double kPause = 0.2, kSettled = 1;  // seconds
  if (!show_) return;
  const std::lock_guard lock(mutex_);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  if (shown_ >= 0 && seconds < shown_ + kPause) return;
  shown_ = seconds;
  const bool estimated = share > 0 && seconds > kSettled;
  show_(estimated ? fmt::format("{}, about {} left", what, duration_text(seconds * (1 / share - 1)))
                  : what);
}

}  // namespace saddlescope::analysis

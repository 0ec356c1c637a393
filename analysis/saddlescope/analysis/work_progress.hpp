// A line of progress with an estimate of the time left, for work that several threads share.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

namespace saddlescope::analysis {

// "12 s", "3 min 05 s", "2 h 10 min"
[[nodiscard]] std::string duration_text(double seconds);

class WorkProgress {
 public:
  // Nothing is said without `show`.
  explicit WorkProgress(std::function<void(const std::string&)> show);

  // `what` and the time left if the rest of the work goes as fast as the `share` that is done, in
  // [0, 1]. At most five times a second; any thread may call.
  void tell(const std::string& what, double share);

 private:
  using Clock = std::chrono::steady_clock;
  std::function<void(const std::string&)> show_;
  std::mutex mutex_;
  Clock::time_point begin_ = Clock::now();
  double shown_ = -1;  // seconds after begin_
};

}  // namespace saddlescope::analysis

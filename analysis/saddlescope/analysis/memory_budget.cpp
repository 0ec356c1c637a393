#include "saddlescope/analysis/memory_budget.hpp"

#include <algorithm>

namespace saddlescope::analysis {

// A share beyond the whole budget gets all of it: it waits until nothing else runs.
MemoryBudget::Share::Share(MemoryBudget& budget, double bytes)
    : budget_(budget), bytes_(std::min(bytes, budget.total_)) {
  std::unique_lock lock(budget_.lock_);
  budget_.freed_.wait(lock, [&] { return budget_.left_ >= bytes_; });
  budget_.left_ -= bytes_;
}

MemoryBudget::Share::~Share() {
  {
    const std::lock_guard lock(budget_.lock_);
    budget_.left_ += bytes_;
  }
  budget_.freed_.notify_all();
}

}  // namespace saddlescope::analysis

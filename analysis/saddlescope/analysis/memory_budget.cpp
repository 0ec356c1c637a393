#include "saddlescope/analysis/memory_budget.hpp"

#include <algorithm>
#include <numeric>

#include "saddlescope/base/threads.hpp"

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

void parallel_by_size(const std::vector<double>& bytes, double available,
                      const std::function<void(std::size_t)>& task) {
  std::vector<std::size_t> order(bytes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return bytes[a] > bytes[b]; });
  MemoryBudget budget(available);
  parallel_for(static_cast<Index>(bytes.size()), [&](Index k) {
    const std::size_t i = order[static_cast<std::size_t>(k)];
    const MemoryBudget::Share share(budget, bytes[i]);
    task(i);
  });
}

}  // namespace saddlescope::analysis

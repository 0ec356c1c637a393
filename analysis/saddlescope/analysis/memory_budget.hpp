// Tasks of very different sizes side by side without running out of memory: each takes its share of
// a budget before it begins and waits while too little is left.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace saddlescope::analysis {

class MemoryBudget {
 public:
  explicit MemoryBudget(double bytes) : total_(bytes), left_(bytes) {}

  // A share, given back when the object goes. One beyond the whole budget waits to be alone.
  class Share {
   public:
    Share(MemoryBudget& budget, double bytes);  // waits
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    MemoryBudget& budget_;
    double bytes_;
  };

 private:
  std::mutex lock_;
  std::condition_variable freed_;
  double total_, left_;
};

// Calls task(i) once for every i, on as many threads as there are, the largest bytes[i] first, so
// that no large task is left for the end.
void parallel_by_size(const std::vector<double>& bytes, double available,
                      const std::function<void(std::size_t)>& task);

}  // namespace saddlescope::analysis

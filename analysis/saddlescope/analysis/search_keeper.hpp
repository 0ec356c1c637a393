// Finished starts of a search on their way to the state file. Internal to analysis.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "saddlescope/analysis/search_study.hpp"

namespace saddlescope::analysis {

// Threads finish starts in any order; a record is kept once all earlier ones are, so that `records`
// is at any time what a search of fewer starts would hold, and what is written does not depend on
// when. Any thread may call.
class SearchKeeper {
 public:
  using Clock = std::chrono::steady_clock;

  // `write` saves `records`, which holds the starts before the first of `keep` and outlives this. It
  // is called where 32 records are new, and where one is and the last call, or the beginning, is
  // `pause` ago.
  SearchKeeper(std::vector<SearchRecord>& records, std::function<void()> write,
               Clock::duration pause);

  // record.start is not kept yet. Throws what `write` throws.
  void keep(SearchRecord record);

  // Writes what is not written yet.
  void finish();

 private:
  void write();

  std::vector<SearchRecord>& records_;
  std::function<void()> write_;
  Clock::duration pause_;
  std::mutex mutex_;
  std::map<Index, SearchRecord> waiting_;  // for an earlier one
  std::size_t written_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace saddlescope::analysis

#include "saddlescope/analysis/search_keeper.hpp"

#include <utility>

namespace saddlescope::analysis {

SearchKeeper::SearchKeeper(std::vector<SearchRecord>& records, std::function<void()> write,
                           Clock::duration pause)
    : records_(records), write_(std::move(write)), pause_(pause), written_(records.size()) {}

void SearchKeeper::keep(SearchRecord record) {
  constexpr std::size_t kBatch = 32;  // starts between two writes of a fast search
  const std::lock_guard lock(mutex_);
  const Index start = record.start;
  waiting_.emplace(start, std::move(record));
  for (auto next = waiting_.begin();
       next != waiting_.end() && next->first == static_cast<Index>(records_.size());
       next = waiting_.erase(next))
    records_.push_back(std::move(next->second));
  const std::size_t fresh = records_.size() - written_;
  if (fresh >= kBatch || (fresh > 0 && Clock::now() - last_ >= pause_)) write();
}

void SearchKeeper::finish() {
  const std::lock_guard lock(mutex_);
  if (records_.size() > written_) write();
}

void SearchKeeper::write() {
  write_();
  written_ = records_.size();
  last_ = Clock::now();
}

}  // namespace saddlescope::analysis

// When finished starts of a search are written, and in which order.
#include "saddlescope/analysis/search_keeper.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace saddlescope::test {
namespace {

using namespace analysis;  // NOLINT(google-build-using-namespace): the subject of this file

constexpr std::chrono::hours kNever(1);
constexpr std::chrono::seconds kAlways(0);

// The starts at each write where they end in the order `ends`, after `before` that were read.
std::vector<std::vector<Index>> writes(const std::vector<Index>& ends,
                                       SearchKeeper::Clock::duration pause, Index before = 0) {
  std::vector<SearchRecord> records(static_cast<std::size_t>(before));
  for (Index i = 0; i < before; ++i) records[static_cast<std::size_t>(i)].start = i;
  std::vector<std::vector<Index>> out;
  const auto write = [&] {
    std::vector<Index> starts;
    starts.reserve(records.size());
    for (const SearchRecord& record : records) starts.push_back(record.start);
    out.push_back(starts);
  };
  SearchKeeper keeper(records, write, pause);
  for (const Index start : ends) {
    SearchRecord record;
    record.start = start;
    keeper.keep(std::move(record));
  }
  keeper.finish();
  return out;
}

}  // namespace

TEST_CASE("slow starts are written as they end, each after all before it") {
  CHECK(writes({0, 2, 1, 3}, kAlways) ==
        std::vector<std::vector<Index>>{{0}, {0, 1, 2}, {0, 1, 2, 3}});
  CHECK(writes({2, 1}, kAlways, 1) == std::vector<std::vector<Index>>{{0, 1, 2}});
  CHECK(writes({}, kAlways, 3).empty());
}

TEST_CASE("fast starts are written by the batch and the rest at the end") {
  std::vector<Index> ends;
  ends.reserve(70);
  for (Index i = 0; i < 70; ++i) ends.push_back(i ^ 1);  // 1, 0, 3, 2 ..
  const auto written = writes(ends, kNever);
  REQUIRE(written.size() == 3);
  for (std::size_t i = 0; i < written.size(); ++i) {
    CHECK(written[i].size() == std::vector<std::size_t>{32, 64, 70}[i]);
    for (std::size_t k = 0; k < written[i].size(); ++k)
      CHECK(written[i][k] == static_cast<Index>(k));
  }
}

}  // namespace saddlescope::test

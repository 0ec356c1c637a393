// What long work tells while it runs.
#include "saddlescope/analysis/work_progress.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/analysis/escape_study.hpp"
#include "saddlescope/analysis/search_study.hpp"

namespace saddlescope::analysis {
namespace {

using test::contains;

TEST_CASE("durations are said in the units of a person") {
  CHECK(duration_text(0.25) == "0.25 s");
  CHECK(duration_text(42) == "42 s");
  CHECK(duration_text(185) == "3 min 05 s");
  CHECK(duration_text(7830) == "2 h 10 min");
}

TEST_CASE("the first word comes at once, others not faster than they can be read") {
  std::vector<std::string> told;
  WorkProgress line([&](const std::string& text) { told.push_back(text); });
  for (int i = 0; i < 100; ++i) line.tell("working", 0.01 * i);
  CHECK(told.size() == 1);
  CHECK(told.front() == "working");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  line.tell("working", 0.5);  // half done in 1.1 s: as much is left
  REQUIRE(told.size() == 2);
  CHECK(told.back().starts_with("working, about 1."));
  CHECK(told.back().ends_with(" s left"));
  WorkProgress silent({});
  silent.tell("to nobody", 0.5);
}

TEST_CASE("escape and search of nonlinear networks say how far they are") {
  ProblemOptions problem;
  problem.data.source = "toy";
  problem.data.samples = 4;
  problem.hidden = std::vector<Index>{2};
  problem.activation = "tanh";
  std::vector<std::string> told;
  const auto listen = [&](const std::string& text) { told.push_back(text); };
  EscapeStudyOptions escape;
  escape.problem = problem;
  escape.objectives = {"mse"};
  static_cast<void>(escape_study(escape, listen));
  REQUIRE(told.size() >= 2);
  CHECK(told.front() == "classifying");
  CHECK(contains(told.back(), "following the flow: mse "));
  told.clear();
  SearchStudyOptions search;
  search.problem = problem;
  search.objectives = {"mse"};
  search.starts = 2;
  const test::TemporaryFolder folder;
  static_cast<void>(search_study(search, folder / "state.h5", listen));
  REQUIRE_FALSE(told.empty());
  CHECK(told.front() == "mse: 0 of 2 searches done now");
}

}  // namespace
}  // namespace saddlescope::analysis

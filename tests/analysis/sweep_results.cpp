// Sweeps as a library: tables, figures, and what is foretold from the jobs done.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"
#include "sweep_jobs.hpp"

#include "saddlescope/analysis/sweep_estimate.hpp"
#include "saddlescope/analysis/sweep_figure.hpp"
#include "saddlescope/analysis/sweep_table.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using namespace analysis;  // NOLINT(google-build-using-namespace): the subject of this file

TEST_CASE("tables flatten summaries and keep timings apart") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  const std::vector<SweepJob> jobs = {job_of(1, "a"), job_of(2, "b"), job_of(3, "c")};
  write_record(folder / "", "a", record_of(1.5));
  SweepRecord failed;
  failed.exit_code = 2;
  failed.message = "why";
  write_record(folder / "", "c", failed);
  const SweepTables tables = sweep_tables(folder / "", jobs);
  CHECK(tables.results.columns == std::vector<std::string>{"job", "address", "status", "exit_code",
                                                           "message", "width", "value",
                                                           "result.width", "energy.lambda_min"});
  REQUIRE(tables.results.rows.size() == 2);  // b has no record
  CHECK(tables.results.rows[0][5] == Cell(std::int64_t{1}));
  CHECK(tables.results.rows[0][6] == Cell(1.5));
  CHECK(tables.results.rows[0][7] == Cell(std::int64_t{99}));
  CHECK(tables.results.rows[1][2] == Cell(std::string("failed")));
  CHECK(tables.results.rows[1][6] == Cell());
  for (const std::string& column : tables.results.columns) CHECK_FALSE(contains(column, "seconds"));
  const auto& timings = tables.runs.columns;
  CHECK(std::count(timings.begin(), timings.end(), "summary.energy.seconds") == 1);
  CHECK(std::count(timings.begin(), timings.end(), "summary.wall_seconds") == 1);
}

// seconds = 1e-3 width^3, memory = 1e6 width, exactly: the law is found to rounding, and its
// interval is a point. From two jobs there is no law, and the mean's error is not known.
TEST_CASE("what is to do is foretold by powers of the swept numbers") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  std::vector<SweepJob> jobs;
  for (const int width : {2, 4, 8, 16}) {
    jobs.push_back(job_of(static_cast<std::size_t>(width), std::to_string(width)));
    jobs.back().settings.push_back({"activation", {width % 3 == 1 ? "tanh" : "relu"}});
    jobs.back().settings.push_back({"seed", {std::to_string(17 - width)}});
  }
  const std::vector<SweepJob> to_do = {jobs[3]};
  const auto finish = [&](std::size_t i) {
    SweepRecord record = record_of(0);
    const auto width = static_cast<double>(jobs[i].number);
    record.seconds = 1e-3 * width * width * width;
    record.peak_memory = 1e6 * width;
    write_record(folder / "", jobs[i].address, record);
  };
  CHECK(estimate_sweep(folder / "", jobs, to_do).from == 0);
  finish(0);
  finish(1);
  const SweepEstimate mean = estimate_sweep(folder / "", jobs, to_do);
  CHECK(mean.options.empty());
  CHECK(mean.seconds.value == doctest::Approx(0.036));
  CHECK(std::isinf(mean.seconds.high));
  finish(2);
  const SweepEstimate law = estimate_sweep(folder / "", jobs, to_do);
  CHECK(law.from == 3);
  CHECK(law.options == std::vector<std::string>{"width"});
  for (const double end : {law.seconds.value, law.seconds.low, law.seconds.high, law.longest.value})
    CHECK(end == doctest::Approx(4.096).epsilon(1e-10));
  CHECK(law.memory.high == doctest::Approx(1.6e7).epsilon(1e-10));
}

Table plotted() {
  Table table;
  table.name = "results";
  table.columns = {"hidden", "width", "output", "seed", "low", "high"};
  const auto text = [](const char* one) { return Cell(std::string(one)); };
  for (const int seed : {1, 2})
    for (const int k : {1, 2, 3})
      table.rows.push_back({k == 1 ? Cell(std::int64_t{4}) : text(k == 2 ? "8,8" : "4,4"),
                            Cell(std::int64_t{k}), Cell(std::int64_t{10 * k}),
                            Cell(std::int64_t{seed}), Cell(1.0 * k + seed), Cell(10.0 * k)});
  return table;
}

// By the product of the numbers, a list's being their sum; names and seeds do not count.
TEST_CASE("jobs to try are one of each setting, the smallest first") {
  std::vector<SweepJob> jobs;
  const auto add = [&](std::size_t width, std::vector<std::string> hidden,
                       const std::string& seed) {
    jobs.push_back(job_of(width, std::to_string(jobs.size())));
    jobs.back().settings.push_back({"hidden", std::move(hidden)});
    jobs.back().settings.push_back({"activation", {"tanh"}});
    jobs.back().settings.push_back({"seed", {seed}});
  };
  add(8, {"2", "2"}, "100");  // 32
  add(2, {"9"}, "1");         // 18
  add(8, {"2", "2"}, "1");    // as the first but for the seed
  add(3, {"7"}, "50");        // 21
  CHECK(by_size(jobs) == std::vector<std::size_t>{1, 3, 0});
  CHECK(by_size({}).empty());
}

TEST_CASE("options zipped with x make no curves of their own") {
  const std::vector<std::string> swept = {"width", "output", "seed"};
  const Figure apart = sweep_figure(plotted(), swept, "v", {"width", {}, {}}, {"low"});
  CHECK(apart.data.size() == 3);
  const Figure along = sweep_figure(plotted(), swept, "v", {"width", {}, {"output"}}, {"low"});
  REQUIRE(along.data.size() == 1);
  CHECK(contains(along.data[0].content, "\n2,3.5,"));  // the mean of 3 and 4
  CHECK(contains(along.commands, "width (with output)"));
}

TEST_CASE("lists stand side by side in the order of the file") {
  const Figure figure =
      sweep_figure(plotted(), {"hidden", "seed"}, "v", {"hidden", {}, {}}, {"high"});
  REQUIRE(figure.data.size() == 1);
  CHECK(contains(figure.commands, "set xtics ('4' 1, '8,8' 2, '4,4' 3) noenhanced"));
  CHECK_FALSE(contains(figure.commands, "set logscale x"));
  CHECK(contains(figure.data[0].content, "\n3,30,"));
}

TEST_CASE("two quantities share a figure, told apart by dashes") {
  const std::vector<std::string> swept = {"width", "seed"};
  const Figure figure = sweep_figure(plotted(), swept, "v", {"width", {}, {}}, {"low", "high"});
  CHECK(figure.name == "plot_low_high");
  REQUIRE(figure.data.size() == 2);
  CHECK(contains(figure.commands, "dt 1 lc rgb '#0072B2' title 'low'"));
  CHECK(contains(figure.commands, "dt (12,6) lc rgb '#0072B2' title 'high'"));
  const auto refusal = [&](const std::vector<std::string>& y) {
    return message_of<std::invalid_argument>([&] {
      static_cast<void>(sweep_figure(plotted(), swept, "v", {"width", {}, {}}, y));
    });
  };
  CHECK(contains(refusal({"hidden"}), "expected numbers in the column hidden, found none") ==
        false);  // one of its cells is a number
  CHECK(contains(refusal({"hihg"}), "the nearest known one is 'high'"));
  CHECK(contains(refusal({"low", "low", "low", "low", "low"}), "expected 1 .. 4 columns"));
}

// Of y and y + 1, t_1 = 12.706 makes the interval y + 1/2 -+ 12.706/2.
TEST_CASE("intervals of two seeds do not stretch the axis beyond the numbers") {
  const std::vector<std::string> swept = {"width", "seed"};
  Table table = plotted();
  const Figure linear = sweep_figure(table, swept, "v", {"width", {}, {}}, {"low"});  // 2 .. 5
  CHECK(contains(linear.commands, "set yrange [1.85:5.15]"));
  CHECK(contains(linear.commands, "using 1:($3 < 1.85 ? 1.85 : $3):($4 > 5.15 ? 5.15 : $4)"));
  CHECK(contains(linear.caption, "beyond the axis"));
  CHECK(contains(linear.data[0].content, "\n2,3.5,-2.8"));  // whole in the CSV
  // 1 .. 1e4, with a room of 10^(4/20).
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    table.rows[i][4] = Cell(i == 0 ? 1.0 : i == 5 ? 1e4 : 100.0);
  const Figure logarithmic = sweep_figure(table, swept, "v", {"width", {}, {}}, {"low"});
  CHECK(contains(logarithmic.commands, "set logscale y"));
  CHECK(contains(logarithmic.commands, "set yrange [0.6309573445:15848.93192]"));
  // Both seeds alike: no interval reaches beyond.
  const Figure alike = sweep_figure(table, swept, "v", {"width", {}, {}}, {"high"});
  CHECK_FALSE(contains(alike.commands, "yrange"));
  CHECK_FALSE(contains(alike.caption, "beyond the axis"));
}

}  // namespace
}  // namespace saddlescope::test

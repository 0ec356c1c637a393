// Sweeps as a library: grids, addresses, records, tables, locks, workers.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/analysis/process_team.hpp"
#include "saddlescope/analysis/sweep_lock.hpp"
#include "saddlescope/analysis/sweep_run.hpp"
#include "saddlescope/analysis/sweep_table.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using namespace analysis;  // NOLINT(google-build-using-namespace): the subject of this file
using Json = nlohmann::ordered_json;

SweepGrid two_axes() {
  SweepGrid grid;
  grid.axes.push_back({{"width"}, {{{"2"}}, {{"4"}}, {{"8"}}}});
  grid.axes.push_back({{"input", "output"}, {{{"1"}, {"10"}}, {{"2"}, {"20"}}}});
  return grid;
}

std::vector<std::string> texts_of(const SweepGrid& grid) {
  std::vector<std::string> texts;
  for (const auto& setting : settings_of(grid)) texts.push_back(settings_text(setting));
  return texts;
}

SweepJob job_of(std::size_t number, const std::string& address) {
  SweepJob job;
  job.number = number;
  job.settings = {{"width", {std::to_string(number)}}};
  job.config = {{"width", number}};
  job.address = address;
  return job;
}

SweepRecord record_of(double value) {
  SweepRecord record;
  record.verb = "v";
  record.config = {{"b", 1}, {"a", 0.1}};
  record.done = true;
  record.message = "a warning with a byte \xff";
  record.summary = {{"value", value},
                    {"width", 99},
                    {"list", {1, 2}},
                    {"objectives", {{"energy", {{"lambda_min", -0.5}, {"seconds", 3.5}}}}},
                    {"wall_seconds", value}};
  record.provenance = {{"version", "1"}, {"git_revision", "r"}, {"threads", 1}};
  return record;
}

}  // namespace

TEST_CASE("settings are the product of the axes in order, the last the fastest") {
  CHECK(texts_of(two_axes()) ==
        std::vector<std::string>{"width=2 input=1 output=10", "width=2 input=2 output=20",
                                 "width=4 input=1 output=10", "width=4 input=2 output=20",
                                 "width=8 input=1 output=10", "width=8 input=2 output=20"});
}

TEST_CASE("an exclusion drops exactly what meets all of its conditions") {
  SweepGrid grid = two_axes();
  grid.exclusions.push_back({{{"width", {}, 4.0, {}}, {"output", {"20", "30"}, {}, {}}}});
  CHECK(texts_of(grid) ==
        std::vector<std::string>{"width=2 input=1 output=10", "width=2 input=2 output=20",
                                 "width=4 input=1 output=10", "width=8 input=1 output=10"});
  grid.exclusions.push_back({{{"width", {}, {}, 4.0}}});
  CHECK(texts_of(grid) == std::vector<std::string>{"width=8 input=1 output=10"});
}

TEST_CASE("ranges hit both ends exactly and are even in value or logarithm") {
  CHECK(linear_range(0, 1, 5, false) == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  CHECK(linear_range(1, 4, 7, true) == std::vector<double>{1, 2, 3, 4});  // 1.5 rounds to 2
  const std::vector<double> log = log_range(0.1, 1000, 5, false);
  CHECK(log.front() == 0.1);
  CHECK(log.back() == 1000);
  // pow is exact to an ulp or so.
  for (std::size_t i = 1; i < log.size(); ++i)
    CHECK(log[i] / log[i - 1] == doctest::Approx(10).epsilon(1e-14));
  CHECK(log_range(2, 64, 6, true) == std::vector<double>{2, 4, 8, 16, 32, 64});
  CHECK(powers_of_two(0.5, 8) == std::vector<double>{0.5, 1, 2, 4, 8});
  for (const auto& bad :
       {+[] { return linear_range(1, 2, 1, false); }, +[] { return log_range(0, 2, 3, false); },
        +[] { return powers_of_two(3, 8); }, +[] { return powers_of_two(8, 2); }})
    CHECK(contains(message_of<std::invalid_argument>([&] { static_cast<void>(bad()); }),
                   "range: expected"));
}

TEST_CASE("an address depends on verb, options and contents, not on the order of keys") {
  const Json one = {{"a", 1}, {"b", 0.5}}, turned = {{"b", 0.5}, {"a", 1}};
  CHECK(address_of("v", one, {}) == address_of("v", turned, {}));
  std::set<std::string> all = {address_of("v", one, {}), address_of("w", one, {}),
                               address_of("v", {{"a", 1}, {"b", 0.25}}, {}),
                               address_of("v", one, {{"file", "1"}}),
                               address_of("v", one, {{"file", "2"}})};
  CHECK(all.size() == 5);
}

TEST_CASE("an address follows the contents of the files that options name") {
  const TemporaryFolder folder;
  const std::string file = folder.file("data.csv", "1,2\n");
  const Json config = {{"data", "csv:" + file}, {"other", "csv:absent"}, {"n", 3}};
  const auto inputs = [&] {
    std::map<std::string, std::string> known;
    return input_files(config, known);
  };
  const auto before = inputs();
  CHECK(before.size() == 1);
  CHECK(before.count(file) == 1);
  folder.file("data.csv", "1,3\n");
  CHECK(inputs() != before);
  const std::string other = folder.file("labels", "x");
  std::map<std::string, std::string> known;
  CHECK(input_files({{"data", "idx:" + file + "," + other}}, known).size() == 2);
}

TEST_CASE("a record reads back as it was written") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  CHECK_FALSE(read_record(folder / "", "x").record);
  CHECK(read_record(folder / "", "x").damage.empty());
  write_record(folder / "", "x", record_of(0.1));
  const RecordReading reading = read_record(folder / "", "x");
  CHECK(reading.damage.empty());
  REQUIRE(reading.record);
  CHECK(reading.record->config.dump() == record_of(0).config.dump());
  CHECK(reading.record->summary.at("value") == 0.1);
  CHECK(reading.record->done);
}

// Any byte changed or cut either leaves the meaning (a blank between tokens) or is found.
TEST_CASE("damage to any byte of a record is found, and the file set aside") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  write_record(folder / "", "x", record_of(0.1));
  const fs::path file = record_file(folder / "", "x");
  const std::string whole = read_text(file);
  const Json content = Json::parse(whole);
  std::size_t harmless = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
    folder.file("records/x.json", bytes);
    const RecordReading reading = read_record(folder / "", "x");
    CHECK(reading.record.has_value() == reading.damage.empty());
    if (!reading.record) continue;
    ++harmless;
    CHECK(Json::parse(bytes) == content);
  }
  CHECK(harmless < whole.size() / 4);
  for (const std::size_t length : {std::size_t{0}, whole.size() / 2}) {
    folder.file("records/x.json", whole.substr(0, length));
    CHECK_FALSE(read_record(folder / "", "x").damage.empty());
  }
  fs::rename(file, folder / "records/y.json");
  CHECK_FALSE(read_record(folder / "", "y").damage.empty());
  for (const char* name : {"y.json.damaged", "y.json.damaged-2"}) {
    folder.file("records/y.json", "{");
    CHECK(set_aside(folder / "records/y.json").filename() == name);
  }
}

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

TEST_CASE("a folder takes one sweep, or the shards of one division") {
  const TemporaryFolder folder;
  const fs::path place = folder / "";
  const auto refusal = [&](const Shard& shard) {
    return message_of<std::invalid_argument>([&] { const SweepLock lock(place, shard); });
  };
  {
    const SweepLock whole(place, {1, 1});
    CHECK(contains(refusal({1, 1}), "another sweep is running in this folder"));
  }
  const SweepLock first(place, {1, 3});
  const SweepLock second(place, {2, 3});
  CHECK(contains(refusal({2, 3}), "shard 2/3 is running in this folder already"));
  CHECK(contains(refusal({1, 2}), "expected shards of one division, got 1-of-2"));
}

TEST_CASE("worker processes do every job once, and one that dies is replaced") {
  ProcessTeam team(2, [](const JobOrder& order) {
    if (order.job == 3) kill(getpid(), SIGKILL);
    if (order.job == 4) _exit(7);
    JobReport report;
    report.end = JobEnd::kDone;
    report.message = std::to_string(order.memory);
    return report;
  });
  std::vector<std::size_t> idle = {0, 1};
  std::vector<JobReport> reports(8);
  std::size_t next = 0, ended = 0;
  while (ended < reports.size()) {
    for (; !idle.empty() && next < reports.size(); idle.pop_back())
      team.start(idle.back(), {next++, 5.0});
    const auto report = team.wait(10);
    REQUIRE(report);
    idle.push_back(report->worker);
    reports[report->job] = *report;
    ++ended;
  }
  for (const std::size_t job : {0, 1, 2, 5, 6, 7}) {
    CHECK(reports[job].end == JobEnd::kDone);
    CHECK(reports[job].message == "5.000000");
  }
  CHECK(reports[3].end == JobEnd::kDied);
  CHECK(reports[3].signal == SIGKILL);
  CHECK(contains(reports[3].message, "ended by signal 9"));
  CHECK(reports[4].end == JobEnd::kDied);
  CHECK(contains(reports[4].message, "exit code 7"));
}

// Two workers of a budget of 10: a job of 8 does not fit into a half, but alone it does; one of 20
// never does.
TEST_CASE("a job beyond a worker's share of memory runs alone, and is refused beyond the whole") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  const std::vector<SweepJob> jobs = {job_of(8, "a"), job_of(20, "b"), job_of(3, "c")};
  ProcessTeam team(2, [&](const JobOrder& order) {
    const auto needed = static_cast<double>(jobs[order.job].number);
    JobReport report;
    report.end = needed <= order.memory ? JobEnd::kDone : JobEnd::kNoMemory;
    report.message = needed <= order.memory ? "" : "needs more";
    if (report.end == JobEnd::kDone)
      write_record(folder / "", jobs[order.job].address, record_of(order.memory));
    return report;
  });
  const SweepState state = sweep_state(folder / "", jobs, false, true);
  CHECK(state.to_do.size() == 3);
  const SweepRun run = run_sweep(folder / "", "v", jobs, state, team, 10, {});
  CHECK(run.done == 2);
  CHECK(run.failed == 1);
  CHECK(read_record(folder / "", "a").record->summary.at("value") == 10);
  CHECK(read_record(folder / "", "c").record->summary.at("value") == 5);
  const auto refused = read_record(folder / "", "b").record;
  REQUIRE(refused);
  CHECK_FALSE(refused->done);
  CHECK(refused->exit_code == 2);
  CHECK(refused->message == "needs more");
  CHECK(sweep_state(folder / "", jobs, false, true).to_do.empty());
  CHECK(sweep_state(folder / "", jobs, true, true).to_do == std::vector<std::size_t>{1});
}

}  // namespace saddlescope::test

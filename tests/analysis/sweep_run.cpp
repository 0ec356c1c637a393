// Sweeps as a library: locks, workers, jobs.
#include "saddlescope/analysis/sweep_run.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <sys/file.h>
#include <unistd.h>

#include "support/temporary_folder.hpp"
#include "sweep_jobs.hpp"

#include "saddlescope/analysis/process_team.hpp"
#include "saddlescope/analysis/sweep_lock.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using namespace analysis;  // NOLINT(google-build-using-namespace): the subject of this file
using Json = nlohmann::ordered_json;

// A verb that overwrites what it reads, as another program may while it runs.
TEST_CASE("a job whose file changes before or during its run leaves no record and no folder") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  const std::string file = folder.file("data.csv", "1,2\n");
  const auto planned = [&](std::size_t number, const Json& config) {
    FileChecksums checksums;
    SweepJob job = job_of(number, std::to_string(number));
    job.config = config;
    job.inputs = input_files(config, checksums);
    return job;
  };
  const Json reads = {{"data", "csv:" + file}},
             late = {{"data", "csv:" + (folder / "late.csv").string()}};
  const std::vector<SweepJob> jobs = {planned(1, reads), planned(2, reads), planned(3, reads),
                                      planned(4, late)};
  int runs = 0;
  const DoJob work = job_in_folder(folder / "", folder / "running", "v", jobs,
                                   [&](const SweepJob& job, const fs::path&) {
                                     ++runs;
                                     if (job.number == 2) folder.file("data.csv", "1,3\n");
                                     JobResult result;
                                     result.done = true;
                                     result.summary = {{"value", 1}};
                                     return result;
                                   });
  CHECK(work({0, 1e9}).end == JobEnd::kDone);
  folder.file("late.csv", "5,6\n");  // not there when the sweep was planned
  for (const std::size_t job : {1, 2, 3}) {
    const JobReport report = work({job, 1e9});
    CHECK(report.end == JobEnd::kChangedInput);
    CHECK(contains(report.message, job == 3 ? "late.csv: changed since the sweep was planned"
                                            : "data.csv: changed since the sweep was planned"));
    CHECK_FALSE(fs::exists(record_file(folder / "", jobs[job].address)));
  }
  CHECK(runs == 2);  // the third and fourth did not start
  CHECK(fs::is_empty(folder / "running"));
  fs::remove(file);
  CHECK(work({1, 1e9}).end == JobEnd::kChangedInput);
}

TEST_CASE("a sweep goes on past jobs whose files changed, and counts them") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  const std::vector<SweepJob> jobs = {job_of(1, "a"), job_of(2, "b"), job_of(3, "c")};
  ProcessTeam team(1, [&](const JobOrder& order) {
    JobReport report;
    report.end = order.job == 2 ? JobEnd::kDone : JobEnd::kChangedInput;
    report.message = order.job == 2 ? "" : "data.csv: changed";
    return report;
  });
  const SweepState state = sweep_state(folder / "", jobs, false, true);
  const SweepRun run = run_sweep(folder / "", "v", jobs, state, team, 10, {});
  CHECK(run.done == 1);
  CHECK(run.failed == 0);
  CHECK(run.dropped == 2);
  CHECK(run.changed == std::set<std::string>{"data.csv: changed"});
  CHECK(fs::is_empty(folder / "records"));
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

TEST_CASE("a file system without locks is named as the reason, not another sweep") {
  const TemporaryFolder folder;
  const FlockCall none = [](int, int) {
    errno = EOPNOTSUPP;
    return -1;
  };
  for (const Shard& shard : {Shard{1, 1}, Shard{2, 3}}) {
    const std::string text =
        message_of<std::runtime_error>([&] { const SweepLock lock(folder / "", shard, none); });
    CHECK(contains(text, "lock: cannot be locked: Operation not supported"));
    CHECK(contains(text, "another one"));
    CHECK_FALSE(contains(text, "running in this folder"));
  }
  const FlockCall interrupted_once = [](int descriptor, int operation) {
    static bool first = true;
    if (!std::exchange(first, false)) return flock(descriptor, operation);
    errno = EINTR;
    return -1;
  };
  CHECK_NOTHROW(SweepLock(folder / "", {1, 1}, interrupted_once));
}

TEST_CASE("what killed shards left is removed, what running shards use is not") {
  const TemporaryFolder folder;
  for (const char* shard : {"1-of-3", "2-of-3", "3-of-3", "1-of-2", "old"})
    fs::create_directories(folder / "running" / shard / "job");
  fs::create_directories(folder / "records");
  const auto partial = [&](const std::string& address) {
    return folder.file("records/." + address + ".json.77-0.partial", "{");
  };
  const std::string mine = partial("aa"), other = partial("bb");
  folder.file("records/aa.json", "");
  const auto left = [&] {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / "running"))
      names.insert(entry.path().filename().string());
    return names;
  };
  {
    const SweepLock running(folder / "", {1, 3});
    const SweepLock own(folder / "", {2, 3});
    folder.file("lock.3-of-3", "");  // has run before and ended
    remove_leftovers(folder / "", {2, 3}, {"aa"});
    CHECK(left() == std::set<std::string>{"1-of-3"});
    CHECK_FALSE(fs::exists(mine));
    CHECK(fs::exists(other));
    CHECK(fs::exists(folder / "records/aa.json"));
  }
  remove_leftovers(folder / "", {1, 1}, {});
  CHECK_FALSE(fs::exists(folder / "running"));
  CHECK_FALSE(fs::exists(other));
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

}  // namespace
}  // namespace saddlescope::test

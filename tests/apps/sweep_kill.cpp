// Sweeps under force: killed at random moments, and run by MPI ranks and by the Slurm template.
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

// 500 jobs.
constexpr const char* kMany =
    "verb = \"inference condition\"\n"
    "seeds = 10\n"
    "[fixed]\n"
    "input = 4\n"
    "hidden-layers = 3\n"
    "[grid]\n"
    "width = {powers-of-two = [2, 32]}\n"
    "lambda = {log = [0.1, 10, 10]}\n";

std::map<std::string, std::string> records_in(const fs::path& out) {
  std::map<std::string, std::string> records;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(out / "records", ignored))
    if (entry.path().extension() == ".json")
      records[entry.path().filename().string()] = read_text(entry.path());
  return records;
}

}  // namespace

// A record holds its job's wall time: equal bytes mean that it was never computed again.
TEST_CASE("500 jobs killed twenty times end with 500 records, none twice, and the same table") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kMany);
  const fs::path calm = folder / "calm", out = folder / "out";
  REQUIRE(run_program({"sweep", file, "--out", calm.string()}).code == 0);
  RandomStream stream(1, "moments of death");
  std::map<std::string, std::string> known;
  int kills = 0;
  constexpr int kKills = 20;
  for (int tries = 0; kills < kKills && tries < 10 * kKills; ++tries) {
    // A share of the jobs, so that the last kill comes before the last job; then a moment.
    const std::size_t at_least = known.size() + static_cast<std::size_t>(stream.uniform(0, 20));
    const auto pause = std::chrono::microseconds(static_cast<int>(stream.uniform(0, 4000)));
    const auto count = [&] {
      std::error_code ignored;
      std::size_t n = 0;
      for (const auto& entry : fs::directory_iterator(out / "records", ignored))
        n += entry.path().extension() == ".json" ? 1 : 0;
      return n;
    };
    std::chrono::steady_clock::time_point due = std::chrono::steady_clock::time_point::max();
    const Run run = run_program({"sweep", file, "--out", out.string(), "--workers", "2"}, {}, [&] {
      const auto now = std::chrono::steady_clock::now();
      if (due == std::chrono::steady_clock::time_point::max() && count() > at_least)
        due = now + pause;
      return now >= due;
    });
    if (run.code == 128 + 9) ++kills;
    CHECK(run.err == "");  // no record was damaged
    for (const auto& record : records_in(out))
      CHECK(known.emplace(record.first, record.second).first->second == record.second);
  }
  CHECK(kills == kKills);
  CHECK(known.size() < 500);
  const Run last = run_program({"sweep", file, "--out", out.string(), "--workers", "2"});
  CHECK(last.code == 0);
  CHECK(last.err == "");
  const auto records = records_in(out);
  CHECK(records.size() == 500);
  for (const auto& record : known) CHECK(records.at(record.first) == record.second);
  CHECK(read_text(out / "results.csv") == read_text(calm / "results.csv"));
  CHECK(read_text(calm / "results.csv").size() > 500 * 100);
  for (const auto& entry : fs::directory_iterator(out / "records"))
    CHECK(entry.path().extension() == ".json");  // no half-written file is left
}

namespace {

// One task of an array; `array`: the variables by which Slurm describes it.
Run slurm_task(const std::string& file, const fs::path& out, const std::string& task,
               std::vector<std::string> array) {
  const fs::path program = SADDLESCOPE_PROGRAM;
  array.push_back("SLURM_ARRAY_TASK_ID=" + task);
  array.emplace_back("SLURM_CPUS_PER_TASK=2");
  array.push_back("SADDLESCOPE=" + program.string());
  return run_command(
      {"/bin/bash", SADDLESCOPE_TEST_SOURCE_DIR "/data/sweep.slurm", file, out.string()}, array);
}

std::vector<std::string> slurm_array(int count, int least, int last) {
  return {"SLURM_ARRAY_TASK_COUNT=" + std::to_string(count),
          "SLURM_ARRAY_TASK_MIN=" + std::to_string(least),
          "SLURM_ARRAY_TASK_MAX=" + std::to_string(last)};
}

}  // namespace

TEST_CASE("the Slurm template runs its shards into one table, wherever the array starts") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kMany);
  const fs::path whole = folder / "whole";
  REQUIRE(run_program({"sweep", file, "--out", whole.string()}).code == 0);
  struct Array {
    const char* name;
    std::vector<const char*> tasks;
    std::vector<std::string> described;
  };
  for (const Array& array : {Array{"1-3", {"1", "2", "3"}, slurm_array(3, 1, 3)},
                             Array{"0-2", {"0", "1", "2"}, slurm_array(3, 0, 2)},
                             Array{"1-5-2", {"1", "3", "5"}, slurm_array(3, 1, 5)},
                             Array{"7", {"7"}, slurm_array(1, 7, 7)}}) {
    CAPTURE(array.name);
    const fs::path out = folder / array.name;
    for (const char* task : array.tasks) {
      const Run run = slurm_task(file, out, task, array.described);
      CAPTURE(run.err);
      CHECK(run.code == 0);
    }
    CHECK(read_text(out / "results.csv") == read_text(whole / "results.csv"));
  }
}

TEST_CASE("the Slurm template refuses arrays with gaps unless the division is named") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kMany);
  const Run gap = slurm_task(file, folder / "out", "4", slurm_array(3, 1, 5));
  CHECK(gap.code == 2);
  CHECK(contains(gap.err, "expected an array with even steps"));
  CHECK(slurm_task(file, folder / "out", "1", slurm_array(3, 1, 8)).code == 2);
  std::vector<std::string> named = slurm_array(2, 2, 5);
  named.emplace_back("SHARDS=5");
  const Run run = slurm_task(file, folder / "out", "5", named);
  CHECK(run.code == 0);
  CHECK(contains(run.out, "100 jobs of"));
}

#ifdef SADDLESCOPE_MPIRUN
TEST_CASE("three MPI ranks write the table of one process") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kMany);
  const fs::path whole = folder / "whole", out = folder / "out";
  REQUIRE(run_program({"sweep", file, "--out", whole.string(), "--workers", "1"}).code == 0);
  const Run run = run_command({SADDLESCOPE_MPIRUN, "--oversubscribe", "-n", "3",
                               SADDLESCOPE_PROGRAM, "sweep", file, "--out", out.string()},
                              {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"});
  CAPTURE(run.err);
  CHECK(run.code == 0);
  CHECK(contains(run.out, "500 done now, 0 before"));
  CHECK(contains(run.out, "on 2 workers"));
  CHECK(read_text(out / "results.csv") == read_text(whole / "results.csv"));
  const Run dry =
      run_command({SADDLESCOPE_MPIRUN, "--oversubscribe", "-n", "3", SADDLESCOPE_PROGRAM, "sweep",
                   file, "--dry-run", "--out", (folder / "dry").string()},
                  {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"});
  CHECK(dry.code == 0);
  const std::size_t once = dry.out.find("500 jobs of");
  CHECK(once != std::string::npos);
  CHECK(dry.out.find("500 jobs of", once + 1) == std::string::npos);
}
#endif

}  // namespace saddlescope::test

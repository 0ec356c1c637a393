// `saddlescope sweep`: what it computes once, writes, resumes and refuses.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr const char* kSmall =
    "verb = \"inference condition\"\n"
    "seeds = 2\n"
    "[fixed]\n"
    "input = 4\n"
    "hidden-layers = 2\n"
    "[grid]\n"
    "width = {powers-of-two = [2, 8]}\n"
    "lambda = [0.5, 2]\n"
    "[[exclude]]\n"
    "width = 8\n"
    "lambda = {at-least = 1}\n";

Run sweep(const std::string& file, const fs::path& out, const Words& more = {}) {
  Words words = {"sweep", file, "--out", out.string()};
  words.insert(words.end(), more.begin(), more.end());
  return run_program(words);
}

std::vector<fs::path> records_in(const fs::path& out) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(out / "records"))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::size_t column_of(const CsvTable& table, const std::string& name) {
  const auto found = std::find(table.header.begin(), table.header.end(), name);
  REQUIRE(found != table.header.end());
  return static_cast<std::size_t>(found - table.header.begin());
}

void check_refused(const std::string& text, const Words& parts) {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  const Run run = sweep(folder.file("s.toml", text), out);
  CAPTURE(text);
  CAPTURE(run.err);
  CHECK(run.code == 2);
  CHECK(run.out == "");
  for (const std::string& part : parts) CHECK(contains(run.err, part));
  CHECK_FALSE(fs::exists(out));
}

}  // namespace

TEST_CASE("a sweep tables every job in order, each as the verb computes it alone") {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  const Run run = sweep(folder.file("s.toml", kSmall), out);
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "10 jobs of 'inference condition': 10 done now, 0 before"));
  CHECK(records_in(out).size() == 10);
  CHECK((!fs::exists(out / "running") || fs::is_empty(out / "running")));
  const CsvTable table = read_csv(out / "results.csv", true);
  REQUIRE(table.rows.size() == 10);
  const std::size_t width = column_of(table, "width"), lambda = column_of(table, "lambda"),
                    seed = column_of(table, "seed"), kappa = column_of(table, "condition_number");
  CHECK(table.rows[0][width] == "2");
  CHECK(table.rows[1][seed] == "2");
  CHECK(table.rows[2][lambda] == "2");
  CHECK(table.rows[9][width] == "8");
  CHECK(table.rows[9][lambda] == "0.5");
  const fs::path alone = folder / "alone";
  REQUIRE(run_program({"inference", "condition", "--input", "4", "--hidden-layers", "2", "--width",
                       "8", "--lambda", "0.5", "--seed", "2", "--out", alone.string()})
              .code == 0);
  const auto json = nlohmann::json::parse(read_text(alone / "condition.json"));
  CHECK(std::stod(table.rows[9][kappa]) == json.at("condition_number").get<double>());
  CHECK(fs::exists(out / "results.sqlite"));
  CHECK(read_csv(out / "runs.csv", true).rows.size() == 10);
}

TEST_CASE("a value given twice is one job and as many rows, dealt to one shard only") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml",
                                       "verb = \"inference condition\"\n[fixed]\ninput = 4\n"
                                       "hidden-layers = 2\nwidth = 3\n[grid]\n"
                                       "seed = [1, 1, 2, 2, 3, 3]\n");
  Index jobs = 0;
  for (const char* shard : {"1/2", "2/2"}) {
    const Run run = sweep(file, folder / "out", {"--shard", shard});
    CAPTURE(run.out);
    CHECK(run.code == 0);
    jobs += contains(run.out, "2 jobs of") ? 2 : 0;
    jobs += contains(run.out, "1 jobs of") ? 1 : 0;
  }
  CHECK(jobs == 3);
  CHECK(records_in(folder / "out").size() == 3);
  CHECK(read_csv(folder / "out/results.csv", true).rows.size() == 6);
  // A shard beyond the jobs has none and leaves tables without rows.
  REQUIRE(sweep(file, folder / "none", {"--shard", "9/9"}).code == 0);
  CHECK(read_csv(folder / "none/results.csv", true).rows.empty());
}

TEST_CASE("a job whose data changed runs again") {
  const TemporaryFolder folder;
  const std::string data = folder.file("d.csv", "a,b,y\n1,2,3\n2,1,0\n4,1,2\n");
  const std::string file =
      folder.file("s.toml", "verb = \"spectrum\"\n[fixed]\ndata = \"csv:" + data +
                                "\"\npoint = \"init\"\n[grid]\nhidden = [[2]]\n");
  REQUIRE(sweep(file, folder / "out").code == 0);
  const auto first = records_in(folder / "out");
  folder.file("d.csv", "a,b,y\n1,2,3\n2,1,0\n4,1,1\n");
  REQUIRE(sweep(file, folder / "out").code == 0);
  CHECK(records_in(folder / "out").size() == first.size() + 1);
}

TEST_CASE("the tables have the same bytes for one worker, two, and two shards") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  REQUIRE(sweep(file, folder / "1", {"--workers", "1"}).code == 0);
  REQUIRE(sweep(file, folder / "2", {"--workers", "2"}).code == 0);
  const Run first = sweep(file, folder / "s", {"--shard", "1/2"});
  REQUIRE(first.code == 0);
  CHECK(contains(first.out, "5 jobs of"));
  CHECK(read_csv(folder / "s/results.csv", true).rows.size() == 5);
  REQUIRE(sweep(file, folder / "s", {"--shard", "2/2"}).code == 0);
  for (const char* other : {"2", "s"})
    CHECK(read_text(folder / "1/results.csv") ==
          read_text(folder / (std::string(other) + "/results.csv")));
}

TEST_CASE("what is recorded is not run again, what is damaged is, and said") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  const fs::path out = folder / "out";
  REQUIRE(sweep(file, out).code == 0);
  const std::string table = read_text(out / "results.csv");
  std::vector<std::string> before;
  for (const fs::path& record : records_in(out)) before.push_back(read_text(record));
  const Run again = sweep(file, out);
  CHECK(contains(again.out, "0 done now, 10 before"));
  const std::vector<fs::path> records = records_in(out);
  for (std::size_t i = 0; i < records.size(); ++i) CHECK(read_text(records[i]) == before[i]);

  fs::resize_file(records[3], 100);
  const Run repaired = sweep(file, out);
  CHECK(repaired.code == 0);
  CHECK(contains(repaired.err, records[3].filename().string() + ": damaged record"));
  CHECK(contains(repaired.err, "set aside as"));
  CHECK(contains(repaired.out, "1 done now, 9 before"));
  CHECK(fs::exists(records[3].string() + ".damaged"));
  CHECK(read_text(out / "results.csv") == table);
}

TEST_CASE(
    "a plot draws means over seeds; a column that is not there is a warning with the nearest") {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  const std::string file =
      folder.file("s.toml", std::string(kSmall) +
                                "[plot]\nx = \"width\"\ny = [\"condition_number\", "
                                "\"lambda_mix\"]\n");
  const Run run = sweep(file, out);
  CHECK(run.code == 0);
  CHECK(contains(run.out, "records/, plot_condition_number.{png,svg,pdf}"));
  CHECK(contains(run.err,
                 "plot: lambda_mix: expected a column of results.csv, the nearest known "
                 "one is 'lambda_min'"));
  CHECK(fs::file_size(out / "plot_condition_number.png") > 1000);
  const CsvTable table = read_csv(out / "results.csv", true);
  const CsvTable curve = read_csv(out / "plot_condition_number_2.csv", true);  // lambda = 2
  REQUIRE(curve.rows.size() == 2);
  const std::size_t kappa = column_of(table, "condition_number");
  const double mean = (std::stod(table.rows[2][kappa]) + std::stod(table.rows[3][kappa])) / 2;
  CHECK(curve.rows[0][0] == "2");
  CHECK(std::stod(curve.rows[0][1]) == doctest::Approx(mean).epsilon(1e-15));
  CHECK(std::stod(curve.rows[0][2]) < mean);
}

TEST_CASE("a failed job is recorded with its message and runs again only on request") {
  const TemporaryFolder folder;
  const std::string data = folder / "data.csv";
  const std::string file =
      folder.file("s.toml",
                  "verb = \"spectrum\"\nseeds = 1\n[fixed]\nhidden = 2\npoint = \"init\"\n[grid]\n"
                  "data = [\"toy\", \"csv:" +
                      data + "\"]\n");
  const fs::path out = folder / "out";
  const Run run = sweep(file, out);
  CHECK(run.code == 1);
  CHECK(contains(run.out, "1 done now, 0 before; 1 failed now, 0 before"));
  const CsvTable table = read_csv(out / "results.csv", true);
  CHECK(table.rows[1][column_of(table, "status")] == "failed");
  CHECK(table.rows[1][column_of(table, "exit_code")] == "2");
  CHECK(contains(table.rows[1][column_of(table, "message")], "data.csv: expected a readable file"));
  CHECK(contains(sweep(file, out).out, "0 failed now, 1 before"));
  CHECK(contains(sweep(file, out, {"--retry-failed"}).out, "1 failed now, 0 before"));
  // The contents are part of what a job is.
  folder.file("data.csv", "a,y\n1,2\n2,3\n4,4\n");
  const Run filled = sweep(file, out);
  CHECK(filled.code == 0);
  CHECK(contains(filled.out, "1 done now, 1 before"));
}

TEST_CASE("a job too large for the memory is refused before it starts and recorded so") {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  const Run run = sweep(folder.file("s.toml",
                                    "verb = \"inference condition\"\n[fixed]\nhidden-layers = 3\n"
                                    "[grid]\nwidth = [8, 4000]\n"),
                        out, {"--memory", "0.25", "--workers", "2"});
  CAPTURE(run.err);
  CHECK(run.code == 1);
  const CsvTable table = read_csv(out / "results.csv", true);
  CHECK(table.rows[0][column_of(table, "status")] == "done");
  CHECK(table.rows[1][column_of(table, "status")] == "failed");
  CHECK(contains(table.rows[1][column_of(table, "message")], "available"));
}

TEST_CASE("a dry run prints the jobs and an estimate, and writes nothing") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  const fs::path out = folder / "out";
  const Run before = sweep(file, out, {"--dry-run"});
  CHECK(before.code == 0);
  CHECK(contains(before.out, "width=8 lambda=0.5 seed=2"));
  CHECK(contains(before.out, "10 jobs of 'inference condition': 0 done, 0 failed, 10 to do"));
  CHECK(contains(before.out, "time     unknown"));
  CHECK_FALSE(fs::exists(out));
  REQUIRE(sweep(file, out, {"--shard", "1/2"}).code == 0);
  const Run half = sweep(file, out, {"--dry-run"});
  CHECK(contains(half.out, "5 done, 0 failed, 5 to do"));
  CHECK(contains(half.out, "time     about"));
}

TEST_CASE("two sweeps do not share a folder") {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  fs::create_directories(out);
  const int lock = open((out / "lock").c_str(), O_RDWR | O_CREAT, 0644);
  REQUIRE(flock(lock, LOCK_EX) == 0);
  const Run run = sweep(folder.file("s.toml", kSmall), out);
  close(lock);
  CHECK(run.code == 2);
  CHECK(contains(run.err, "another sweep is running in this folder"));
  CHECK(records_in(out).empty());
}

TEST_CASE("a record that cannot be written stops the sweep, names the file, and spoils nothing") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  const fs::path out = folder / "out";
  REQUIRE(sweep(file, out, {"--shard", "1/2"}).code == 0);
  fs::remove_all(out / "running");
  fs::create_directories(out / "running");
  // No file can be made below a file: as with a full disk, the system refuses.
  const std::vector<fs::path> records = records_in(out);
  folder.file("out/blocked", "");
  fs::remove_all(out / "running");
  folder.file("out/running", "");
  const Run run = sweep(file, out, {"--shard", "2/2"});
  CHECK(run.code == 1);
  CHECK(contains(run.err, "running"));
  CHECK(records_in(out) == records);
  fs::remove(out / "running");
  CHECK(contains(sweep(file, out).out, "5 done now, 5 before"));
}

TEST_CASE("what a sweep file may not hold is refused with line and key") {
  const std::string head = "verb = \"inference condition\"\n";
  check_refused(head + "[grid]\nwidht = [2]\n",
                {"s.toml, line 3: widht: unknown option of inference condition",
                 "the nearest known one is 'width'"});
  check_refused(head + "[gird]\nwidth = [2]\n", {"line 2: gird: unknown", "'grid'"});
  check_refused(head + "[grid]\nwidth = [2, \"wide\"]\n",
                {"line 3: width: expected a whole number, got 'wide'"});
  check_refused(head + "[grid]\nthreads = [1, 2]\n", {"line 3: threads: it changes no result"});
  check_refused(head + "[grid]\nwidth = {powers-of-two = [2, 8, \"x\"]}\n",
                {"line 3: width: expected numbers in powers-of-two"});
  check_refused(head + "[grid]\nwidth = []\n", {"line 3: width: expected at least one value"});
  check_refused(head, {"expected something to sweep"});
  check_refused(head + "[grid]\nwidth = [2]\n[[exclude]]\nwidth = 2\n",
                {"expected at least one job"});
  check_refused(head + "[grid]\nwidth = 2\n",
                {"line 3: width: expected a list of values or a range"});
  check_refused(head + "[grid]\nwidth = {logs = [1, 2, 3]}\n",
                {"width.logs: unknown range", "'log'"});
  check_refused(head + "[fixed]\nwidth = 2\n[grid]\nwidth = [2]\n", {"width: given a second time"});
  check_refused(head + "[zip]\nwidth = [2, 4]\ninput = [1]\n",
                {"line 4: input: expected 2 values as in width, found 1"});
  check_refused(head + "[fixed]\nout = \"here\"\n[grid]\nwidth = [2]\n", {"line 3: out: "});
  check_refused(head + "[grid]\ntolerance = [0.5, 2]\n", {"job 2 (tolerance=2): ", "--tolerance"});
  check_refused(head + "[grid]\nwidth = [2]\n[plot]\nx = \"input\"\ny = \"dimension\"\n",
                {"line 5: x: expected one of the swept options width, found 'input'"});
  check_refused("verb = \"inference conditions\"\n[grid]\nwidth = [2]\n",
                {"line 1: verb: expected one of", "'inference condition'"});
  check_refused(head + "[grid\n", {"line 2: not TOML"});
  CHECK(contains(run_program({"sweep", "absent.toml"}).err, "absent.toml: expected a readable"));
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  for (const Words& flags : {Words{"--shard", "3/2"}, {"--workers", "0"}, {"--memory", "-1"}}) {
    const Run run = sweep(file, folder / "out", flags);
    CHECK(run.code == 2);
    CHECK(contains(run.err, flags.front() + ": expected"));
  }
}

}  // namespace saddlescope::test

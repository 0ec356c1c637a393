// `saddlescope sweep`: what it computes once, writes and resumes.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"
#include "sweep_small.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

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

// Each job takes some milliseconds, and the file changes when the first record is there.
TEST_CASE("jobs whose file changes during the sweep are dropped, said, and run by the next one") {
  const TemporaryFolder folder;
  const std::string data = folder.file("d.csv", "a,b,y\n1,2,3\n2,1,0\n4,1,2\n");
  const std::string file =
      folder.file("s.toml",
                  "verb = \"spectrum\"\nseeds = 12\n[fixed]\nhidden = [12, 12]\n"
                  "point = \"init\"\ndata = \"csv:" +
                      data + "\"\n");
  const fs::path out = folder / "out";
  bool changed = false;
  const Run run = run_program({"sweep", file, "--out", out.string(), "--workers", "1"}, {}, [&] {
    std::error_code ignored;
    if (!changed && fs::exists(out / "records", ignored) && !records_in(out).empty()) {
      folder.file("d.csv", "a,b,y\n1,2,3\n2,1,0\n4,1,1\n");
      changed = true;
    }
    return false;
  });
  CAPTURE(run.out);
  REQUIRE(changed);
  CHECK(run.code == 1);
  CHECK(contains(run.err, "d.csv: changed since the sweep was planned"));
  CHECK(contains(run.out, "dropped  "));
  const std::size_t before = records_in(out).size();
  CHECK(before < 12);
  const Run again = sweep(file, out);
  CHECK(again.code == 0);
  CHECK(contains(again.out, "12 done now, 0 before"));
  CHECK(records_in(out).size() == before + 12);
}

}  // namespace saddlescope::test

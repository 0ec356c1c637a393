// `saddlescope sweep`: dry runs and figures.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"
#include "sweep_small.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

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

TEST_CASE("a dry run prints the jobs and an estimate, and writes nothing") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  const fs::path out = folder / "out";
  const Run before = sweep(file, out, {"--dry-run"});
  CHECK(before.code == 0);
  CHECK(contains(before.out, "width=8 lambda=0.5 seed=2"));
  CHECK(contains(before.out, "10 jobs of 'inference condition': 0 done, 0 failed, 10 to do"));
  CHECK(contains(before.out, "time     about"));
  CHECK(contains(before.out, ": powers of width, lambda, from 5 jobs tried for "));
  CHECK(contains(before.out, "memory   about"));
  CHECK_FALSE(fs::exists(out));
  REQUIRE(sweep(file, out, {"--shard", "1/2"}).code == 0);
  const Run half = sweep(file, out, {"--dry-run"});
  CHECK(contains(half.out, "5 done, 0 failed, 5 to do"));
  CHECK(contains(half.out, "time     about"));
  CHECK(contains(half.out, ": powers of width, lambda, from 5 jobs done"));
  CHECK(contains(half.out, "(95 %: "));
  CHECK(contains(half.out, "for the largest job"));
  REQUIRE(sweep(file, out).code == 0);
  CHECK_FALSE(contains(sweep(file, out, {"--dry-run"}).out, "time "));
}

TEST_CASE("of the processes of an MPI launcher one prints the dry run") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", std::string(kSmall) + "[[exclude]]\nwidth = 3\n");
  const auto rank = [&](const char* number) {
    return sweep(file, folder / "out", {"--dry-run"},
                 {"OMPI_COMM_WORLD_SIZE=4", std::string("OMPI_COMM_WORLD_RANK=") + number});
  };
  const Run first = rank("0");
  CHECK(first.code == 0);
  CHECK(contains(first.out, "10 jobs of"));
  CHECK(contains(first.out, "on 3 workers"));  // rank 0 hands out the jobs
  for (const char* other : {"1", "3"}) {
    const Run run = rank(other);
    CHECK(run.code == 0);
    CHECK(run.out == "");
    CHECK(run.err == "");
  }
}

TEST_CASE("an exclusion that drops nothing is mentioned with its line") {
  const TemporaryFolder folder;
  const Run run = sweep(folder.file("s.toml", std::string(kSmall) + "[[exclude]]\nwidth = 3\n"),
                        folder / "out");
  CHECK(run.code == 0);
  CHECK(contains(run.err, "s.toml, line 12: exclude: drops no job"));
  CHECK_FALSE(contains(run.err, "line 9"));
}

TEST_CASE("plots take zipped and list-valued options and several columns in one figure") {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  const std::string file = folder.file(
      "s.toml",
      "verb = \"inference condition\"\nseeds = 2\n[zip]\nhidden = [[2], [3, 3], [4, 4, 4]]\n"
      "input = [2, 3, 4]\n[plot]\nx = \"hidden\"\ny = [\"condition_number\", [\"lambda_min\", "
      "\"lambda_max\"]]\n");
  const Run run = sweep(file, out);
  CAPTURE(run.err);
  CHECK(run.code == 0);
  CHECK(run.err == "");
  CHECK(fs::file_size(out / "plot_lambda_min_lambda_max.png") > 1000);
  CHECK(read_csv(out / "plot_condition_number_1.csv", true).rows.size() == 3);
  CHECK_FALSE(fs::exists(out / "plot_condition_number_2.csv"));
}

}  // namespace saddlescope::test

// What `saddlescope inference limits` leaves behind.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Run limits(const fs::path& out, const Words& flags) {
  Words words = {
      "inference",         "limits", "--out",         out.string(), "--data",          "teacher",
      "--samples",         "8",      "--widths",      "4,8,16",     "--seeds",         "2",
      "--steps",           "4",      "--probe-every", "2",          "--hidden-layers", "1,2",
      "--training-widths", "4,8",    "--draws",       "20"};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

}  // namespace

TEST_CASE("all parts leave tables and arrays that agree") {
  const TemporaryFolder folder;
  const fs::path out = folder / "limits";
  const Run run = limits(out, {"--no-figures"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "1 - cos(PC, BP)"));
  CHECK(contains(run.out, "mean of S"));
  CHECK(contains(run.out, "twins apart"));
  const CsvTable table = read_csv(out / "limits.csv", true);
  CHECK(table.rows.size() == 2 * 2 * 3 * 2);
  const Hdf5Reader file(out / "limits.h5");
  CHECK(file.vector("/init/widths").size() == 3);
  const Matrix cosines = file.matrix("/init/mupc/seed_1/cosine_pc_bp");
  REQUIRE(cosines.rows() == 2);
  REQUIRE(cosines.cols() == 3);
  CHECK(file.matrix("/init/sp/seed_0/layers/H_2/cosine_pc_gn").cols() == 3);
  // The row of muPC, H = 2, width 16, seed 1 in both.
  std::size_t column = 0;
  while (table.header[column] != "cosine_pc_bp") ++column;
  bool found = false;
  for (const auto& row : table.rows) {
    if (row[0] != "mupc" || row[1] != "2" || row[2] != "16" || row[3] != "1") continue;
    CHECK(row[column] == csv_number(cosines(1, 2)));
    found = true;
  }
  CHECK(found);
  CHECK(read_csv(out / "limits_training.csv", true).rows.size() == 2 * 2 * 2 * 2 * 5);
  CHECK(file.vector("/training/sp/H_1/width_8/seed_0/bp_loss").size() == 5);
  const auto json = nlohmann::json::parse(read_text(out / "limits.json"));
  CHECK(json.at("laws").size() == 4);
  CHECK(json.at("training_laws").size() == 4);
  CHECK(json.at("expectation").size() == 16);
  CHECK(json.at("options").at("lambda") == 1);
  CHECK(json.at("provenance").contains("git_revision"));
}

TEST_CASE("a part alone leaves only its own files and takes those of an earlier run away") {
  const TemporaryFolder folder;
  const fs::path out = folder / "limits";
  REQUIRE(limits(out, {"--no-figures"}).code == 0);
  const Run run = limits(out, {"--part", "expectation", "--no-figures"});
  REQUIRE(run.code == 0);
  CHECK(fs::exists(out / "limits_expectation.csv"));
  CHECK(!fs::exists(out / "limits.csv"));
  CHECK(!fs::exists(out / "limits_training.csv"));
  CHECK(!Hdf5Reader(out / "limits.h5").exists("/init"));
}

TEST_CASE("figures are drawn from their own data") {
  const TemporaryFolder folder;
  const fs::path out = folder / "limits";
  const Run run = limits(out, {});
  REQUIRE(run.code == 0);
  for (const char* figure : {"limits_maps", "limits_laws", "limits_training"}) {
    CAPTURE(figure);
    CHECK(fs::exists(out / (std::string(figure) + ".gp")));
    if (!contains(run.err, "gnuplot is missing"))
      CHECK(fs::file_size(out / (std::string(figure) + ".png")) > 10000);
  }
}

TEST_CASE("bad input names its flag and leaves nothing") {
  const TemporaryFolder folder;
  const fs::path out = folder / "limits";
  for (const Words& flags :
       {Words{"--part", "everything"}, Words{"--widths", "0"}, Words{"--optimiser", "newton"},
        Words{"--lambda", "-1"}, Words{"--parameterisations", "mup"}}) {
    const Run run = limits(out, flags);
    CHECK(run.code == 2);
    CHECK(!run.err.empty());
    CHECK(!fs::exists(out / "limits.json"));
  }
}

}  // namespace saddlescope::test

// What `saddlescope inference phase` leaves behind.
#include <cmath>
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

Run phase(const fs::path& out, const Words& flags) {
  Words words = {"inference", "phase", "--out",           out.string(),
                 "--widths",  "2,4,8", "--hidden-layers", "1,2,4,8"};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

TEST_CASE("a phase diagram has a row per network and the medians of its seeds") {
  const TemporaryFolder folder;
  const fs::path out = folder / "phase";
  const Run run = phase(out, {"--no-figures"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const CsvTable table = read_csv(out / "phase.csv", true);
  CHECK(table.rows.size() == 18 * 12 * 3);
  const auto json = nlohmann::json::parse(read_text(out / "phase.json"));
  REQUIRE(json.at("diagrams").size() == 18);
  const Hdf5Reader file(out / "phase.h5");
  const std::string at = "/ntp/normal/skips_on";
  const Matrix median = file.matrix(at + "/median_condition_number");
  REQUIRE(median.rows() == 3);
  REQUIRE(median.cols() == 4);
  Index above = 0, below = 0;
  for (const char* seed : {"/seed_0", "/seed_1", "/seed_2"}) {
    const Matrix kappa = file.matrix(at + seed + "/condition_number");
    above += (kappa.array() >= median.array()).count();
    below += (kappa.array() <= median.array()).count();
  }
  CHECK(above == 2 * 12);
  CHECK(below == 2 * 12);
  CHECK_FALSE(fs::exists(out / "phase_maps.png"));
}

// d_y = 10 > n clamps every chain: kappa = tan^2-like ratio of 2 - 2 cos(H pi/(H+1)) and pi/(H+1).
TEST_CASE("orthogonal cells lie on their prediction") {
  const TemporaryFolder folder;
  const fs::path out = folder / "phase";
  REQUIRE(phase(out, {"--no-figures", "--inits", "orthogonal", "--skip-variants", "off", "--output",
                      "3", "--tolerance", "1e-6", "--lambda", "2", "--activity-decay", "0.1"})
              .code == 0);
  const Hdf5Reader file(out / "phase.h5");
  for (const char* parameterisation : {"sp", "mupc"}) {
    const std::string at = std::string("/") + parameterisation + "/orthogonal/skips_off";
    const Matrix median = file.matrix(at + "/median_condition_number");
    const Matrix predicted = file.matrix(at + "/predicted_condition_number");
    CHECK(((median - predicted).cwiseQuotient(predicted)).cwiseAbs().maxCoeff() <= 1e-6);
  }
}

TEST_CASE("a phase diagram is the same on one thread and on two") {
  const TemporaryFolder folder;
  for (const char* threads : {"1", "2"})
    REQUIRE(phase(folder / threads,
                  {"--no-figures", "--seeds", "2", "--inits", "normal", "--threads", threads})
                .code == 0);
  for (const char* file : {"phase.csv", "phase_growth.csv"})
    CHECK(read_text(folder / "1" / file) == read_text(folder / "2" / file));
}

TEST_CASE("maps and curves are drawn") {
  const TemporaryFolder folder;
  const fs::path out = folder / "phase";
  const Run run = phase(out, {"--seeds", "1", "--inits", "uniform"});
  REQUIRE(run.code == 0);
  if (contains(run.err, "gnuplot is missing")) return;
  CHECK(fs::file_size(out / "phase_maps.png") > 10'000);
  CHECK(fs::file_size(out / "phase_curves.png") > 10'000);
}

TEST_CASE("phase refuses bad grids and names with exit code 2") {
  const TemporaryFolder folder;
  const auto refused = [&](const Words& flags, const char* text) {
    Words words = {"inference", "phase", "--out", (folder / "bad").string()};
    words.insert(words.end(), flags.begin(), flags.end());
    const Run run = run_program(words);
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, text));
    CHECK_FALSE(fs::exists(folder / "bad"));
  };
  refused({"--widths", "4,2"}, "ascending");
  refused({"--hidden-layers", "0,2"}, "--hidden-layers");
  refused({"--inits", "normal,normal"}, "different");
  refused({"--inits", "gaussian"}, "initialisation");
  refused({"--skip-variants", "maybe"}, "expected off or on");
  refused({"--seeds", "0"}, "--seeds");
  refused({"--lambda", "0"}, "--lambda");
}

}  // namespace
}  // namespace saddlescope::test

// What `saddlescope inference mean-field` leaves behind.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// `flags`, and small values for the flags that are not among them.
Run mean_field(const fs::path& out, const Words& flags) {
  Words words = {"inference", "mean-field", "--out", out.string(), "--no-figures"};
  const std::vector<std::pair<const char*, const char*>> small = {{"--steps", "8"},
                                                                  {"--samples", "4"},
                                                                  {"--input", "10"},
                                                                  {"--widths", "40,400"},
                                                                  {"--seeds", "6"}};
  for (const auto& [flag, value] : small)
    if (std::find(flags.begin(), flags.end(), flag) == flags.end())
      words.insert(words.end(), {flag, value});
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

nlohmann::json results(const fs::path& out) {
  return nlohmann::json::parse(read_text(out / "mean_field.json"));
}

}  // namespace

TEST_CASE("wide networks approach the mean-field limit under loss and energy") {
  const TemporaryFolder folder;
  const fs::path out = folder / "limit";
  const Run run = mean_field(out, {"--gamma", "0.5,2", "--output", "2"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const auto json = results(out);
  REQUIRE(json.at("cases").size() == 4);  // H = 1, 2 by gamma = 1/2, 2
  for (const auto& one : json.at("cases")) {
    CHECK(one.at("theory").at("converged") == true);
    CHECK(one.at("theory").at("loss_error").get<double>() <= 1e-12);
    REQUIRE(one.at("networks").size() == 4);
    for (std::size_t i = 0; i < 4; i += 2) {
      const auto& narrow = one.at("networks")[i];
      const auto& wide = one.at("networks")[i + 1];
      // Ten times the width: 10^{-1/2} of the deviation of one network, give or take sampling.
      CHECK(wide.at("seed_deviation").get<double>() <
            0.7 * narrow.at("seed_deviation").get<double>());
      CHECK(wide.at("kernel_deviation").get<double>() <
            0.5 * narrow.at("kernel_deviation").get<double>());
    }
  }
}

TEST_CASE("the files of a mean-field study agree with each other") {
  const TemporaryFolder folder;
  const fs::path out = folder / "files";
  REQUIRE(mean_field(out, {"--hidden-layers", "2"}).code == 0);
  const Hdf5Reader file(out / "mean_field.h5");
  const Vector theory = file.vector("/case_0/theory/loss");
  REQUIRE(theory.size() == 9);
  CHECK(file.matrix("/case_0/theory/H/2").rows() == 36);
  CHECK(file.matrix("/case_0/theory/G/3").rows() == 9);
  const Matrix residuals = file.matrix("/case_0/theory/residuals");
  const Matrix losses = file.matrix("/case_0/energy/400/losses");
  REQUIRE(losses.rows() == 6);
  REQUIRE(losses.cols() == 9);
  for (Index t = 0; t < 9; ++t)
    CHECK(std::abs(residuals.middleRows(4 * t, 4).squaredNorm() / 8 - theory(t)) <=
          1e-14 * theory(0));
  const CsvTable table = read_csv(out / "mean_field.csv", true);
  CHECK(table.rows.size() == 9 * 5);
  for (const auto& row : table.rows) {
    const Index t = std::stoi(row[4]);
    if (row[2] == "theory") CHECK(std::stod(row[5]) == theory(t));
    if (row[2] == "energy" && row[3] == "400")
      CHECK(std::abs(std::stod(row[5]) - losses.col(t).mean()) <= 1e-15);
  }
  double worst = 0;
  for (Index t = 0; t < 9; ++t)
    worst = std::max(worst, std::abs(losses.col(t).mean() - theory(t)) / theory(0));
  const auto json = results(out);
  const auto& last = json.at("cases")[0].at("networks")[3];
  CHECK(last.at("objective") == "energy");
  CHECK(std::abs(last.at("deviation").get<double>() - worst) <= 1e-14);
}

TEST_CASE("a mean-field study is the same on one thread and on two") {
  const TemporaryFolder folder;
  REQUIRE(mean_field(folder / "one", {"--threads", "1"}).code == 0);
  REQUIRE(mean_field(folder / "two", {"--threads", "2"}).code == 0);
  CHECK(read_text(folder / "one" / "mean_field.csv") ==
        read_text(folder / "two" / "mean_field.csv"));
}

TEST_CASE("diverging training is said in words and leaves gaps, not numbers") {
  const TemporaryFolder folder;
  const fs::path out = folder / "diverges";
  const Run run = mean_field(
      out, {"--learning-rate", "60", "--hidden-layers", "2", "--steps", "40", "--seeds", "1"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "training diverges"));
  const auto json = results(out);
  const auto& one = json.at("cases")[0];
  CHECK(one.at("theory").at("converged") == false);
  CHECK(one.at("theory").at("steps").get<Index>() < 40);
  CHECK(one.at("networks")[0].at("kernel_deviation").is_null());
  CHECK(one.at("networks")[0].at("standard_error").is_null());  // one seed
}

TEST_CASE("a mean-field study refuses what it cannot use, by flag") {
  const TemporaryFolder folder;
  const auto refused = [&](const Words& flags) {
    const Run run = mean_field(folder / "bad", flags);
    CHECK(run.code == 2);
    CHECK(contains(run.err, flags.front()));
    CHECK_FALSE(contains(run.err, "expected one value"));  // a slip of the test
    CHECK_FALSE(fs::exists(folder / "bad" / "mean_field.json"));
  };
  refused({"--gamma", "1,0"});
  refused({"--gamma", "1,1"});
  refused({"--hidden-layers", "0"});
  refused({"--widths", "0"});
  refused({"--widths", "none"});
  refused({"--learning-rate", "-1"});
  refused({"--objective", "loss"});
  refused({"--lambda", "0"});
  refused({"--noise", "-1"});
  refused({"--steps", "100000", "--samples", "1000"});  // more memory than there is
}

}  // namespace saddlescope::test

// What `saddlescope slice` leaves behind, and what it refuses.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
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

Run slice(const fs::path& out, const Words& flags) {
  Words words = {"slice", "--out", out.string(), "--no-figures", "--resolution", "5"};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

// The published chain: one unit a layer, y = -x.
Words chain(const std::string& hidden, const Words& more) {
  Words words = {"--data", "toy", "--input", "1", "--hidden", hidden};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

nlohmann::json summary(const fs::path& out) {
  return nlohmann::json::parse(read_text(out / "slice.json"));
}

}  // namespace

// On the chain L = 2 over its two weights,
//   loss = (1 + w_2 w_1)^2 m/2,   F* = loss/(1 + w_2^2),   m = <x^2>,
// and t steps of dt end at F* + (loss - F*)(1 - dt (1 + w_2^2))^{2t}: one mode of curvature 1 +
// w_2^2. Rounding of a dozen operations on numbers of the size of the loss.
TEST_CASE("a slice over both weights of the chain holds its closed forms") {
  const TemporaryFolder folder;
  const fs::path out = folder / "chain";
  const Run run =
      slice(out, chain("1", {"--directions", "axes", "--range", "2", "--inference-steps", "20"}));
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const Hdf5Reader data(out / "data.h5");
  const double m = data.matrix("/x").squaredNorm() / 64;
  const Hdf5Reader file(out / "slice.h5");
  const Matrix loss = file.matrix("/mse/values"), energy = file.matrix("/energy/values");
  const Matrix unrolled = file.matrix("/inference/values");
  const Matrix down_1 = file.matrix("/mse/descent_s"), down_2 = file.matrix("/mse/descent_t");
  const Vector s = file.vector("/s"), t = file.vector("/t");
  REQUIRE(loss.rows() == 5);
  for (Index i = 0; i < 5; ++i)
    for (Index j = 0; j < 5; ++j) {
      const double residual = 1 + s[i] * t[j], mu = 1 + t[j] * t[j];
      const double expected = residual * residual * m / 2;
      const double tolerance = 1e-14 * (1 + expected);
      CHECK(std::abs(loss(i, j) - expected) <= tolerance);
      CHECK(std::abs(energy(i, j) - expected / mu) <= tolerance);
      const double between =
          expected / mu + (expected - expected / mu) * std::pow(1 - 0.1 * mu, 40);
      CHECK(std::abs(unrolled(i, j) - between) <= 10 * tolerance);
      CHECK(std::abs(down_1(i, j) + residual * t[j] * m) <= 10 * tolerance);
      CHECK(std::abs(down_2(i, j) + residual * s[i] * m) <= 10 * tolerance);
    }
  const CsvTable table = read_csv(out / "slice.csv", true);
  CHECK(table.rows.size() == 25);
  CHECK(std::stod(table.rows[1][2]) == loss(0, 1));
  // Hessians at the origin: [[0, m], [m, 0]] of the loss along the axes, [[0, m], [m, -m]] of F*.
  const auto surfaces = summary(out).at("surfaces");
  CHECK(std::abs(surfaces.at("mse").at("curvature_t").get<double>()) <= 1e-14);
  CHECK(std::abs(surfaces.at("energy").at("curvature_t").get<double>() + m) <= 1e-14);
}

TEST_CASE(
    "eigenvector slices have the eigenvalues as curvatures and project the ways of training") {
  const TemporaryFolder folder;
  const fs::path out = folder / "plane";
  const Run run = slice(out, {"--data", "teacher", "--hidden", "3,3", "--point", "init",
                              "--trajectory", "12", "--eigen-of", "mse", "--indices", "2,-1"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const auto json = summary(out);
  for (const auto& [axis, letter] : {std::pair<int, const char*>{0, "s"}, {1, "t"}}) {
    const auto& one = json.at("axes").at(static_cast<std::size_t>(axis));
    const double curvature =
        json.at("surfaces").at("mse").at(fmt::format("curvature_{}", letter)).get<double>();
    CHECK(std::abs(one.at("eigenvalue").get<double>() - curvature) <=
          2 * one.at("error").get<double>());
  }
  const Hdf5Reader file(out / "slice.h5");
  const Matrix D = file.matrix("/directions");
  CHECK(D.cols() == 2);
  for (const char* objective : {"mse", "energy"}) {
    const std::string group = fmt::format("/{}/trajectory", objective);
    const Matrix c = file.matrix(group + "/coordinates");
    const Vector off = file.vector(group + "/off_slice"), far = file.vector(group + "/distance");
    REQUIRE(c.cols() == 13);
    // D is orthonormal: Pythagoras.
    for (Index k = 0; k < 13; ++k)
      CHECK(std::hypot(c.col(k).norm(), off[k]) == doctest::Approx(far[k]).epsilon(1e-12));
    CHECK(far[0] == 0);
    CHECK(off[12] > 0);
    const Vector values = file.vector(group + "/value");
    CHECK(values[12] < values[0]);
  }
  CHECK(read_csv(out / "slice_trajectory.csv", true).rows.size() == 26);
}

// From the origin's neighbourhood both ways end in one plane with the start only by chance: the
// plane of the principal components holds more of them than any other, here over 90 %.
TEST_CASE("principal components, random directions and lines") {
  const TemporaryFolder folder;
  const fs::path pca = folder / "pca";
  const Words training = {"--trajectory", "30", "--learning-rate", "0.4"};
  Words words = chain("1,1", training);
  words.insert(words.end(), {"--directions", "pca", "--center", "end"});
  REQUIRE(slice(pca, words).code == 0);
  const auto json = summary(pca);
  const double shares = json.at("axes").at(0).at("explained_variance").get<double>() +
                        json.at("axes").at(1).at("explained_variance").get<double>();
  CHECK(shares <= 1 + 1e-14);
  CHECK(shares >= 0.9);

  const fs::path random = folder / "random";
  const Words drawn = {"--data",  "teacher", "--hidden",     "3",
                       "--point", "init",    "--directions", "random"};
  REQUIRE(slice(random, drawn).code == 0);
  CHECK(summary(random).at("zero_rows") == 0);

  const fs::path line = folder / "line";
  const Run run = slice(line, {"--data", "teacher", "--hidden", "3", "--line"});
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "curvature along s"));
  const CsvTable table = read_csv(line / "slice.csv", true);
  CHECK(table.rows.size() == 5);
  CHECK(table.header[2] == "mse_quadratic");
}

TEST_CASE("slices do not depend on the number of threads and draw their figures") {
  const TemporaryFolder folder;
  const Words flags = chain("1", {"--trajectory", "5", "--inference-steps", "3"});
  std::vector<std::string> tables;
  for (const char* threads : {"1", "2"}) {
    Words words = flags;
    words.insert(words.end(), {"--threads", threads});
    const fs::path out = folder / threads;
    REQUIRE(slice(out, words).code == 0);
    tables.push_back(read_text(out / "slice.csv") + read_text(out / "slice_trajectory.csv"));
    CHECK_FALSE(fs::exists(out / "slice.png"));
  }
  CHECK(tables[0] == tables[1]);
  for (const bool line : {false, true}) {
    const fs::path out = folder / "drawn";
    Words words = {"slice", "--out", out.string(), "--resolution", "9"};
    words.insert(words.end(), flags.begin(), flags.end());
    if (line) words.emplace_back("--line");
    const Run run = run_program(words);
    REQUIRE(run.code == 0);
    if (contains(run.err, "gnuplot is missing")) return;
    CAPTURE(run.err);
    CHECK(fs::exists(out / "slice.png"));
    CHECK(fs::exists(out / "slice_trajectory.png"));
    CHECK(fs::exists(out / "slice_field.png") != line);
  }
}

TEST_CASE("a trajectory that diverges and values that overflow are told, not passed on") {
  const TemporaryFolder folder;
  const Run away =
      slice(folder / "away", {"--data", "teacher", "--hidden", "3,3", "--point", "init",
                              "--trajectory", "50", "--learning-rate", "1e6", "--range", "1"});
  REQUIRE(away.code == 0);
  CHECK(contains(away.out, "ended early"));
  const Run far =
      slice(folder / "far", {"--data", "teacher", "--hidden", "3,3", "--range", "1e120"});
  REQUIRE(far.code == 0);
  CHECK(contains(far.out, "points are missing"));
  CHECK(summary(folder / "far").at("surfaces").at("energy").at("missing").get<Index>() > 0);
}

TEST_CASE("slices that cannot be had end in one sentence and exit code 2") {
  const TemporaryFolder folder;
  const fs::path out = folder / "none";
  const auto refused = [&](const Words& flags, const std::string& word) {
    const Run run = slice(out, flags);
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, word));
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    CHECK_FALSE(fs::exists(out));
  };
  const auto with = [](const Words& flags) { return chain("1", flags); };
  refused(with({"--directions", "rows"}), "--directions");
  refused(with({"--directions", "random"}), "origin");
  refused(with({"--directions", "pca"}), "--trajectory");
  refused(with({"--directions", "axes", "--eigen-of", "mse"}), "--eigen-of");
  refused(with({"--indices", "1"}), "--indices");
  refused(with({"--indices", "1,3"}), "expected 1 to 2");
  refused(with({"--indices", "2,-1"}), "twice");
  refused(with({"--line", "--indices", "0"}), "got 0");
  refused(with({"--directions", "axes", "--indices", "1,-2"}), "parallel");
  refused(with({"--range", "0"}), "--range");
  refused(with({"--resolution", "1"}), "--resolution");
  refused(with({"--learning-rate", "0.1"}), "--trajectory");
  refused(with({"--trajectory", "3", "--optimiser", "sgdx"}), "optimiser");
  refused(with({"--trajectory", "3", "--learning-rate", "-1"}), "--learning-rate");
  refused(with({"--inference-step", "0.1"}), "--inference-steps");
  refused({"--data", "toy", "--hidden", "none", "--inference-steps", "3"}, "hidden layer");
  refused({"--data", "toy", "--input", "1", "--hidden", "none"}, "--line");
  refused(with({"--center", "end"}), "--center");
  refused(with({"--eigen-of", "loss"}), "--eigen-of");
}

}  // namespace saddlescope::test

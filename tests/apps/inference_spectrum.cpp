// What `saddlescope inference spectrum` and `saddlescope inference predict` leave behind.
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

Run inference(const std::string& verb, const fs::path& out, const Words& flags,
              bool figures = false) {
  Words words = {"inference", verb, "--out", out.string()};
  if (!figures) words.push_back("--no-figures");
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

const Words kShape = {"--input", "5", "--output", "10", "--hidden", "60,25,30"};

}  // namespace

TEST_CASE("a spectrum has its eigenvalues, parts, atoms and density in agreement") {
  const TemporaryFolder folder;
  Words flags = kShape;
  flags.insert(flags.end(), {"--parts", "--lambda", "2"});
  const Run run = inference("spectrum", folder / "s", flags);
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const Hdf5Reader file(folder / "s/spectrum.h5");
  const Vector values = file.vector("/eigenvalues");
  REQUIRE(values.size() == 115);
  // Traces: the couplings have none, the diagonal blocks all of it.
  const Vector diagonal = file.vector("/parts/diagonal"), coupling = file.vector("/parts/coupling");
  CHECK(std::abs(values.sum() - diagonal.sum()) <= 1e-11 * values.sum());
  CHECK(std::abs(coupling.sum()) <= 1e-11 * values.sum());
  const Matrix atoms = file.matrix("/atoms");
  REQUIRE(atoms.rows() == 1);
  CHECK(atoms(0, 0) == 1);
  CHECK(atoms(0, 1) == 35.0 / 115);
  CHECK(((values.array() - 1).abs() <= *file.number("/", "zero_threshold")).count() == 35);
  CHECK(file.matrix("/density").cols() == 2);
  const auto json = nlohmann::json::parse(read_text(folder / "s/spectrum.json"));
  CHECK(json.at("kolmogorov_distance").get<double>() <= 6.0 / 115);
  CHECK(json.at("condition_number").get<double>() ==
        json.at("lambda_max").get<double>() / json.at("lambda_min").get<double>());
  CHECK(read_csv(folder / "s/spectrum.csv", true).rows.size() == 3 * 115);
}

TEST_CASE("a network file has the spectrum of the run that wrote it, predicted when asked") {
  const TemporaryFolder folder;
  REQUIRE(inference("spectrum", folder / "a", kShape).code == 0);
  const std::string network = folder / "a/network.h5";
  REQUIRE(inference("spectrum", folder / "b", {"--network", network}).code == 0);
  const Run asked =
      inference("spectrum", folder / "c", {"--network", network, "--predict", "always"});
  REQUIRE(asked.code == 0);
  CHECK(contains(asked.out, "mean squares of the weights"));
  const Hdf5Reader a(folder / "a/spectrum.h5"), b(folder / "b/spectrum.h5"),
      c(folder / "c/spectrum.h5");
  CHECK(a.vector("/eigenvalues") == b.vector("/eigenvalues"));
  CHECK(a.exists("/density"));
  CHECK_FALSE(b.exists("/density"));
  // Mean squares of some thousand entries are the variances to some percent.
  CHECK(*c.number("/", "predicted_lambda_max") ==
        doctest::Approx(*a.number("/", "predicted_lambda_max")).epsilon(0.1));
}

TEST_CASE("a prediction needs no draw, and draws stay near it") {
  const TemporaryFolder folder;
  const Words shape = {"--width", "50",     "--hidden-layers", "3", "--parameterisation",
                       "mupc",    "--skips"};
  REQUIRE(inference("predict", folder / "none", shape).code == 0);
  const Hdf5Reader none(folder / "none/prediction.h5");
  CHECK_FALSE(none.exists("/eigenvalues"));
  CHECK(none.matrix("/atoms").rows() == 0);
  CHECK(*none.number("/", "mass_error") <= 1e-6);
  Words drawn = shape;
  drawn.insert(drawn.end(), {"--seeds", "3"});
  const Run run = inference("predict", folder / "drawn", drawn, true);
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const Hdf5Reader file(folder / "drawn/prediction.h5");
  CHECK(file.matrix("/eigenvalues").rows() == 3);
  CHECK(file.matrix("/eigenvalues").cols() == 150);
  CHECK(file.matrix("/density") == none.matrix("/density"));
  const auto json = nlohmann::json::parse(read_text(folder / "drawn/prediction.json"));
  CHECK(json.at("measured").size() == 3);
  CHECK(json.at("kolmogorov_distance").get<double>() <= 6.0 / 150);
  CHECK(fs::is_regular_file(folder / "drawn/prediction.gp"));
}

TEST_CASE("wrong options of spectra and predictions are refused before anything is written") {
  const TemporaryFolder folder;
  const fs::path out = folder / "bad";
  CHECK(inference("spectrum", out, {"--predict", "perhaps"}).code == 2);
  CHECK(inference("spectrum", out, {"--width", "1000", "--hidden-layers", "17"}).code == 2);
  CHECK(inference("predict", out, {"--seeds", "-1"}).code == 2);
  const Run orthogonal = inference("predict", out, {"--init", "orthogonal"});
  CHECK(orthogonal.code == 2);
  CHECK(contains(orthogonal.err, "not independent"));
  CHECK_FALSE(fs::exists(out));
}

}  // namespace saddlescope::test

// Nonlinear networks in the verbs: by flags and by file, what they compute and what they refuse.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/network/network_file.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const Words kTeacher = {"--data",   "teacher", "--samples", "12",  "--input", "4",
                        "--output", "2",       "--hidden",  "5,5", "--seed",  "3"};

Run run(const Words& verb, const fs::path& out, const Words& flags) {
  Words words = verb;
  words.insert(words.end(), {"--out", out.string()});
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

nlohmann::json json_of(const fs::path& file) { return nlohmann::json::parse(read_text(file)); }

struct Setting {
  Network network;
  Dataset data;
};

Setting setting_of(const fs::path& folder) {
  return {read_network(folder / "network.h5"), read_h5_data(folder / "data.h5")};
}

NetworkEnergy<double> energy_of(const Setting& s) {
  return NetworkEnergy<double>(s.network.architecture, s.network.activity_decay);
}

}  // namespace

// The eigenvalues written against those of the library's objectives at the point written beside
// them.
TEST_CASE("spectrum of a nonlinear network holds the Hessians of loss and re-equilibrated energy") {
  const TemporaryFolder folder;
  for (const std::string activation : {"tanh", "relu", "gelu"}) {
    for (const std::string loss : {"mse", "ce"}) {
      CAPTURE(activation + " " + loss);
      const fs::path out = folder / (activation + loss);
      const Words data =
          loss == "ce" ? Words{"--data", "digits", "--samples", "6", "--hidden", "4"} : kTeacher;
      const Run got = run({"spectrum"}, out,
                          data + Words{"--activation", activation, "--placement", "post", "--bias",
                                       "--loss", loss, "--activity-decay", "0.1", "--point", "init",
                                       "--no-figures", "--check-inertia"});
      CAPTURE(got.err);
      REQUIRE(got.code == 0);
      const Setting s = setting_of(out);
      CHECK(s.network.architecture.biases);
      CHECK(s.network.activity_decay == 0.1);
      const Hdf5Reader file(out / "spectrum.h5");
      const auto check = [&](const std::string& group, const Objective<double>& objective) {
        const auto there = objective.at(s.network.theta);
        REQUIRE(there.summary.ok());
        const Vector expected = symmetric_eigenvalues(there.point->hessian());
        const Vector found = file.vector(group + "/eigenvalues");
        CHECK((found - expected).norm() <= 1e-12 * expected.norm());
        CHECK(std::abs(*file.number(group, "value") - there.point->value()) <= 1e-13);
      };
      check("/" + loss, *network_loss(s.network.architecture, s.data));
      check("/energy", *network_equilibrated_energy(energy_of(s), s.data));
      CHECK(contains(got.out, activation + " post, biases"));
      CHECK(contains(got.out, loss == "ce" ? "loss (cross-entropy)" : "loss (MSE)"));
    }
  }
}

TEST_CASE("a network file with an activation is read and refuses the flags that it says") {
  const TemporaryFolder folder;
  REQUIRE(run({"spectrum"}, folder / "one",
              kTeacher + Words{"--activation", "tanh", "--point", "init", "--no-figures"})
              .code == 0);
  const std::string net = folder / "one/network.h5";
  const std::string data = std::string("h5:") + std::string(folder / "one/data.h5");
  const Words files = {"--network", net, "--data", data, "--no-figures"};
  const Run two =
      run({"spectrum"}, folder / "two", files + Words{"--method", "extreme", "--count", "3"});
  CAPTURE(two.err);
  REQUIRE(two.code == 0);
  const Vector all = Hdf5Reader(folder / "one/spectrum.h5").vector("/energy/eigenvalues");
  const Vector ends = Hdf5Reader(folder / "two/spectrum.h5").vector("/energy/eigenvalues_smallest");
  CHECK((ends - all.head(3)).norm() <= 1e-8 * all.norm());
  const Run refused = run({"spectrum"}, folder / "three", files + Words{"--activation", "relu"});
  CHECK(refused.code == 2);
  CHECK(contains(refused.err, "--activation: the network file"));
}

TEST_CASE("slice draws both landscapes of a nonlinear network with the ways of training") {
  const TemporaryFolder folder;
  const fs::path out = folder / "slice";
  const Run got = run({"slice"}, out,
                      kTeacher + Words{"--activation", "relu", "--placement", "pre", "--point",
                                       "init", "--resolution", "5", "--trajectory", "6",
                                       "--directions", "pca", "--inference-steps", "4"});
  CAPTURE(got.err);
  REQUIRE(got.code == 0);
  const Hdf5Reader file(out / "slice.h5");
  const Matrix loss = file.matrix("/mse/values"), energy = file.matrix("/energy/values");
  const Matrix steps = file.matrix("/inference/values");
  // F* <= F after a few steps <= F before them = the loss (lambda = 1), but for gaps.
  int compared = 0;
  for (Index i = 0; i < loss.size(); ++i) {
    if (std::isnan(energy.data()[i])) continue;
    CHECK(energy.data()[i] <= steps.data()[i] + 1e-12);
    CHECK(steps.data()[i] <= loss.data()[i] + 1e-12);
    ++compared;
  }
  CHECK(compared >= 15);
  for (const char* picture : {"slice.png", "slice_field.png", "slice_trajectory.png"})
    CHECK_MESSAGE(fs::exists(out / picture), picture);
  const auto json = json_of(out / "slice.json");
  CHECK(json["trajectories"]["energy"]["value_end"] <
        json["trajectories"]["energy"]["value_start"]);
}

TEST_CASE("classify and escape call the origin of a tanh network strict for the energy only") {
  const TemporaryFolder folder;
  const Words net = kTeacher + Words{"--activation", "tanh"};
  const Run classified = run({"saddle", "classify"}, folder / "c", net);
  CAPTURE(classified.err);
  REQUIRE(classified.code == 0);
  const auto json = json_of(folder / "c/classification.json");
  CHECK(json["objectives"]["energy"]["verdict"] == "strict saddle");
  CHECK(json["objectives"]["mse"]["verdict"] == "degenerate");
  CHECK(json["objectives"]["energy"]["n_negative"] == 10);  // n_2 d_y
  const Run escaped = run({"saddle", "escape"}, folder / "e", net + Words{"--tolerance", "1e-8"});
  CAPTURE(escaped.err);
  REQUIRE(escaped.code == 0);
  const auto times = json_of(folder / "e/escape.json")["objectives"];
  CHECK(std::abs(times["energy"]["ratio"].get<double>() - 1) < 0.02);
  CHECK(times["mse"]["direction"] == "none");
  CHECK(fs::exists(folder / "e/escape.png"));
}

TEST_CASE("search finds critical points of nonlinear landscapes and resumes") {
  const TemporaryFolder folder;
  const Words net = {"--data",       "teacher", "--samples",   "8", "--input", "2",
                     "--output",     "1",       "--hidden",    "2", "--seed",  "1",
                     "--activation", "tanh",    "--flow-time", "2"};
  const Run first = run({"saddle", "search"}, folder / "s", net + Words{"--starts", "3"});
  CAPTURE(first.err);
  REQUIRE(first.code == 0);
  const Run more = run({"saddle", "search"}, folder / "s", net + Words{"--starts", "5"});
  REQUIRE(more.code == 0);
  CHECK(contains(more.out, "6 searches continued"));
  const auto json = json_of(folder / "s/search.json");
  for (const char* objective : {"mse", "energy"}) {
    const auto& ends = json["objectives"][objective]["ends"];
    int all = 0;
    for (const auto& end : ends) all += end.get<int>();
    CHECK(all == 5);
    CHECK(!json["objectives"][objective].contains("ranks"));
  }
}

TEST_CASE("inference solve certifies the equilibria of nonlinear networks") {
  const TemporaryFolder folder;
  for (const std::string activation : {"tanh", "relu"}) {
    const fs::path out = folder / activation;
    const Run got = run({"inference", "solve"}, out,
                        kTeacher + Words{"--activation", activation, "--activity-decay", "0.2"});
    CAPTURE(got.err);
    REQUIRE(got.code == 0);
    const Setting s = setting_of(out);
    const NetworkEquilibrium expected =
        network_equilibrium(energy_of(s), s.network.theta, s.data.x, s.data.y);
    const Hdf5Reader file(out / "activities.h5");
    CHECK((file.matrix("/z/1").transpose() - expected.z.topRows(5)).norm() <= 1e-12);
    CHECK(file.vector("/lambda_min_below").minCoeff() > 0);
    const auto json = json_of(out / "certificate.json");
    CHECK(json["solvers"][0]["solver"] == "newton");
    CHECK(json["solvers"][0]["samples"]["minimum"].get<int>() +
              json["solvers"][0]["samples"]["on-kinks"].get<int>() ==
          12);
    CHECK(fs::exists(out / "solve.png"));
  }
  const Run refused = run({"inference", "solve"}, folder / "x",
                          kTeacher + Words{"--activation", "tanh", "--solver", "cg"});
  CHECK(refused.code == 2);
  CHECK(contains(refused.err, "--solver: expected newton for a network that is not linear"));
}

TEST_CASE("inference spectrum and condition take one sample of a nonlinear network") {
  const TemporaryFolder folder;
  const Words net = {"--data", "digits",       "--sample", "7",      "--hidden",
                     "6,5",    "--activation", "tanh",     "--init", "normal"};
  const Run got = run({"inference", "spectrum"}, folder / "s", net + Words{"--parts"});
  CAPTURE(got.err);
  REQUIRE(got.code == 0);
  CHECK(contains(got.out, "sample 7 of digits"));
  CHECK(contains(got.out, "minimum, |dF/dz|"));
  const Hdf5Reader file(folder / "s/spectrum.h5");
  const Vector values = file.vector("/eigenvalues");
  CHECK(values.size() == 11);
  const Run bounds = run({"inference", "condition"}, folder / "c", net);
  REQUIRE(bounds.code == 0);
  const auto json = json_of(folder / "c/condition.json");
  CHECK(json["verdict"] == "proved");
  CHECK(std::abs(json["lambda_min"].get<double>() - values[0]) <= 1e-12);
  CHECK(std::abs(json["lambda_max"].get<double>() - values[10]) <= 1e-12);
}

// Held kinks leave dim - kinks eigenvalues.
TEST_CASE("on kinks the spectrum is that of the tangent space") {
  const TemporaryFolder folder;
  const Words net = {"--data", "digits", "--hidden", "12,12",        "--activation",
                     "relu",   "--init", "normal",   "--init-scale", "1.5"};
  bool found = false;
  for (int sample = 1; sample <= 6 && !found; ++sample) {
    const Run got = run({"inference", "spectrum"}, folder / "k",
                        net + Words{"--no-figures", "--sample", std::to_string(sample)});
    REQUIRE(got.code == 0);
    const std::string state = json_of(folder / "k/spectrum.json")["inference"];
    const auto at = state.find(" kinks held");
    if (at == std::string::npos) continue;
    found = true;
    const auto begin = state.rfind(' ', at - 1) + 1;
    const int held = std::stoi(state.substr(begin, at - begin));
    CHECK(Hdf5Reader(folder / "k/spectrum.h5").vector("/eigenvalues").size() == 24 - held);
  }
  CHECK(found);
}

TEST_CASE("what holds for linear networks only refuses the others in a sentence") {
  const TemporaryFolder folder;
  const auto refused = [&](const Words& verb, const Words& flags, const char* why) {
    CAPTURE(why);
    const Run got = run(verb, folder / "none", flags);
    CHECK(got.code == 2);
    CHECK_MESSAGE(contains(got.err, why), got.err);
    CHECK(!fs::exists(folder / "none/network.h5"));
  };
  refused({"saddle", "construct", "rank-r"}, {"--activation", "tanh"},
          "--activation: expected identity (what is asked for is computed for linear networks)");
  refused({"saddle", "construct", "origin"}, {"--bias"}, "--bias: what is asked for");
  refused({"inference", "predict"}, {"--activation", "relu"}, "the Dyson equation predicts");
  refused({"inference", "spectrum"}, {"--activation", "relu", "--predict", "always"},
          "--predict always");
  refused({"inference", "spectrum"}, {"--sample", "2"},
          "--sample: the activity Hessian of a linear");
  refused({"spectrum"}, {"--placement", "post"}, "--placement: expected with an --activation");
  refused({"spectrum"}, {"--activation", "sine"}, "activation");
  refused({"spectrum"}, {"--loss", "ce", "--data", "teacher"}, "target");
  refused({"spectrum"}, {"--activation", "tanh", "--point", "zero-rank"}, "zero-rank point");
}

}  // namespace saddlescope::test

// What `saddlescope train` leaves behind, that it goes on after a kill, and what it refuses.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "flags.hpp"
#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/network/network_file.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Words words(const fs::path& out, const Words& more) {
  Words all = {"train", "--out", out.string(), "--no-figures"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

const Words kSmall = {"--data",
                      "digits",
                      "--samples",
                      "300",
                      "--hidden",
                      "16,12",
                      "--activation",
                      "tanh",
                      "--bias",
                      "--epochs",
                      "3",
                      "--batch",
                      "32",
                      "--learning-rate",
                      "0.01",
                      "--seed",
                      "4",
                      "--inference-steps",
                      "5"};

nlohmann::json summary(const fs::path& out) {
  return nlohmann::json::parse(read_text(out / "summary.json"));
}

// The log without the seconds, which no run repeats.
std::string numbers_of(const fs::path& log) {
  const CsvTable table = read_csv(log, true);
  const auto seconds = std::find(table.header.begin(), table.header.end(), "seconds");
  REQUIRE(seconds != table.header.end());
  const auto at = static_cast<std::size_t>(seconds - table.header.begin());
  std::string text;
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      if (i != at) text += row[i] + (i + 1 < row.size() ? "," : "\n");
  return text;
}

}  // namespace

TEST_CASE("twins learn the digits and leave networks, data, logs and a summary that agree") {
  const TemporaryFolder folder;
  const fs::path out = folder / "twins";
  const Run run = run_program(words(out, with(kSmall, {"--probe-every", "8"})));
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const auto json = summary(out);
  const CsvTable log = read_csv(out / "log.csv", true);
  for (const auto& twin : {std::pair("pc", "network.h5"), std::pair("bp", "network_bp.h5")}) {
    const char* algorithm = twin.first;
    const char* file = twin.second;
    CAPTURE(algorithm);
    const auto& one = json.at("algorithms").at(algorithm);
    CHECK(one.at("test_accuracy").get<double>() > 0.5);  // chance is 0.1
    CHECK(one.at("updates") == 24);                      // 3 epochs of 240/32 batches
    CHECK(one.at("gemm_multiple").get<double>() > 0);
    CHECK(one.at("seconds").get<double>() > 0);
    // The file's network has the loss that the summary says.
    const Network network = read_network(out / file);
    CHECK(network.architecture.biases);
    const auto loss = network_loss(network.architecture, read_h5_data(out / "data.h5"));
    CHECK(loss->at(network.theta).point->value() ==
          doctest::Approx(one.at("train_loss").get<double>()).epsilon(1e-12));
    const Hdf5Reader curves(out / "log.h5");
    const std::string group = std::string("/") + algorithm;
    const Vector losses = curves.vector(group + "/train_loss/value");
    REQUIRE(losses.size() == 4);
    CHECK(losses[3] == one.at("train_loss").get<double>());
    CHECK(losses[3] < 0.8 * losses[0]);
    CHECK(curves.matrix(group + "/cosine/value").cols() == 3);
    CHECK(curves.vector(group + "/loss_over_energy/value").minCoeff() >= 1 - 1e-12);
  }
  CHECK(log.rows.size() == 8);
  CHECK(log.rows[0][0] == "pc");
  CHECK(read_h5_data(out / "test_data.h5").n_samples() == 60);
}

TEST_CASE("training does not depend on the number of threads, in double and single precision") {
  const TemporaryFolder folder;
  for (const char* precision : {"double", "single"}) {
    std::vector<std::string> logs, networks;
    for (const char* threads : {"1", "2"}) {
      const fs::path out = folder / (std::string(precision) + threads);
      const Run run =
          run_program(words(out, with(kSmall, {"--precision", precision, "--threads", threads})));
      CAPTURE(run.err);
      REQUIRE(run.code == 0);
      logs.push_back(numbers_of(out / "log.csv"));
      networks.push_back(read_bytes(out / "network.h5") + read_bytes(out / "network_bp.h5"));
    }
    CHECK(logs[0] == logs[1]);
    CHECK(networks[0] == networks[1]);
  }
}

TEST_CASE(
    "a run killed in the middle and resumed ends bit for bit where an uninterrupted one does") {
  const TemporaryFolder folder;
  const fs::path whole = folder / "whole", cut = folder / "cut";
  const Words flags = with(kSmall, {"--epochs", "40", "--checkpoint-every", "5", "--schedule",
                                    "cosine", "--probe-every", "50"});
  REQUIRE(run_program(words(whole, flags)).code == 0);
  int kills = 0;
  Words command = words(cut, flags);
  for (Index rows = 12; rows <= 36; rows += 12) {
    // Killed where the live log is long enough: at any place of an update or of a file.
    const Run killed = run_program(command, {}, [&] {
      if (!fs::exists(cut / "log.csv")) return false;
      const std::string log = read_text(cut / "log.csv");
      return std::count(log.begin(), log.end(), '\n') > rows;
    });
    if (killed.code == 128 + 9) ++kills;
    command = {"train", "--resume", cut.string(), "--no-figures", "--checkpoint-every", "5"};
  }
  CHECK(kills == 3);
  const Run last = run_program(command);
  CAPTURE(last.err);
  REQUIRE(last.code == 0);
  CHECK(summary(cut).at("resumed_at_update").get<Index>() > 0);
  for (const char* file : {"network.h5", "network_bp.h5"})
    CHECK(read_bytes(whole / file) == read_bytes(cut / file));
  CHECK(numbers_of(whole / "log.csv") == numbers_of(cut / "log.csv"));
  // Done already: nothing moves.
  REQUIRE(run_program(command).code == 0);
  CHECK(read_bytes(whole / "network.h5") == read_bytes(cut / "network.h5"));
  CHECK(numbers_of(whole / "log.csv") == numbers_of(cut / "log.csv"));
}

TEST_CASE("a finished run takes more epochs as if it had been asked for them at once") {
  const TemporaryFolder folder;
  const fs::path longer = folder / "longer", grown = folder / "grown";
  REQUIRE(run_program(words(longer, with(kSmall, {"--epochs", "5"}))).code == 0);
  REQUIRE(run_program(words(grown, kSmall)).code == 0);
  REQUIRE(
      run_program({"train", "--resume", grown.string(), "--epochs", "5", "--no-figures"}).code ==
      0);
  CHECK(read_bytes(longer / "network.h5") == read_bytes(grown / "network.h5"));
  const Run fewer = run_program({"train", "--resume", grown.string(), "--epochs", "1"});
  CHECK(fewer.code == 2);
  CHECK(contains(fewer.err, "updates already, expected at most the"));
  const Run refused =
      run_program({"train", "--resume", grown.string(), "--learning-rate", "0.5", "--no-figures"});
  CHECK(refused.code == 2);
  CHECK(contains(refused.err, "--learning-rate"));
}

TEST_CASE("shuffled labels give chance accuracy on the test set") {
  const TemporaryFolder folder;
  const fs::path out = folder / "shuffled";
  REQUIRE(run_program(words(out, with(kSmall, {"--shuffle-labels", "--samples", "0"}))).code == 0);
  // 360 test samples: 0.1 +- 0.016, allowed five deviations of it.
  for (const char* algorithm : {"pc", "bp"})
    CHECK(summary(out).at("algorithms").at(algorithm).at("test_accuracy").get<double>() <= 0.18);
}

TEST_CASE("a diverging run is told with its update and layer, and exits 1") {
  const TemporaryFolder folder;
  const fs::path out = folder / "away";
  const Run run = run_program(words(out, with(kSmall, {"--optimiser", "gd", "--learning-rate",
                                                       "1e200", "--activation", "relu"})));
  CHECK(run.code == 1);
  CHECK(contains(run.err, "pc stopped: update"));
  CHECK(contains(run.err, "layer"));
  CHECK(summary(out).at("algorithms").at("bp").at("finite") == false);
  CHECK(read_network(out / "network.h5").theta.allFinite());
}

TEST_CASE("inference to a tolerance, incremental updates, cross-entropy and residual networks") {
  const TemporaryFolder folder;
  const Words tiny = {"--data", "digits",   "--samples", "60",      "--hidden",
                      "8,8,8",  "--epochs", "1",         "--batch", "16"};
  const std::vector<Words> ways = {
      {"--activation", "tanh", "--tolerance", "1e-6", "--inference-steps", "2000"},
      {"--activation", "gelu", "--incremental", "--algorithm", "pc"},
      {"--activation", "silu", "--loss", "ce", "--placement", "post"},
      {"--skips", "--parameterisation", "mupc", "--scale-learning-rate", "--activation", "relu"},
      {"--optimiser", "adamw", "--weight-decay", "0.1", "--precision", "single"},
      {"--spectral-penalty", "0.01", "--activation", "tanh", "--algorithm", "pc"},
      {"--normalisation", "pc-saddles", "--optimiser", "sgd", "--learning-rate", "0.001"}};
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const fs::path out = folder / std::to_string(i);
    const Run run = run_program(words(out, with(tiny, ways[i])));
    CAPTURE(ways[i][1]);
    CAPTURE(run.err);
    REQUIRE(run.code == 0);
    const auto pc = summary(out).at("algorithms").at("pc");
    CHECK(pc.at("updates") == 3);
    const CsvTable log = read_csv(out / "log.csv", true);
    CHECK(std::stod(log.rows[0][3]) > pc.at("train_loss").get<double>());
  }
  // A network that was trained can be the start of another run.
  const fs::path next = folder / "next";
  const Run run = run_program(
      words(next, {"--data", "digits", "--samples", "60", "--network",
                   (folder / "4" / "network.h5").string(), "--epochs", "0", "--batch", "0"}));
  CAPTURE(run.err);
  CHECK(run.code == 0);
}

TEST_CASE("bad input exits 2 and names flag, expected and got") {
  const TemporaryFolder folder;
  const auto refuses = [&](const Words& flags, const std::string& part) {
    const Run run = run_program(words(folder / "bad", flags));
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, part));
  };
  refuses({"--algorithm", "hebb"}, "--algorithm: expected pc, bp or both");
  refuses({"--optimiser", "lion"}, "optimiser: expected");
  refuses({"--batch", "5000"}, "--batch: expected at most the 1438 training samples");
  refuses({"--test-fraction", "1"}, "--test-fraction");
  refuses({"--momentum", "0.5"}, "--momentum: expected with --optimiser momentum only");
  refuses({"--schedule-interval", "2"}, "--schedule-interval");
  refuses({"--inference-method", "guess"}, "guess");
  refuses({"--precision", "half"}, "--precision: expected double or single");
  refuses({"--point", "zero-rank"}, "--point");
  refuses({"--probe-samples", "5"}, "--probe-samples");
  refuses({"--batch-mean-step"}, "--batch-mean-step");
  refuses({"--resume", (folder / "none").string()}, "found no such folder; a run leaves");
  fs::create_directory(folder / "empty");
  refuses({"--resume", (folder / "empty").string()}, "found no checkpoint.h5 in it");
}

TEST_CASE("the default mini-batch is all of a set that is smaller") {
  const TemporaryFolder folder;
  const Words toy = {"--data", "toy", "--hidden", "4", "--epochs", "2"};
  const Run run = run_program(words(folder / "toy", toy));
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "51 to train"));
  CHECK(contains(run.out, "batches of 51"));
  CHECK(summary(folder / "toy").at("algorithms").at("pc").at("updates") == 2);
  const Run again = run_program({"train", "--resume", (folder / "toy").string(), "--no-figures"});
  CAPTURE(again.err);
  CHECK(again.code == 0);
  CHECK(contains(again.out, "complete before: nothing was left to train after update 2"));
}

TEST_CASE("loss, accuracy and probes are drawn") {
  const TemporaryFolder folder;
  const fs::path out = folder / "drawn";
  Words all = {"train", "--out", out.string(), "--probe-every", "8"};
  const Run run = run_program(with(all, kSmall));
  REQUIRE(run.code == 0);
  if (contains(run.err, "gnuplot is missing")) return;
  CAPTURE(run.err);
  CHECK(run.err.empty());
  CHECK(fs::exists(out / "train.png"));
  // The accuracy at the start is chance; the axis begins below what follows, and at no tic of 10 %.
  CHECK_FALSE(contains(read_text(out / "train.svg"), ">10<"));
  CHECK(fs::exists(out / "probes.png"));
}

}  // namespace saddlescope::test

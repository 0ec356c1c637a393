// `saddlescope saddle construct`: its files are points the other verbs read, its predictions are
// what they find, and flags that say nothing to a family are refused.
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
using Json = nlohmann::json;

Run construct(const fs::path& out, const Words& flags) {
  Words words = {"saddle", "construct"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.insert(words.end(), {"--out", out.string()});
  return run_program(words);
}

}  // namespace

TEST_CASE("constructed points reach the spectrum verb with the values and signs they predict") {
  const std::vector<Words> families = {
      {"origin", "--data", "toy", "--hidden", "3,3"},
      {"zero-rank", "--data", "teacher", "--hidden", "4,4,4", "--skips", "--lambda", "2"},
      {"zero-rank-moments", "--data", "teacher", "--hidden", "4,4", "--noise", "0.5"},
      {"zero-rank-vanishing", "--data", "teacher", "--hidden", "4,4,4", "--layers", "1,3"},
      {"zero-rank-kernel", "--data", "teacher", "--hidden", "4,4", "--parameterisation", "mupc"},
      {"residual", "--data", "teacher", "--hidden", "3,3,3", "--layers", "2,3"},
      {"uncorrelated", "--hidden", "6", "--parameterisation", "ntp"},
      {"uncorrelated-scalar", "--w", "0.5", "--lambda", "2"},
      {"uncorrelated-target", "--sigma", "0.5", "--t", "-2"},
      {"rank-r", "--subset", "2", "--random-rows", "--hidden", "4,4", "--t", "0.5"},
      {"rank-r", "--subset", "none", "--hidden", "4", "--orbit-condition", "1"},
      {"bottleneck-optimum", "--hidden", "4,2", "--orbit-condition", "5"},
      {"bottleneck", "--d", "2", "--mu", "2"},
      {"bottleneck", "--d", "0.5"},
  };
  for (const Words& flags : families) {
    CAPTURE(flags[0]);
    const TemporaryFolder folder;
    const fs::path out = folder / "point";
    const Run run = construct(out, flags);
    CAPTURE(run.err);
    REQUIRE(run.code == 0);
    CHECK(contains(run.out, flags[0]));
    const Json made = Json::parse(read_text(out / "construction.json"));
    CHECK(made["family"] == flags[0]);
    CHECK(made["options"]["family"] == flags[0]);
    CHECK(made["provenance"].contains("git_revision"));

    const fs::path found = folder / "spectrum";
    const Run spectrum = run_program(
        {"spectrum", "--network", (out / "network.h5").string(), "--point", "network", "--data",
         "h5:" + (out / "data.h5").string(), "--no-figures", "--out", found.string()});
    CAPTURE(spectrum.err);
    REQUIRE(spectrum.code == 0);
    const Json summary = Json::parse(read_text(found / "summary.json"));
    for (const std::string objective : {"mse", "energy"}) {
      CAPTURE(objective);
      const Json& one = made["objectives"][objective];
      const Json& predicted = one["predicted"];
      const Json& seen = summary["objectives"][objective];
      CHECK(predicted["critical"] == true);
      CHECK(one["gradient_norm"].get<double>() <= one["gradient_bound"].get<double>());
      CHECK(seen["gradient_norm"].get<double>() <= seen["gradient_bound"].get<double>());
      const double value = seen["value"].get<double>();
      CHECK(predicted["value"].get<double>() == doctest::Approx(value).epsilon(1e-10));
      if (predicted["negative_curvature"].is_boolean())
        CHECK((seen["n_negative"] > 0) == predicted["negative_curvature"].get<bool>());
      if (predicted["lambda_min_at_most"].is_number())
        CHECK(seen["lambda_min"].get<double>() <=
              predicted["lambda_min_at_most"].get<double>() + 1e-12);
    }
  }
}

TEST_CASE("a rank r point of noisy data is said to be critical for the loss only") {
  const TemporaryFolder folder;
  const Run run = construct(folder / "point",
                            {"rank-r", "--data", "teacher", "--noise", "0.3", "--hidden", "4"});
  CHECK(run.code == 0);
  CHECK(contains(run.out, "critical for the loss only"));
  const Json made = Json::parse(read_text(folder / "point" / "construction.json"));
  CHECK(made["objectives"]["mse"]["predicted"]["critical"] == true);
  CHECK(made["objectives"]["energy"]["predicted"]["critical"] == false);
  CHECK(made["objectives"]["energy"]["gradient_norm"].get<double>() > 1e-3);
}

TEST_CASE("the same options and seed give the same files and a config file says the same") {
  const TemporaryFolder folder;
  const Words flags = {"rank-r", "--hidden", "4,4", "--subset", "1,3", "--orbit-condition", "3"};
  REQUIRE(construct(folder / "a", flags).code == 0);
  const fs::path config = folder.file("run.toml",
                                      "[saddle.construct]\nfamily = \"rank-r\"\nhidden = [4, 4]\n"
                                      "subset = [1, 3]\norbit-condition = 3\n");
  const Run run = run_program(
      {"saddle", "construct", "--config", config.string(), "--out", (folder / "b").string()});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(read_text(folder / "a" / "construction.json") ==
        read_text(folder / "b" / "construction.json"));
  const Words other = {"rank-r", "--hidden", "4,4", "--subset", "1,3", "--orbit-condition",
                       "3",      "--seed",   "1"};
  REQUIRE(construct(folder / "c", other).code == 0);
  const auto first_weight = [&](const char* name) {
    return Hdf5Reader(folder / name / "network.h5").matrix("/layers/1/weight");
  };
  CHECK(first_weight("a") == first_weight("b"));
  CHECK(first_weight("a") != first_weight("c"));
}

TEST_CASE("flags and numbers that a family cannot use are refused in one sentence") {
  const std::vector<std::pair<Words, Words>> refused = {
      {{}, {"family", "bottleneck"}},
      {{"saddle-point"}, {"expected origin, ", "got 'saddle-point'"}},
      {{"bottleneck", "--hidden", "3"}, {"--hidden", "bottleneck"}},
      {{"bottleneck", "--data", "digits"}, {"--data", "bottleneck"}},
      {{"bottleneck", "--seed", "1"}, {"--seed", "nothing random"}},
      {{"bottleneck", "--d", "0"}, {"d:", "got 0"}},
      {{"bottleneck", "--mu", "0.9"}, {"mu", "got 0.9"}},
      {{"bottleneck", "--d", "nan"}, {"d"}},
      {{"rank-r", "--w", "1"}, {"--w", "rank-r"}},
      {{"rank-r", "--init", "normal"}, {"--init", "rank-r"}},
      {{"rank-r", "--subset", "0"}, {"--subset", "got 0"}},
      {{"rank-r", "--subset", "1,1", "--hidden", "4"}, {"distinct"}},
      {{"rank-r", "--subset", "1,2,3", "--hidden", "2"}, {"r = 3", "n_1 = 2"}},
      {{"rank-r", "--t", "0", "--hidden", "4"}, {"t", "got 0"}},
      {{"zero-rank", "--subset", "1"}, {"--subset", "zero-rank"}},
      {{"zero-rank-vanishing", "--layers", "9", "--hidden", "4"}, {"got 9"}},
      {{"residual", "--data", "teacher", "--hidden", "3,3", "--layers", "1"}, {"skip", "layer 1"}},
      {{"uncorrelated", "--data", "teacher", "--hidden", "3"}, {"Sigma_xy"}},
      {{"origin", "--orbit-condition", "0.5", "--data", "toy"}, {"condition", "got 0.5"}},
      {{"origin", "--hidden", "none", "--data", "toy"}, {"L = 1"}},
  };
  for (const auto& [flags, expected] : refused) {
    const TemporaryFolder folder;
    const Run run = construct(folder / "point", flags);
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    for (const std::string& word : expected) CHECK(contains(run.err, word));
    CHECK_FALSE(fs::exists(folder / "point"));
  }
}

}  // namespace saddlescope::test

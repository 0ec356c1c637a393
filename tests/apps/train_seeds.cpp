// Training for several seeds: each as it would be alone, what they say together, and resumption.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "flags.hpp"
#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using Json = nlohmann::json;

// Of 60 digits, on which twins differ.
Words words(const fs::path& out, const Words& more) {
  return with({"train", "--data",    "digits", "--samples", "120",          "--hidden",
               "12,8",  "--epochs",  "2",      "--batch",   "16",           "--learning-rate",
               "0.01",  "--bias",    "--seed", "4",         "--activation", "tanh",
               "--out", out.string()},
              more);
}

Json json_of(const fs::path& file) { return Json::parse(read_text(file)); }

double end_of(const fs::path& out, const std::string& algorithm, const char* quantity) {
  return json_of(out / "summary.json").at("algorithms").at(algorithm).at(quantity).get<double>();
}

}  // namespace

TEST_CASE("several seeds are each the run of that seed, and the summary their means") {
  const TemporaryFolder folder;
  const fs::path all = folder / "all";
  const Run run = run_program(words(all, {"--seeds", "3", "--no-figures"}));
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "PC - BP of the same seed"));
  CHECK(contains(run.out, "Student's t, of paired differences, n = 3"));
  // Times are no draws of a seed.
  const std::size_t seconds = run.out.find("\n  seconds") + 1;
  CHECK_FALSE(contains(run.out.substr(seconds, run.out.find('\n', seconds) - seconds), "["));
  const fs::path alone = folder / "alone";
  REQUIRE(run_program(words(alone, {"--seed", "5", "--no-figures"})).code == 0);
  for (const char* file : {"network.h5", "network_bp.h5", "data.h5"})
    CHECK(read_bytes(alone / file) == read_bytes(all / "seed-5" / file));

  const Json summary = json_of(all / "summary.json");
  CHECK(summary.at("seeds") == Json({4, 5, 6}));
  for (const char* quantity : {"test_accuracy", "train_loss"}) {
    std::vector<double> pc, bp;
    for (const char* seed : {"seed-4", "seed-5", "seed-6"}) {
      pc.push_back(end_of(all / seed, "pc", quantity));
      bp.push_back(end_of(all / seed, "bp", quantity));
    }
    CHECK(pc != bp);
    const auto mean = analysis::mean_estimate(pc);
    const auto difference = analysis::paired_difference(pc, bp);
    const Json& found = summary.at("algorithms").at("pc");
    CHECK(found.at(quantity) == mean.value);
    CHECK(found.at("estimates").at(quantity).at("low") == mean.low);
    CHECK(found.at("each").at(quantity) == Json(pc));
    CHECK(summary.at("difference_pc_minus_bp").at(quantity).at("high") == difference.high);
  }
  const CsvTable table = read_csv(all / "seeds.csv", true);
  CHECK(table.rows.size() == 6);
  CHECK(std::stod(table.rows[2][2]) == end_of(all / "seed-5", "pc", "test_accuracy"));
}

TEST_CASE("seeds that are done are not trained again, and one cut short goes on") {
  const TemporaryFolder folder;
  const fs::path whole = folder / "whole", cut = folder / "cut";
  const Words flags = {"--seeds", "3", "--no-figures", "--checkpoint-every", "2", "--epochs", "60"};
  REQUIRE(run_program(words(whole, flags)).code == 0);
  const Run killed = run_program(words(cut, flags), {}, [&] {
    if (!fs::exists(cut / "seed-5" / "log.csv")) return false;
    const std::string log = read_text(cut / "seed-5" / "log.csv");
    return std::count(log.begin(), log.end(), '\n') > 30;
  });
  REQUIRE(killed.code == 128 + 9);
  REQUIRE(fs::exists(cut / "seed-4" / "summary.json"));
  CHECK(!fs::exists(cut / "seed-5" / "summary.json"));
  const auto done = fs::last_write_time(cut / "seed-4" / "network.h5");
  const Run resumed = run_program({"train", "--resume", cut.string(), "--no-figures"});
  CAPTURE(resumed.err);
  REQUIRE(resumed.code == 0);
  CHECK(contains(resumed.out, "1 of 3 seeds were done before"));
  CHECK(fs::last_write_time(cut / "seed-4" / "network.h5") == done);
  CHECK(json_of(cut / "seed-5" / "summary.json").at("resumed_at_update") > 0);
  for (const char* seed : {"seed-4", "seed-5", "seed-6"})
    for (const char* file : {"network.h5", "network_bp.h5"})
      CHECK(read_bytes(whole / seed / file) == read_bytes(cut / seed / file));
  const Json a = json_of(whole / "summary.json"), b = json_of(cut / "summary.json");
  CHECK(a.at("difference_pc_minus_bp") == b.at("difference_pc_minus_bp"));

  // One more seed is trained, the others stand; fewer are refused, as is another step.
  const Run more = run_program({"train", "--resume", cut.string(), "--seeds", "4", "--no-figures"});
  CAPTURE(more.err);
  REQUIRE(more.code == 0);
  CHECK(contains(more.out, "3 of 4 seeds were done before"));
  for (const Words& flag : {Words{"--seeds", "2"}, Words{"--learning-rate", "0.5"}}) {
    Words command = {"train", "--resume", cut.string(), "--no-figures"};
    command.insert(command.end(), flag.begin(), flag.end());
    const Run refused = run_program(command);
    CHECK(refused.code == 2);
    CHECK(contains(refused.err, flag[0]));
  }
}

TEST_CASE("a seed that leaves the finite numbers is told, left out of the means, and exits 1") {
  const TemporaryFolder folder;
  const fs::path out = folder / "away";
  const Run run = run_program(words(out, {"--seeds", "2", "--optimiser", "gd", "--learning-rate",
                                          "1e200", "--activation", "relu", "--no-figures"}));
  CHECK(run.code == 1);
  CHECK(contains(run.err, "seed 4: pc stopped: update"));
  const Json summary = json_of(out / "summary.json");
  CHECK(summary.at("algorithms").at("pc").at("finite_seeds") == 0);
  CHECK(summary.at("algorithms").at("pc").at("test_accuracy").is_null());
  CHECK(summary.at("difference_pc_minus_bp").at("test_accuracy").is_null());
  CHECK(run_program(words(out, {"--seeds", "0"})).code == 2);
}

TEST_CASE("the curves of all seeds and the difference of twins are drawn") {
  const TemporaryFolder folder;
  const fs::path out = folder / "drawn";
  const Run run = run_program(words(out, {"--seeds", "2"}));
  REQUIRE(run.code == 0);
  if (contains(run.err, "gnuplot is missing")) return;
  CAPTURE(run.err);
  CHECK(run.err.empty());
  CHECK(fs::exists(out / "seeds.png"));
  CHECK(fs::exists(out / "seed-5" / "train.png"));
  CHECK(fs::exists(out / "seeds_difference_test_accuracy.csv"));
}

}  // namespace saddlescope::test

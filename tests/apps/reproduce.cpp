// `saddlescope reproduce`: what it lists, runs, writes and refuses.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

// result.json of a quick run, and the checks that every study passes.
nlohmann::json quick(const std::string& id, const fs::path& folder,
                     const std::vector<std::string>& more = {"--no-figures"}) {
  std::vector<std::string> words = {"reproduce", id, "--quick", "--out", folder.string()};
  words.insert(words.end(), more.begin(), more.end());
  const Run run = run_program(words);
  CHECK(run.err == "");
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "published  "));
  CHECK(contains(run.out, "ours       "));
  CHECK(contains(run.out, ".png and the numbers behind it") == more.empty());
  auto json = nlohmann::json::parse(read_text(folder / id / "result.json"));
  CHECK(json.at("id") == id);
  CHECK(json.at("scale") == "quick");
  CHECK(!json.at("confounds_of_the_original").empty());
  CHECK(json.at("provenance").contains("version"));
  for (const auto& file : json.at("tables"))
    CHECK(!read_csv(folder / id / file.get<std::string>(), true).rows.empty());
  return json;
}

TEST_CASE("PC leaves the origin before BP at equal steps, and BP never at its published rate") {
  const TemporaryFolder folder;
  const nlohmann::json json = quick("saddles-fig5", folder / "out");
  CHECK(json.at("agrees") == true);
  const auto& matched = json.at("quantities").at("matched").at("tanh");
  CHECK(matched.at("pc_censored") == 0);
  CHECK(matched.at("bp_over_pc").get<double>() > 1);
  const auto& published = json.at("quantities").at("published").at("tanh");
  CHECK(published.at("pc_censored") == 0);
  CHECK(published.at("bp_censored") == 1);
  CHECK(published.at("bp_over_pc_is_lower_bound") == true);
  CHECK(json.at("configuration").at("published").at("pc_step_over_bp_step") == 320);
  const CsvTable runs = read_csv(folder / "out" / "saddles-fig5" / "runs.csv", true);
  CHECK(runs.rows.size() == 6);  // two seeds of both twins, and one as published
}

TEST_CASE("BP passes plateaus of rank 0, 1, 2 and PC leaves each of them sooner") {
  const TemporaryFolder folder;
  const nlohmann::json json = quick("saddles-fig6", folder / "out", {});
  const auto& bp = json.at("quantities").at("bp_linear").at("logged");
  const auto loss = [&](const char* rank) {
    return bp.at(rank).at("plateau_loss").at("median").get<double>();
  };
  CHECK(loss("rank_0") > 2 * loss("rank_1"));
  CHECK(loss("rank_1") > 2 * loss("rank_2"));
  CHECK(loss("rank_2") > 0.02);
  CHECK(bp.at("down_10_percent_at").at("median") > json.at("quantities")
                                                       .at("pc")
                                                       .at("logged")
                                                       .at("identity")
                                                       .at("random")
                                                       .at("matched")
                                                       .at("left_at")
                                                       .at("median"));
  const auto bp_left = [&](const char* rank) {
    return bp.at(rank).at("left_at").at("median").get<double>();
  };
  CHECK(bp_left("rank_1") > bp_left("rank_0"));
  for (const char* start : {"random", "rank-0", "rank-1", "rank-2"}) {
    const auto& pc = json.at("quantities").at("pc").at("logged").at("identity").at(start);
    const double published = pc.at("published").at("left_at").at("median").get<double>();
    CHECK(published < bp_left("rank_0") / 10);
    CHECK(pc.at("matched").at("left") == 1);
    // The same path at a step 50 times as long.
    CHECK(pc.at("matched").at("left_at").at("median") > 5 * published);
  }
  CHECK(fs::exists(folder / "out" / "saddles-fig6" / "saddles-fig6.png"));
}

TEST_CASE("muPC is deep at one learning rate, SP is not") {
  const TemporaryFolder folder;
  const nlohmann::json json = quick("mupc-fig1", folder / "out");
  // Two and six layers cannot show what 8 to 128 do.
  CHECK(json.at("agrees") == "not tested at this size");
  CHECK(contains(json.at("judgement").get<std::string>(), "the same test passes"));
  const auto accuracy = [&](const char* setting, const char* depth) {
    const auto& one = json.at("quantities").at(setting).at(depth).at("test_accuracy");
    return one.is_null() ? 0.0 : one.get<double>();
  };
  for (const char* depth : {"2", "6"}) {
    CHECK(accuracy("mupc", depth) >= 0.9);
    CHECK(accuracy("bp", depth) >= 0.9);
    CHECK(accuracy("sp", depth) < accuracy("mupc", depth) - 0.2);
  }
}

TEST_CASE("spectra at saddles are those of the closed forms, at once") {
  const TemporaryFolder folder;
  for (const char* id : {"saddles-fig3", "saddles-fig9"}) {
    const nlohmann::json json = quick(id, folder / "out");
    CHECK(json.at("agrees") == true);
    // Those where L >= 3: 50 steps of inference see less curvature than F* has.
    const auto& one = json.at("quantities").at("toy, L = 4, n = 4");
    CHECK(one.at("lambda_min_energy").get<double>() < 0);
    CHECK(one.at("lambda_min_loss").get<double>() == doctest::Approx(0).epsilon(1e-12));
    CHECK(one.at("curvature_after_50_steps") > one.at("lambda_min_energy"));
  }
}

TEST_CASE("cheap studies come out as they should") {
  const TemporaryFolder folder;
  CHECK(quick("mupc-toy", folder / "out").at("verdict") == "undecided");
  CHECK(quick("mupc-fig2", folder / "out").at("verdict") == "agrees (quick)");
  CHECK(quick("dmft-1", folder / "out").at("agrees") == true);
  CHECK(quick("limits-fig2", folder / "out").at("agrees") == true);
  const nlohmann::json flat = quick("trust-fig6", folder / "out");
  CHECK(flat.at("quantities").at("energy_over_loss_identity_error").get<double>() < 1e-10);
  // Under PC w_1^2 - w_2^2 only falls: in the flow, and here but for the length of a step.
  CHECK(flat.at("quantities").at("pc_balance_above_bp") == 0);
  CHECK(flat.at("agrees") == false);
}

// The rule that was there before results were seen stays on the page beside later ones.
TEST_CASE("studies with several rules name them all and where each comes from") {
  const TemporaryFolder folder;
  for (const char* id : {"trust-fig1", "trust-fig2", "mupc-toy"}) {
    const auto rules = quick(id, folder / "out").at("rules");
    CHECK(rules.size() >= 2);
    CHECK(rules.at(0).at("from") == "before results were seen");
  }
}

TEST_CASE("quick studies repeat their numbers for any number of threads") {
  const TemporaryFolder folder;
  static_cast<void>(quick("mupc-fig1", folder / "one", {"--no-figures", "--threads", "1"}));
  static_cast<void>(quick("mupc-fig1", folder / "two", {"--no-figures", "--threads", "2"}));
  for (const char* file : {"accuracy.csv", "curves.csv"})
    CHECK(read_text(folder / "one" / "mupc-fig1" / file) ==
          read_text(folder / "two" / "mupc-fig1" / file));
}

TEST_CASE("the list names what can be run and what cannot yet") {
  const Run run = run_program({"reproduce", "--list"});
  CHECK(run.code == 0);
  CHECK(contains(run.out, "  saddles-fig5   "));
  CHECK(contains(run.out, "not reproducible yet\n"));
  CHECK(contains(run.out, ": needs "));
}

TEST_CASE("what cannot be run is refused in a sentence") {
  const auto refused = [](const std::vector<std::string>& words, const std::string& text) {
    std::vector<std::string> all = {"reproduce"};
    all.insert(all.end(), words.begin(), words.end());
    const Run run = run_program(all);
    CHECK(run.code == 2);
    CHECK(run.out == "");
    CAPTURE(run.err);
    CHECK(contains(run.err, text));
  };
  refused({"saddles-fig66"},
          "experiment 'saddles-fig66': unknown; the nearest known one is "
          "'saddles-fig6'");
  refused({"limits-fig4b"}, "experiment 'limits-fig4b': not reproducible yet: needs convolution");
  refused({}, "expected the id of an experiment, or --all, got none");
  refused({"saddles-fig6", "--all"}, "--all: expected no ids beside it, got 'saddles-fig6'");
  refused({"mupc-fig1", "--quick", "--full"}, "--quick and --full: expected one of them");
  refused({"saddles-fig5", "--full"}, "--full: 'saddles-fig5' expects its images by --data");
  refused({"saddles-fig6", "--quick", "--data", "digits"},
          "--data: expected with experiments on images only, got 'saddles-fig6'");
  refused({"saddles-fig5", "--quick", "--data", "idx:images,absent"},
          "absent: expected a readable file");
  refused({"saddles-fig5", "--quick", "--threads", "-1"}, "--threads: expected >= 1, got -1");
}

}  // namespace
}  // namespace saddlescope::test

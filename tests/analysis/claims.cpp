#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

#include <doctest/doctest.h>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/analysis/verification.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope::analysis {
namespace {

VerifyOptions quick() {
  VerifyOptions options;
  options.seeds = 1;
  options.quick = true;
  return options;
}

double energy_value(const Case& c) {
  return point_at<double>(LinearObjective::kEnergy, c.architecture, c.factor, c.theta)->value();
}

// F* = 2 lambda L is wrong wherever F* > 0.
Claim wrong_claim() {
  return swept_claim(
      {.id = "wrong",
       .statement = "F* = 2 lambda L",
       .source = "none",
       .sweep = "",
       .tolerance = ""},
      {.widths = {{3, 2}}}, [](Case& c, Measurements& m) {
        const double loss =
            point_at<double>(LinearObjective::kMse, c.architecture, c.factor, c.theta)->value();
        m.add("F*", std::abs(energy_value(c) - 2 * c.architecture.lambda() * loss), 1e-12);
      });
}

Claim true_claim() {
  return swept_claim(
      {.id = "true", .statement = "F* = F*", .source = "", .sweep = "", .tolerance = ""},
      {.widths = {{3, 2}, {3, 2, 2}}}, [](Case& c, Measurements& m) {
        m.add("F*", std::abs(energy_value(c) - energy_value(c)), 0);
      });
}

Claim undecided_claim() {
  return swept_claim(
      {.id = "undecided", .statement = "?", .source = "", .sweep = "", .tolerance = ""},
      {.widths = {{3, 2}}}, [](Case&, Measurements& m) { m.undecided("cannot tell"); });
}

// Everything that may differ between runs is taken out.
nlohmann::ordered_json numbers(const std::vector<Claim>& claims, const VerifyOptions& options) {
  nlohmann::ordered_json json = to_json(verify(claims, options), options);
  json.erase("provenance");
  for (auto& claim : json["claims"]) claim.erase("seconds");
  return json;
}

TEST_CASE("claims have kebab-case ids that differ and every text is given") {
  std::set<std::string> ids;
  for (const Claim& claim : all_claims()) {
    CAPTURE(claim.id);
    CHECK(ids.insert(claim.id).second);
    CHECK(std::all_of(claim.id.begin(), claim.id.end(), [](char c) {
      return std::islower(static_cast<unsigned char>(c)) != 0 || c == '-';
    }));
    CHECK(!claim.statement.empty());
    CHECK(!claim.source.empty());
    CHECK(!claim.sweep.empty());
    CHECK(!claim.tolerance.empty());
    CHECK(claim.run);
  }
  CHECK(ids.size() >= 25);
}

TEST_CASE("a wrong claim fails with its worst case and decides the exit code") {
  const auto results = verify({true_claim(), undecided_claim(), wrong_claim()}, quick());
  CHECK(results[0].result.verdict == Verdict::kHolds);
  CHECK(results[2].result.verdict == Verdict::kFails);
  CHECK(results[2].result.measurements.worst().recipe["widths"] == std::vector<Index>{3, 2});
  CHECK(results[2].result.reason.find("exceed their tolerance") != std::string::npos);
  CHECK(exit_code(results) == 1);
}

TEST_CASE("a claim that cannot be judged is undecided and says why") {
  const auto results = verify({undecided_claim(), true_claim()}, quick());
  CHECK(results[0].result.verdict == Verdict::kUndecided);
  CHECK(results[0].result.reason.find("cannot tell") != std::string::npos);
  CHECK(exit_code(results) == 3);
  CHECK(exit_code(verify({true_claim()}, quick())) == 0);
}

TEST_CASE("a case that throws is undecided and a claim without cases too") {
  const Claim throwing = swept_claim(
      {.id = "throwing", .statement = "", .source = "", .sweep = "", .tolerance = ""},
      {.widths = {{3, 2}}}, [](Case&, Measurements&) { throw std::runtime_error("a bad day"); });
  const Claim empty =
      swept_claim({.id = "empty", .statement = "", .source = "", .sweep = "", .tolerance = ""}, {},
                  [](Case&, Measurements& m) { m.add("", 0, 1); });
  const auto results = verify({throwing, empty}, quick());
  CHECK(results[0].result.verdict == Verdict::kUndecided);
  CHECK(results[0].result.reason.find("a bad day") != std::string::npos);
  CHECK(results[1].result.verdict == Verdict::kUndecided);
}

TEST_CASE("errors that are not numbers fail and a zero tolerance asks for equality") {
  const auto verdict = [](double error, double tolerance) {
    Measurements m;
    m.add("q", error, tolerance);
    return m.verdict();
  };
  CHECK(verdict(std::numeric_limits<double>::quiet_NaN(), 1) == Verdict::kFails);
  CHECK(verdict(1, std::numeric_limits<double>::quiet_NaN()) == Verdict::kFails);
  CHECK(verdict(0, 0) == Verdict::kHolds);
  CHECK(verdict(1e-300, 0) == Verdict::kFails);
  CHECK(verdict(1, 1) == Verdict::kHolds);
}

TEST_CASE("merging measurements keeps the worst and adds the counts") {
  Measurements a, b;
  a.add("first", 1, 4);
  b.add("second", 1, 2);
  b.add("third", 3, 1);
  b.undecided("why");
  a.merge(b);
  CHECK(a.worst().quantity == "third");
  CHECK(a.worst().ratio == 3);
  CHECK(a.count() == 3);
  CHECK(a.n_failed() == 1);
  CHECK(a.n_undecided() == 1);
  CHECK(a.reason() == "why");
}

TEST_CASE("an unknown claim is refused with the nearest known one") {
  CHECK_THROWS_WITH_AS(static_cast<void>(select_claims(all_claims(), {"balance-idenity"})),
                       doctest::Contains("nearest known one is 'balance-identity'"),
                       std::invalid_argument);
  const auto chosen = select_claims(all_claims(), {"balance-identity", "energy-descent"});
  REQUIRE(chosen.size() == 2);
  CHECK(chosen[0].id == "energy-descent");
  CHECK(select_claims(all_claims(), {}).size() == all_claims().size());
}

TEST_CASE("verify json carries options and for each claim everything") {
  const VerifyOptions options = quick();
  const auto json = to_json(verify({true_claim(), wrong_claim()}, options), options);
  CHECK(json["options"]["seeds"] == 1);
  CHECK(json["options"]["quick"] == true);
  CHECK(json["provenance"].contains("git_revision"));
  CHECK(json["exit_code"] == 1);
  REQUIRE(json["claims"].size() == 2);
  for (const auto& claim : json["claims"]) {
    for (const char* key : {"id", "statement", "source", "sweep", "tolerance", "verdict", "reason",
                            "cases", "measurements", "failed", "undecided", "worst", "seconds"})
      CHECK_MESSAGE(claim.contains(key), key);
    for (const char* key : {"quantity", "error", "tolerance", "ratio", "case"})
      CHECK_MESSAGE(claim["worst"].contains(key), key);
  }
}

TEST_CASE("numbers do not depend on the number of threads") {
  const auto claims = select_claims(
      all_claims(), {"energy-block-solve", "hessian-dense-product", "critical-energy"});
  set_threads(1);
  const auto one = numbers(claims, quick());
  set_threads(2);
  const auto two = numbers(claims, quick());
  set_threads(1);
  CHECK(one.dump() == two.dump());
}

TEST_CASE("a seed range is the union of its seeds") {
  const auto claims = select_claims(all_claims(), {"energy-loss-bounds"});
  VerifyOptions both = quick();
  both.seeds = 2;
  VerifyOptions second = quick();
  second.first_seed = 1;
  const auto all = verify(claims, both)[0].result;
  const auto first = verify(claims, quick())[0].result;
  const auto last = verify(claims, second)[0].result;
  CHECK(all.n_cases == first.n_cases + last.n_cases);
  CHECK(all.measurements.worst().ratio ==
        std::max(first.measurements.worst().ratio, last.measurements.worst().ratio));
}

}  // namespace
}  // namespace saddlescope::analysis

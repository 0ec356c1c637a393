// The table of scales against independent numbers and against its corners.
#include "saddlescope/network/parameterisation.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/oracles.hpp"
#include "support/temporary_folder.hpp"

namespace saddlescope {
namespace {

using test::message_of;
using testing::OracleCase;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// A square root, a product and a division, each rounded once on either side.
bool same(double a, double b) { return std::abs(a - b) <= 4 * kEps * std::abs(b); }

TEST_CASE("scales and skips are those of the independent reference numbers") {
  for (const OracleCase& oracle : testing::oracle_cases()) {
    CAPTURE(oracle.name);
    const Architecture net = make_architecture(oracle.options);
    CHECK(net.skips == oracle.architecture.skips);
    CHECK(net.widths == oracle.architecture.widths);
    CHECK(net.precisions == oracle.architecture.precisions);
    REQUIRE(net.scales.size() == oracle.architecture.scales.size());
    for (std::size_t l = 0; l < net.scales.size(); ++l)
      CHECK(same(net.scales[l], oracle.architecture.scales[l]));
  }
}

TEST_CASE("the last layer has no depth factor under NTP with skips") {
  const Architecture net = make_architecture(
      {.widths = {3, 4, 4, 4, 2}, .parameterisation = Parameterisation::kNtp, .skips = true});
  CHECK(same(net.scales[0], 1 / std::sqrt(3.0)));
  CHECK(same(net.scales[1], 1 / std::sqrt(4.0 * 4)));
  CHECK(same(net.scales[3], 0.5));
  CHECK(net.skips == std::vector<int>{0, 1, 1, 0});
}

TEST_CASE("a single layer takes the scale of the last") {
  for (const bool skips : {false, true}) {
    const auto scale = [&](Parameterisation kind) {
      return make_architecture(
                 {.widths = {9, 2}, .parameterisation = kind, .gamma = 2, .skips = skips})
          .scales.front();
    };
    CHECK(same(scale(Parameterisation::kSp), 0.5));
    CHECK(same(scale(Parameterisation::kNtp), 1.0 / 6));
    CHECK(same(scale(Parameterisation::kMupc), 1.0 / 18));
  }
}

TEST_CASE("gamma divides the last scale and no other") {
  for (const auto kind : {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc}) {
    ArchitectureOptions options{.widths = {3, 5, 5, 2}, .parameterisation = kind};
    const Architecture plain = make_architecture(options);
    options.gamma = 4;
    Architecture rich = make_architecture(options);
    CHECK(rich.scales.back() == plain.scales.back() / 4);
    rich.scales.back() = plain.scales.back();
    CHECK(rich == plain);
  }
}

TEST_CASE("lambda is the last precision unless precisions are given") {
  ArchitectureOptions options{.widths = {3, 5, 2}, .lambda = 0.3};
  CHECK(make_architecture(options).precisions == std::vector<double>{1, 0.3});
  CHECK(make_architecture(options).lambda() == 0.3);
  options.precisions = {2, 5};
  CHECK(make_architecture(options).precisions == std::vector<double>{2, 5});
}

TEST_CASE("options out of range are refused with field and expected and got") {
  const auto message = [](const ArchitectureOptions& options) {
    return message_of<std::invalid_argument>([&] { (void)make_architecture(options); });
  };
  CHECK(message({.widths = {3}}) == "widths: expected at least 2 (n_0 and n_L), got 1");
  CHECK(message({.widths = {3, 0, 2}}) == "width n_1: expected >= 1, got 0");
  CHECK(message({.widths = {3, 2}, .gamma = 0}) ==
        "richness gamma: expected a finite number > 0, got 0");
  CHECK(message({.widths = {3, 2}, .lambda = -1}) ==
        "output precision lambda: expected a finite number > 0, got -1");
  CHECK(message({.widths = {3, 4, 5, 2}, .skips = true}) ==
        "skip tau_2: expected equal widths n_1 = n_2, got 4 and 5");
  CHECK(message({.widths = {3, 4, 2}, .precisions = {1}}) ==
        "precisions: expected 2 (one per layer), got 1");
  CHECK(message_of<std::invalid_argument>([] { (void)parse_parameterisation("mup"); }) ==
        "parameterisation: expected sp, ntp or mupc, got 'mup'; did you mean 'mupc'?");
}

TEST_CASE("every parameterisation is parsed from its own name") {
  for (const auto kind : {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc})
    CHECK(parse_parameterisation(name(kind)) == kind);
  CHECK(name(Parameterisation::kMupc) == "mupc");
}

}  // namespace
}  // namespace saddlescope

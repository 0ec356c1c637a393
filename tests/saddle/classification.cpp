#include "saddlescope/saddle/classification.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "support/oracles.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/saddle/constructions.hpp"
#include "saddlescope/saddle/counterexamples.hpp"

namespace saddlescope {
namespace {

using testing::oracle_cases;
using testing::OracleCase;
using testing::OracleObjective;

constexpr LinearObjective kBoth[] = {LinearObjective::kMse, LinearObjective::kEnergy};

Dataset teacher(Index samples, Index input, Index output) {
  TeacherOptions options;
  options.samples = samples;
  options.input = input;
  options.output = output;
  return linear_teacher(options);
}

Classification classify_case(const OracleCase& one, LinearObjective which) {
  const LinearLandscape landscape(which, one.architecture, one.data);
  return classify(landscape, one.theta);
}

void check_invariants(const Classification& found, Index p) {
  if (!found.examined()) return;
  const Inertia& inertia = found.inertia;
  CHECK(inertia.n_negative + inertia.n_zero + inertia.n_positive == p);
  if (found.excess_nullity >= 0)
    CHECK(found.excess_nullity + found.symmetry_nullity == inertia.n_zero);
  CHECK((found.verdict == PointVerdict::kStrictSaddle) == found.certificate.has_value());
  if (found.certificate) CHECK(found.escape_order == 2);
  if (found.verdict == PointVerdict::kNonStrictSaddle) CHECK(found.escape_order >= 3);
}

}  // namespace

TEST_CASE("every critical oracle case gets its inertia and nullities and verdict") {
  Index checked = 0;
  for (const OracleCase& one : oracle_cases()) {
    if (!one.symmetry_nullity) continue;
    for (const LinearObjective which : kBoth) {
      const OracleObjective& expected = which == LinearObjective::kMse ? one.mse : one.energy;
      const Classification found = classify_case(one, which);
      CAPTURE(one.name);
      CAPTURE(found.objective);
      CAPTURE(found.reason);
      CHECK(found.inertia.n_negative == expected.n_negative);
      CHECK(found.inertia.n_zero == expected.n_zero);
      CHECK(found.symmetry_nullity == *one.symmetry_nullity);
      REQUIRE(expected.excess_nullity);
      CHECK(found.excess_nullity == *expected.excess_nullity);
      if (expected.verdict) CHECK(name(found.verdict) == *expected.verdict);
      CHECK(found.independent.has_value());
      check_invariants(found, one.architecture.n_parameters());
      ++checked;
    }
  }
  CHECK(checked >= 30);
}

TEST_CASE("a point that is not critical is said to be so and looked into on request only") {
  for (const OracleCase& one : oracle_cases()) {
    if (one.name != "deep-rectangular" && one.name != "mupc-skips") continue;
    for (const LinearObjective which : kBoth) {
      const OracleObjective& expected = which == LinearObjective::kMse ? one.mse : one.energy;
      const LinearLandscape landscape(which, one.architecture, one.data);
      const Classification plain = classify(landscape, one.theta);
      CHECK(plain.verdict == PointVerdict::kNotCritical);
      CHECK(!plain.examined());
      CHECK(plain.gradient_norm == doctest::Approx(expected.gradient.norm()).epsilon(1e-10));
      const Classification asked = classify(landscape, one.theta, {.any_point = true});
      CHECK(asked.verdict == PointVerdict::kNotCritical);
      CHECK(asked.inertia.n_negative == expected.n_negative);
      CHECK(asked.inertia.n_zero == expected.n_zero);
      CHECK(asked.escape_order == 1);
      CHECK(!asked.certificate);
    }
  }
}

// Uncorrelated targets: every W_2 = 0 is a global minimum of the loss, while F* has a strict saddle
// for |W_1| < 1 and a local minimum that is not global for |W_1| > 1.
TEST_CASE("uncorrelated targets are global minima of the loss and never of the energy") {
  for (const double w : {0.5, 2.0}) {
    const Construction built = uncorrelated_scalar({.w = w});
    const auto verdict = [&](LinearObjective which) {
      return classify(LinearLandscape(which, built.architecture, built.data), built.point.theta);
    };
    CHECK(verdict(LinearObjective::kMse).is_global);
    const Classification energy = verdict(LinearObjective::kEnergy);
    CHECK(!energy.is_global);
    CHECK(energy.verdict == (w < 1 ? PointVerdict::kStrictSaddle : PointVerdict::kLocalMinimum));
  }
}

TEST_CASE("the origin of the loss has the order of escape L") {
  for (Index L = 3; L <= 6; ++L) {
    ArchitectureOptions shape;
    shape.widths.assign(static_cast<std::size_t>(L + 1), 3);
    shape.widths[1] = 2;
    const Architecture net = make_architecture(shape);
    const Dataset data = teacher(12, 3, 3);
    const Classification found =
        classify(LinearLandscape(LinearObjective::kMse, net, data), origin(net));
    CHECK(found.verdict == PointVerdict::kNonStrictSaddle);
    CHECK(found.escape_order == L);
    CHECK(found.escape_coefficient < 0);
  }
}

// x white in R^2, y = x_1, one hidden unit, W_1 = (0, T), W_2 = 0: lambda_min is about -1/T^2
// beside |H| of about T^2, so double sees its sign up to T = 1e3 or so.
TEST_CASE("negative curvature below the resolution of double is counted in quad and proved") {
  Dataset data;
  data.name = "white";
  data.x = Matrix{{1, 1, -1, -1}, {1, -1, 1, -1}};
  data.y = data.x.topRows(1);
  const Architecture net = make_architecture({.widths = {2, 1, 1}});
  const LinearLandscape landscape(LinearObjective::kEnergy, net, data);
  for (const double T : {1e2, 1e4, 1e6, 1e8}) {
    CAPTURE(T);
    const Vector theta = Vector{{0, T, 0}};
    const Classification found = classify(landscape, theta);
    CAPTURE(found.reason);
    CHECK(found.verdict == PointVerdict::kStrictSaddle);
    CHECK(found.lambda_min == doctest::Approx(-1 / (T * T)).epsilon(1e-3));
    CHECK(found.decided_in_quad == (T > 1e3));
    if (T > 1e4) {
      ClassifyOptions double_only;
      double_only.precise = false;
      CHECK(classify(landscape, theta, double_only).verdict == PointVerdict::kUndecided);
    }
  }
}

TEST_CASE("removed input directions are counted as zeros and change no verdict") {
  // Two samples in R^5 span two of five input directions.
  const Dataset data = teacher(2, 5, 2);
  const Architecture net = make_architecture({.widths = {5, 3, 3, 2}});
  for (const LinearObjective which : kBoth) {
    const Classification reduced = classify(LinearLandscape(which, net, data), origin(net));
    const Classification full = classify(
        LinearLandscape(which, net, data, {.compress = false, .input_span = false}), origin(net));
    CHECK(reduced.verdict == full.verdict);
    CHECK(reduced.inertia == full.inertia);
    CHECK(reduced.excess_nullity == full.excess_nullity);
    CHECK(reduced.escape_direction.size() == net.n_parameters());
  }
}

TEST_CASE("wrong sizes and orders are refused") {
  const Dataset data = four_point();
  const Architecture net = make_architecture({.widths = {1, 1, 1}});
  const LinearLandscape landscape(LinearObjective::kMse, net, data);
  CHECK_THROWS_AS(classify(landscape, Vector::Zero(3)), std::invalid_argument);
  CHECK_THROWS_AS(classify(landscape, Vector::Zero(2), {.max_order = 1}), std::invalid_argument);
}

}  // namespace saddlescope

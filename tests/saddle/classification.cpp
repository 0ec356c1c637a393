#include "saddlescope/saddle/classification.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "support/oracles.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/saddle/constructions.hpp"
#include "saddlescope/saddle/counterexamples.hpp"
#include "saddlescope/saddle/symmetry.hpp"

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

// The same point is a strict saddle of the loss too: H = [0 0 -1; 0 0 0; -1 0 T^2].
TEST_CASE("the loss has its negative curvature found below the resolution of double") {
  Dataset data;
  data.name = "white";
  data.x = Matrix{{1, 1, -1, -1}, {1, -1, 1, -1}};
  data.y = data.x.topRows(1);
  const Architecture net = make_architecture({.widths = {2, 1, 1}});
  const LinearLandscape landscape(LinearObjective::kMse, net, data);
  for (const double T : {1e2, 1e4, 1e6, 1e8}) {
    CAPTURE(T);
    const Classification found = classify(landscape, Vector{{0, T, 0}});
    CHECK(found.verdict == PointVerdict::kStrictSaddle);
    CHECK(found.lambda_min == doctest::Approx(-1 / (T * T)).epsilon(1e-3));
  }
}

// Noisy targets leave F* no critical point of rank 1: along W = (1/T, T) the energy only falls.
TEST_CASE("the valley in which the energy runs away holds no critical point") {
  Dataset data;
  data.name = "noisy";
  data.x = Matrix{{1, 1, -1, -1}};
  const Architecture net = make_architecture({.widths = {1, 1, 1}});
  for (const double T : {300.0, 1e3, 1e4}) {
    const double sigma = T > 1e3 ? 1 : T > 300 ? 1e-2 : 1e-3;
    data.y = data.x + sigma * Matrix{{1, -1, 1, -1}};
    const LinearLandscape landscape(LinearObjective::kEnergy, net, data);
    CHECK(classify(landscape, Vector{{1 / T, T}}).verdict == PointVerdict::kNotCritical);
  }
}

// y = (x_1, s x_2) and W_l = diag(1, 0): lambda_min(F*) = -s^2 for L = 3, of a value s^2/2 that is not
// the least possible.
TEST_CASE("a weak second feature keeps its saddle and its distance to the minimum") {
  Dataset data;
  data.name = "white";
  data.x = Matrix{{1, 1, -1, -1}, {1, -1, 1, -1}};
  const Architecture net = make_architecture({.widths = {2, 2, 2, 2}});
  Vector theta(12);
  theta << 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0;
  for (const double s : {1e-3, 1e-5, 1e-7}) {
    CAPTURE(s);
    data.y = data.x;
    data.y.row(1) *= s;
    for (const LinearObjective which : kBoth) {
      const Classification found = classify(LinearLandscape(which, net, data), theta);
      CHECK(!found.is_global);
      if (which == LinearObjective::kMse) {
        CHECK(found.verdict == PointVerdict::kNonStrictSaddle);
        CHECK(found.escape_order == 3);
      } else {
        CHECK(found.verdict == PointVerdict::kStrictSaddle);
        CHECK(found.certificate->curvature_bound == doctest::Approx(-s * s).epsilon(1e-3));
      }
    }
  }
}

// The loss does not change along GL orbits, so neither does the order L of a point of rank 1 with
// nothing else; where scaling costs too many digits the verdict may be open, never another.
TEST_CASE("the order of escape of the loss is the same along the orbit or undecided") {
  const Architecture net = make_architecture({.widths = {3, 3, 2, 2, 2}});
  TeacherOptions options;
  options.samples = 12;
  options.input = 3;
  options.output = 2;
  options.singular_values = {1.5, 0.7};
  const Dataset data = linear_teacher(options);
  const LinearLandscape landscape(LinearObjective::kMse, net, data);
  Index decided = 0;
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    for (const double scale : {1.0, 8.0, 32.0}) {
      RandomStream stream(seed, "orbit");
      const Vector theta = rank_r(net, landscape.moments(), {.singular_subset = {0}}, stream);
      std::vector<Matrix> M;
      for (Index l = 1; l < net.depth(); ++l)
        M.emplace_back(Matrix::Identity(net.widths[static_cast<std::size_t>(l)],
                                        net.widths[static_cast<std::size_t>(l)]) *
                       (l % 2 == 1 ? scale : 1 / scale));
      ClassifyOptions double_only;
      double_only.precise = false;
      const Classification found = classify(landscape, act(net, theta, M), double_only);
      CAPTURE(scale);
      CAPTURE(found.reason);
      if (found.verdict == PointVerdict::kUndecided) continue;
      ++decided;
      CHECK(found.verdict == PointVerdict::kNonStrictSaddle);
      CHECK(found.escape_order == 4);
    }
  CHECK(decided >= 3);
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

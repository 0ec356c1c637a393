// Verdicts on points of any objective.
#include "saddlescope/saddle/objective_classification.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "support/formula_objective.hpp"
#include "support/network_problem.hpp"
#include "support/oracles.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"

namespace saddlescope {
namespace {

using test::contains;
using testing::FormulaObjective;

// 1/2 theta' D theta.
FormulaObjective quadratic(const Vector& D) {
  return FormulaObjective({D.size(), [D](const Vector& t) { return t.dot(D.cwiseProduct(t)) / 2; },
                           [D](const Vector& t) -> Vector { return D.cwiseProduct(t); },
                           [D](const Vector& /*t*/) -> Matrix { return D.asDiagonal(); }});
}

TEST_CASE("signs of the curvature at a critical point make the verdict") {
  const Vector zero = Vector::Zero(3);
  const auto verdict = [&](const Vector& D) { return classify(quadratic(D), 0, 3, zero).verdict; };
  CHECK(verdict(Vector{{1, 2, 3}}) == PointVerdict::kLocalMinimum);
  CHECK(verdict(Vector{{1, -2, 3}}) == PointVerdict::kStrictSaddle);
  CHECK(verdict(Vector{{1, 0, 3}}) == PointVerdict::kDegenerate);
  CHECK(verdict(Vector{{0, 0, 0}}) == PointVerdict::kDegenerate);
  CHECK(verdict(Vector{{1, 1e-17, 3}}) == PointVerdict::kUndecided);
  const Classification saddle = classify(quadratic(Vector{{1, -2, 3}}), 0, 3, zero);
  CHECK(saddle.escape_order == 2);
  CHECK(saddle.escape_coefficient == doctest::Approx(-1));
  CHECK(std::abs(saddle.lowest[1]) == doctest::Approx(1));
  CHECK(saddle.inertia == Inertia{1, 0, 2});
  REQUIRE(saddle.independent);
  CHECK(*saddle.independent == saddle.inertia);
}

TEST_CASE("away from critical points the gradient is the way down") {
  const FormulaObjective f = quadratic(Vector{{1, -2, 3}});
  const Vector theta{{0, 1, 0}};
  const Classification there = classify(f, 0, 3, theta);
  CHECK(there.verdict == PointVerdict::kNotCritical);
  CHECK(!there.examined());
  CHECK(there.escape_order == 1);
  CHECK(there.escape_direction[1] == doctest::Approx(1));
  ClassifyOptions any;
  any.any_point = true;
  CHECK(classify(f, 0, 3, theta, any).inertia.n_negative == 1);
}

// theta = 0, L = 3: the energy's Hessian has n_2 copies of -(a_3 lambda phi'(0))^2/pi_2 times the
// spectrum of <y y'>, of full rank 2 here; the loss's vanishes.
TEST_CASE("the origin of a tanh network is strict for the energy and degenerate for the loss") {
  for (const Placement placement : {Placement::kPre, Placement::kPost}) {
    const Architecture net{{3, 4, 4, 2}, {1, 1, 1},         {0, 0, 0},
                           {1, 1, 1},    Activation::kTanh, placement};
    const auto p = testing::network_problem(net, 0, {}, 5, 9);
    const Vector zero = Vector::Zero(p.theta.size());
    const Dataset data{p.x, p.y, "random"};
    const Classification energy =
        classify(*network_equilibrated_energy(p.energy(), data), 0, 4, zero);
    CHECK(energy.verdict == PointVerdict::kStrictSaddle);
    CHECK(energy.inertia == Inertia{8, zero.size() - 8, 0});
    const Classification loss = classify(*network_loss(p.architecture, data), 0, 4, zero);
    CHECK(loss.verdict == PointVerdict::kDegenerate);
    CHECK(contains(loss.reason, "Hessian exactly zero"));
  }
}

TEST_CASE("a point without a value is undecided and says why") {
  const Architecture net{{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}, Activation::kRelu, Placement::kPost};
  const Dataset data{Matrix::Ones(1, 1), Matrix::Ones(1, 1), "ones"};
  const auto objective = network_equilibrated_energy(NetworkEnergy<double>(net), data);
  const Classification there = classify(*objective, 0, 1, Vector{{0, 1}});
  CHECK(there.verdict == PointVerdict::kUndecided);
  CHECK(contains(there.reason, "an argument of the activation is 0 from"));
  CHECK(std::isnan(there.value));
}

}  // namespace
}  // namespace saddlescope

// The directions of the proof decrease F* where its hypotheses hold, even where double precision
// cannot see the eigenvalue.
#include "saddlescope/saddle/proof_direction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/hessian/linear_enclosure.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope {
namespace {

using test::contains;
using testing::Problem;
using testing::random_problem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

Problem realisable(std::vector<Index> widths, bool skips, std::uint64_t seed) {
  Problem p = random_problem(std::move(widths), skips, seed);
  RandomStream stream(seed, "teacher");
  p.data.x = stream.normal_matrix(p.architecture.input(), 12);
  p.data.y = stream.normal_matrix(p.architecture.output(), p.architecture.input()) * p.data.x;
  return p;
}

// Every direction found has length 1 and is proved to be one of negative curvature. In case (i) the
// formula is an equation; in case (ii) it is an upper bound.
void check_directions(const Problem& p, const Vector& theta, std::vector<ProofCase> expected) {
  const ProofDirections directions = proof_directions(p.architecture, p.data, theta);
  REQUIRE(!directions.found.empty());
  CHECK(directions.reason.empty());
  const EnclosedData data = enclose_data(p.data);
  const LinearEnclosure enclosure(LinearObjective::kEnergy, p.architecture, data, theta);
  for (const ProofDirection& direction : directions.found) {
    CHECK(std::abs(direction.vector.norm() - 1) <= 8 * kEps);
    const Interval quotient = enclosure.along(direction.vector).rayleigh_quotient;
    CHECK(certainly_negative(quotient));
    // Residuals, moments and their decompositions: sums of some tens of terms, and the point is
    // critical only to about 1e-15 times the terms of its gradient.
    const double tolerance = 1e-11 * (1 + std::abs(direction.curvature));
    if (direction.which == ProofCase::kSingularActivities)
      CHECK(std::abs(quotient.mid() - direction.curvature) <= tolerance);
    else
      CHECK(quotient.upper() <= direction.curvature + tolerance);
  }
  for (const ProofCase which : expected)
    CHECK(std::any_of(directions.found.begin(), directions.found.end(),
                      [&](const ProofDirection& d) { return d.which == which; }));
}

TEST_CASE("at the origin and at zero rank points the proof's directions are proved to descend") {
  for (const auto& widths : {std::vector<Index>{4, 3, 2}, {4, 3, 3, 2}, {3, 2, 4, 3, 2}}) {
    const Problem p = random_problem(widths, false, 41);
    check_directions(p, origin(p.architecture), {ProofCase::kSingularActivities});
    // For L = 2 the hidden activities W_1 x of the zero rank point may have full rank.
    check_directions(p, zero_rank(p.architecture, p.theta, second_moments(p.data)), {});
  }
}

TEST_CASE("at rank r points under either hypothesis the proof's directions are proved to descend") {
  RandomStream stream(42, "rank r");
  RankROptions options;
  options.t = 1.3;
  for (const std::vector<Index>& subset : {std::vector<Index>{0}, {1}, {0, 1}})
    for (const bool skips : {false, true}) {
      options.singular_subset = subset;
      // (A): n_{L-1} >= d_y with targets of full rank; (B): n_{L-1} above the earlier widths.
      const Problem a = realisable({5, 4, 4, 3}, skips, 43);
      check_directions(a, rank_r(a.architecture, second_moments(a.data), options, stream), {});
      const Problem b = realisable({5, 2, 4, 3}, skips, 44);
      check_directions(b, rank_r(b.architecture, second_moments(b.data), options, stream),
                       {ProofCase::kSingularActivities});
    }
}

// x white in R^2, y = x_1, W_1 = (0, T), W_2 = 0: along (cos a, 0; sin a) the Hessian is [0 -1; -1
// T^2] (F* with the q_1 = 1 of the hidden unit adds -sin^2 a), whose least eigenvalue is -1/T^2 to
// a relative 1/T^2. Its eigenvector is e_1 but for 1/T^2, lost beside 1 in double from T = 1e8 on
// in any decomposition whose error is eps |H| = eps T^2.
TEST_CASE("the negative sign is proved where the least eigenvalue is far below double resolution") {
  Problem p;
  p.architecture = {{2, 1, 1}, {1, 1}, {0, 0}, {1, 1}};
  p.data.x = Matrix{{1, 1, -1, -1}, {1, -1, 1, -1}};
  p.data.y = p.data.x.row(0);
  p.data.name = "white";
  const EnclosedData data = enclose_data(p.data);
  for (double T = 1e2; T < 2e9; T *= 10) {
    CAPTURE(T);
    const Vector theta{{0, T, 0}};
    const ProofDirections directions = proof_directions(p.architecture, p.data, theta);
    REQUIRE(!directions.found.empty());
    const ProofDirection& direction = directions.found.front();
    CHECK(direction.which == ProofCase::kOutputCoupling);
    const LinearEnclosure enclosure(LinearObjective::kEnergy, p.architecture, data, theta);
    const Interval quotient = enclosure.along(direction.vector).rayleigh_quotient;
    CHECK(certainly_negative(quotient));
    const double expected = -1 / (T * T);
    CHECK(std::abs(quotient.mid() - expected) <= (4 / (T * T) + 1e-13) * -expected);
    CHECK(quotient.radius() <= 1e-13 * -expected);
  }
}

TEST_CASE("where the proof does not apply no direction is given but the reason") {
  // A minimum: realisable data, fitted.
  const Problem p = realisable({3, 3, 2}, false, 45);
  RandomStream stream(45, "fit");
  RankROptions options;
  options.singular_subset = {0, 1};
  const Vector fitted = rank_r(p.architecture, second_moments(p.data), options, stream);
  const ProofDirections at_minimum = proof_directions(p.architecture, p.data, fitted);
  CHECK(at_minimum.found.empty());
  CHECK(contains(at_minimum.reason, "residual"));

  // A bottleneck n_{L-1} < d_y at its constrained optimum: A_L is injective.
  const Problem q = realisable({3, 1, 2}, false, 46);
  options.singular_subset = {0};
  const Vector bottleneck = rank_r(q.architecture, second_moments(q.data), options, stream);
  const ProofDirections at_bottleneck = proof_directions(q.architecture, q.data, bottleneck);
  CHECK(at_bottleneck.found.empty());
  CHECK(contains(at_bottleneck.reason, "injective"));

  // Uncorrelated targets: the four points with |W_1| > 1, where F* has a local minimum.
  const Architecture chain{{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}};
  const ProofDirections uncoupled = proof_directions(chain, four_point(), Vector{{2, 0}});
  CHECK(uncoupled.found.empty());
  CHECK(contains(uncoupled.reason, "coupled"));

  const Problem shallow = random_problem({3, 2}, false, 47);
  CHECK(contains(proof_directions(shallow.architecture, shallow.data, shallow.theta).reason,
                 "no hidden layer"));
}

TEST_CASE("proof directions refuse parameters that are not numbers or do not fit") {
  const Problem p = random_problem({3, 2, 2}, false, 48);
  Vector theta = p.theta;
  CHECK_THROWS_AS(static_cast<void>(proof_directions(p.architecture, p.data, theta.head(3))),
                  std::invalid_argument);
  theta(0) = std::nan("");
  CHECK_THROWS_AS(static_cast<void>(proof_directions(p.architecture, p.data, theta)),
                  std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

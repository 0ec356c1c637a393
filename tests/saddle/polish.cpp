#include "saddlescope/saddle/polish.hpp"

#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "predictions.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/saddle/constructions.hpp"
#include "saddlescope/saddle/symmetry.hpp"

namespace saddlescope {
namespace {

using testing::objective_of;

struct Setting {
  Architecture net;
  Dataset data;
  Vector critical;
};

Setting rank_one(bool skips) {
  testing::Problem p = testing::random_problem({5, 4, 4, 3}, skips, 91);
  RandomStream stream(92, "teacher");
  p.data.x = stream.normal_matrix(5, 20);
  p.data.y = stream.normal_matrix(3, 5) * p.data.x;
  RankROptions options;
  options.singular_subset = {1};
  options.random_rows = true;
  return {p.architecture, p.data, rank_r(p.architecture, second_moments(p.data), options, stream)};
}

TEST_CASE("a disturbed critical point is brought back to rounding in a few steps") {
  for (const bool skips : {false, true})
    for (const LinearObjective kind : {LinearObjective::kMse, LinearObjective::kEnergy})
      for (const double size : {1e-3, 1e-6, 1e-10}) {
        const Setting at = rank_one(skips);
        const auto objective = objective_of(kind, at.net, at.data);
        const Vector noise =
            size * RandomStream(93, "noise").normal_matrix(at.net.n_parameters(), 1);
        const PolishResult polished = polish(*objective, at.critical + noise);
        CAPTURE(size);
        CHECK(polished.summary.ok());
        CHECK(polished.gradient_after <= polished.gradient_bound);
        CHECK(polished.gradient_after < 1e-2 * polished.gradient_before);
        CHECK(polished.steps <= 8);
        // Newton goes no further than a multiple of the distance to the critical manifold, kappa of
        // the nonzero spectrum at most; the tangents of the orbit add nothing.
        CHECK(polished.distance <= 30 * noise.norm());
        // The subtraction leaves a rounding of theta's size.
        CHECK(std::abs(polished.distance - (polished.theta - at.critical - noise).norm()) <=
              4e-16 * at.critical.norm());
      }
}

TEST_CASE("polishing leaves a point at rounding alone and does not drift along the orbit") {
  const Setting at = rank_one(false);
  const auto objective = objective_of(LinearObjective::kEnergy, at.net, at.data);
  const PolishResult still = polish(*objective, at.critical);
  CHECK(still.steps == 0);
  CHECK(still.theta == at.critical);

  // A displacement along the orbit is no error: what is corrected is only its second order.
  const SymmetrySpace symmetry = symmetry_space(at.net, at.critical);
  const Vector along = 1e-4 * symmetry.basis.col(0);
  PolishOptions options;
  for (const bool given : {false, true}) {
    if (given) options.flat_directions = symmetry.basis;
    const PolishResult moved = polish(*objective, at.critical + along, options);
    CHECK(moved.summary.ok());
    CHECK(moved.distance <= 1e-6);
    if (given)
      CHECK((symmetry.basis.transpose() * (moved.theta - at.critical - along)).norm() <= 1e-15);
  }
}

TEST_CASE("polishing never makes a gradient larger and says when it fails") {
  const testing::Problem p = testing::random_problem({3, 2, 2}, false, 94);
  const auto objective = objective_of(LinearObjective::kEnergy, p.architecture, p.data);
  PolishOptions options;
  for (options.max_steps = 0; options.max_steps <= 3; ++options.max_steps) {
    const PolishResult result = polish(*objective, p.theta, options);
    CHECK(result.gradient_after <= result.gradient_before);
    CHECK(result.steps <= options.max_steps);
    if (options.max_steps == 0) {
      CHECK(result.summary.status == Status::kNotConverged);
      CHECK(result.theta == p.theta);
      CHECK(result.summary.message.find("after 0 steps") != std::string::npos);
      CHECK(result.summary.message.find("the limit on the steps") != std::string::npos);
    }
  }
  CHECK_THROWS_AS(static_cast<void>(polish(*objective, Vector::Zero(3))), std::invalid_argument);
}

// L = (1 - w^2)^2/2 along w_1 = w_2 = w: H g = (3 w^2 - 1) g, which is zero at w^2 = 1/3, where |g|
// is greatest and no Newton step moves.
TEST_CASE("polishing says that no step decreases a gradient that is stationary alone") {
  testing::Problem p = testing::random_problem({1, 1, 1}, false, 95);
  p.architecture.scales = {1, 1};
  p.data.x = p.data.y = Matrix::Ones(1, 1);
  const auto objective = objective_of(LinearObjective::kMse, p.architecture, p.data);
  const Vector theta = Vector::Constant(2, std::sqrt(1.0 / 3));
  const PolishResult result = polish(*objective, theta);
  CHECK(result.summary.status == Status::kNotConverged);
  CHECK(result.theta == theta);
  CHECK(result.summary.message.find("no Newton step decreases it") != std::string::npos);
}

}  // namespace
}  // namespace saddlescope

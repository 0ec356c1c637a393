// EscapeTime times against their laws.
#include "saddlescope/saddle/escape.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "support/formula_objective.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope {
namespace {

using testing::FormulaObjective;
using testing::quadratic;

TEST_CASE("the escape from the saddle of a quadratic takes the logarithm over the rate") {
  Matrix H = Matrix::Zero(3, 3);
  H.diagonal() << 3, -0.25, 1;
  const Vector center = Vector::LinSpaced(3, -1, 1);
  const FormulaObjective f = quadratic(H, center);
  const EscapeRay ray = steepest_ray(f, center);
  CHECK(ray.coefficient == doctest::Approx(-0.125));
  CHECK(ray.direction[1] == doctest::Approx(1));
  EscapeTimeOptions options;
  options.epsilon = 1e-3;
  options.radius = 0.5;
  const EscapeTime out = escape_time(f, center, ray, options);
  CHECK(out.summary.ok());
  CHECK(out.predicted == doctest::Approx(std::log(500.0) / 0.25));
  CHECK(out.measured == doctest::Approx(out.predicted).epsilon(1e-8));
}

// Scalar chain 1-1-..-1 with x = y = 1 at the origin of the loss, all weights equal to w =
// rho/sqrt(L): w' = w^{L-1} (1 - w^L). For L = 2, 1/2 log(w^2/(1 - w^2)) = t + const.
TEST_CASE("the escape of a scalar chain follows its closed form beyond the law's regime") {
  Dataset data;
  data.x = data.y = Matrix::Ones(1, 1);
  ArchitectureOptions net;
  net.widths = {1, 1, 1};
  const LinearLandscape place(LinearObjective::kMse, make_architecture(net), data);
  EscapeTimeOptions options;
  options.epsilon = 1e-3;
  options.radius = 1;
  const EscapeRay ray = loss_origin_ray(place);
  CHECK(ray.coefficient == doctest::Approx(-0.5));
  const EscapeTime out = escape_time(place, Vector::Zero(2), ray, options);
  const auto clock = [](double rho) {
    const double w = rho * rho / 2;
    return 0.5 * std::log(w / (1 - w));
  };
  CHECK(out.measured == doctest::Approx(clock(1) - clock(1e-3)).epsilon(1e-8));
  // The radius lies outside of the regime, and that is said.
  CHECK(out.summary.status == Status::kUndecided);
  CHECK(out.deviation_at_radius > 0.1);
}

LinearLandscape realisable(LinearObjective which, std::vector<Index> widths) {
  TeacherOptions teacher;
  teacher.input = widths.front();
  teacher.output = widths.back();
  teacher.singular_values = {3, 2, 1};
  teacher.seed = 4;
  ArchitectureOptions net;
  net.widths = std::move(widths);
  net.lambda = 1.5;
  return {which, make_architecture(net), linear_teacher(teacher)};
}

void check_strict(const LinearLandscape& place, const Vector& full_theta) {
  const Vector theta = place.reduced().reduce(full_theta);
  const EscapeRay ray = steepest_ray(place.objective(), theta);
  REQUIRE(ray.coefficient < 0);
  const EscapeTime out = escape_time(place, theta, ray);
  CHECK(out.summary.ok());
  CHECK(out.deviation_at_radius <= 0.005);
  // rho' is within 0.5 % of the law on the ray, at most; the mean over the way is less.
  CHECK(std::abs(out.measured / out.predicted - 1) <= 0.005);
  CHECK(out.flow.balance_residual <= 1e-8);
}

TEST_CASE("measured escapes from strict saddles agree with the linearised prediction") {
  for (const LinearObjective which : {LinearObjective::kMse, LinearObjective::kEnergy}) {
    const LinearLandscape two = realisable(which, {5, 4, 3});
    check_strict(two, origin(two.architecture()));
    const LinearLandscape three = realisable(which, {5, 4, 4, 3});
    RandomStream stream(6, "escape");
    for (const std::vector<Index>& subset : {std::vector<Index>{0}, {1, 2}}) {
      RankROptions options;
      options.singular_subset = subset;
      options.random_rows = true;
      check_strict(three, rank_r(three.architecture(), three.moments(), options, stream));
    }
  }
  const LinearLandscape energy = realisable(LinearObjective::kEnergy, {5, 4, 4, 3});
  check_strict(energy, origin(energy.architecture()));
  RandomStream stream(7, "escape");
  const Vector weights = stream.normal_matrix(energy.architecture().n_parameters(), 1);
  check_strict(energy, zero_rank(energy.architecture(), weights, energy.moments()));
}

TEST_CASE("the escape from the origin of the loss follows the power law of its order") {
  for (const std::vector<Index>& widths :
       {std::vector<Index>{5, 4, 4, 3}, std::vector<Index>{4, 3, 3, 3, 3}}) {
    const LinearLandscape place = realisable(LinearObjective::kMse, widths);
    const EscapeRay ray = loss_origin_ray(place);
    CHECK(ray.order == place.architecture().depth());
    CHECK(ray.direction.norm() == doctest::Approx(1));
    const Vector theta = Vector::Zero(place.objective().dim());
    // c rho^k is the value's first term.
    const double rho = 0.01;
    const double drop = place.objective().at(rho * ray.direction).point->value() -
                        place.objective().at(theta).point->value();
    CHECK(drop ==
          doctest::Approx(ray.coefficient * std::pow(rho, double(ray.order))).epsilon(1e-4));
    const EscapeTime out = escape_time(place, theta, ray);
    CHECK(out.summary.ok());
    CHECK(std::abs(out.measured / out.predicted - 1) <= 0.005);
    CHECK(out.flow.balance_residual <= 1e-8);
  }
}

TEST_CASE("an escape that does not happen is said and senseless options are refused") {
  Matrix H = Matrix::Zero(2, 2);
  H.diagonal() << 1, -1;
  const FormulaObjective f = quadratic(H, Vector::Zero(2));
  EscapeRay ray = steepest_ray(f, Vector::Zero(2));
  EscapeTimeOptions options;
  options.epsilon = 1e-3;
  options.radius = 1;
  options.flow.max_steps = 3;
  const EscapeTime stuck = escape_time(f, Vector::Zero(2), ray, options);
  CHECK(stuck.summary.status == Status::kNotConverged);
  CHECK(stuck.measured == 0);

  options.epsilon = 2;
  CHECK_THROWS_AS((void)escape_time(f, Vector::Zero(2), ray, options), std::invalid_argument);
  ray.coefficient = 0;
  CHECK_THROWS_AS((void)escape_time(f, Vector::Zero(2), ray), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

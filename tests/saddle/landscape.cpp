#include "saddlescope/saddle/landscape.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructions.hpp"
#include "saddlescope/saddle/inertia_check.hpp"
#include "saddlescope/saddle/rank_r_family.hpp"

namespace saddlescope {
namespace {

using testing::random_problem;
using testing::random_problems;

constexpr LinearObjective kBoth[] = {LinearObjective::kMse, LinearObjective::kEnergy};

Dataset noisy_teacher() {
  TeacherOptions options;
  options.samples = 40;
  options.noise = 0.5;
  return linear_teacher(options);
}

double value_at(const LinearLandscape& landscape, const Vector& theta) {
  return landscape.objective().at(landscape.reduced().reduce(theta)).point->value();
}

}  // namespace

TEST_CASE("no value lies below the proved lower bound") {
  for (const testing::Problem& p : random_problems()) {
    for (const LinearObjective which : kBoth) {
      const LinearLandscape landscape(which, p.architecture, p.data);
      const auto bound = landscape.lower_bound();
      CHECK(bound.value >= 0);
      RandomStream stream(3, "points");
      for (const double size : {0.0, 1e-8, 0.3, 1.0, 10.0}) {
        const Vector theta = size * stream.normal_matrix(p.theta.size(), 1);
        CHECK(value_at(landscape, theta) >=
              bound.value - bound.error - landscape.value_error(theta));
      }
    }
  }
}

// The best map of rank min n_l keeps the largest s_k^2 of the explained moments, and the point of rank r
// with the largest r singular values is that map; it exists for any data under the loss.
TEST_CASE("the optimum of the loss meets its lower bound for wide networks and bottlenecks") {
  for (const bool noisy : {false, true}) {
    for (const std::vector<Index>& widths :
         {std::vector<Index>{5, 4, 4, 3}, {5, 4, 2, 3}, {4, 1, 3}, {5, 2, 3, 3}}) {
      TeacherOptions options;
      options.input = widths.front();
      options.output = widths.back();
      options.singular_values = {2, 1.5, 0.7};
      options.noise = noisy ? 0.4 : 0;
      const Dataset data = linear_teacher(options);
      Architecture net = random_problem(widths, false, 8).architecture;
      const LinearLandscape landscape(LinearObjective::kMse, net, data);
      RandomStream stream(5, "optimum");
      const Vector theta = bottleneck_optimum(net, data, stream).theta;
      const auto bound = landscape.lower_bound();
      CHECK(std::abs(value_at(landscape, theta) - bound.value) <=
            bound.error + landscape.value_error(theta));
      // With no noise and no bottleneck it is zero and not the rounding of zero.
      const bool narrow = *std::min_element(widths.begin(), widths.end()) < 3;
      CHECK((bound.value == 0) == (!noisy && !narrow));
    }
  }
}

// A_L = [U_2, .. ] with d_y - n_{L-1} directions missed; as W_L and W_{L-1} .. grow, S grows in the
// directions that A_L reaches and F* falls to lambda/2 times the smallest eigenvalues of Sigma_yy.
TEST_CASE("the energy of a bottleneck comes as near its lower bound as one likes") {
  const Dataset data = noisy_teacher();
  Architecture net = random_problem({5, 4, 2, 3}, false, 9).architecture;
  net.skips = {0, 0, 0};
  const LinearLandscape landscape(LinearObjective::kEnergy, net, data);
  const Eigenpairs yy =
      symmetric_eigenpairs(data.y * data.y.transpose() / static_cast<double>(data.n_samples()));
  const double expected = net.lambda() / 2 * yy.values[0];
  CHECK(landscape.lower_bound().value == doctest::Approx(expected).epsilon(1e-12));
  double gap = 0;
  for (const double size : {1e1, 1e2, 1e3}) {
    Vector theta = Vector::Zero(net.n_parameters());
    weight(net, theta, 2) = size * yy.vectors.rightCols(2);
    const double now = value_at(landscape, theta) - expected;
    CHECK(now > 0);
    // S = I/lambda + a^2 size^2 U U'/pi: the gap falls as size^-2.
    if (gap > 0) CHECK(now == doctest::Approx(gap / 100).epsilon(0.05));
    gap = now;
  }
}

TEST_CASE("the value's error bounds its distance to quad precision") {
  for (const testing::Problem& p : random_problems()) {
    for (const LinearObjective which : kBoth) {
      const LinearLandscape landscape(which, p.architecture, p.data);
      for (const double size : {0.0, 1e-8, 1.0, 5.0}) {
        const Vector theta = size * p.theta;
        const Vector reduced = landscape.reduced().reduce(theta);
        const double value = landscape.objective().at(reduced).point->value();
        const Quad precise =
            landscape.precise_objective().at(VectorOf<Quad>(reduced.cast<Quad>())).point->value();
        const double error = landscape.value_error(theta);
        CHECK(static_cast<double>(abs(Quad(value) - precise)) <= error);
        // No bound that says nothing: thousands of eps.
        CHECK(error <= 1e-10 * (value + data_factor<double>(p.data).y.squaredNorm()) *
                           std::pow(1 + size, 8));
      }
    }
  }
}

TEST_CASE("signs counted without eigenvalues agree with the eigenvalues") {
  Index counted = 0;
  for (const testing::Problem& p : random_problems()) {
    for (const LinearObjective which : kBoth) {
      const LinearLandscape landscape(which, p.architecture, p.data);
      for (const double size : {0.0, 1.0}) {
        const Vector reduced = landscape.reduced().reduce(size * p.theta);
        const auto at = landscape.objective().at(reduced);
        const Matrix hessian = at.point->hessian();
        const Vector values = symmetric_eigenvalues(hessian);
        const double norm = values.lpNorm<Eigen::Infinity>();
        const double error = at.point->hessian_error_bound() +
                             eigenvalue_error_bound(values.size(), norm) +
                             landscape.independent_error(reduced, norm);
        const std::optional<double> threshold = threshold_in_gap(values, error);
        if (!threshold) continue;
        CHECK(landscape.independent_inertia(reduced, hessian, *threshold) ==
              inertia_from_eigenvalues(values, *threshold));
        ++counted;
      }
    }
  }
  CHECK(counted >= 20);
}

TEST_CASE("a layer without scale is refused by number") {
  testing::Problem p = random_problem({3, 2, 2}, false, 4);
  p.architecture.scales[1] = 0;
  CHECK_THROWS_AS(LinearLandscape(LinearObjective::kMse, p.architecture, p.data),
                  std::invalid_argument);
}

}  // namespace saddlescope

// Constructed points are critical, with the values theory gives.
#include "saddlescope/saddle/constructions.hpp"

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/energy/linear_rounding.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

struct Local {
  double value, gradient_norm, gradient_error;
};

Local at_point(LinearObjective kind, const Problem& p, const Vector& theta) {
  const LinearState<double> s(kind, p.architecture, data_factor<double>(p.data), theta);
  return {s.value(), s.gradient().norm(), gradient_error_bound(s)};
}

void check_critical(LinearObjective kind, const Problem& p, const Vector& theta) {
  const Local local = at_point(kind, p, theta);
  CHECK(local.gradient_norm <= local.gradient_error);
}

Problem realisable(std::vector<Index> widths, bool skips, std::uint64_t seed) {
  Problem p = random_problem(std::move(widths), skips, seed);
  RandomStream stream(seed, "teacher");
  p.data.x = stream.normal_matrix(p.architecture.input(), 20);
  p.data.y = stream.normal_matrix(p.architecture.output(), p.architecture.input()) * p.data.x;
  return p;
}

TEST_CASE("the origin and the zero rank points are critical for loss and energy") {
  for (const auto& widths : {std::vector<Index>{4, 3, 2}, {4, 3, 3, 2}, {3, 2, 4, 3, 2}})
    for (const LinearObjective kind : {LinearObjective::kMse, LinearObjective::kEnergy}) {
      const Problem p = random_problem(widths, false, 31);
      check_critical(kind, p, origin(p.architecture));
      const Vector theta = zero_rank(p.architecture, p.theta, second_moments(p.data));
      CHECK(theta.norm() > 0);
      check_critical(kind, p, theta);
    }
}

TEST_CASE(
    "rank r points of realisable data are critical and their energy is lambda times the loss") {
  for (const bool extra : {false, true})
    for (const bool skips : {false, true})
      for (const std::vector<Index>& subset : {std::vector<Index>{}, {0}, {2}, {0, 1}, {0, 1, 2}}) {
        const Problem p = realisable({5, 4, 4, 4, 3}, skips, 32);
        RankROptions options;
        options.singular_subset = subset;
        options.t = 1.3;
        options.random_rows = extra;
        RandomStream stream(33, "completion");
        const auto moments = second_moments(p.data);
        const Vector theta = rank_r(p.architecture, moments, options, stream);
        check_critical(LinearObjective::kMse, p, theta);
        check_critical(LinearObjective::kEnergy, p, theta);
        const Local mse = at_point(LinearObjective::kMse, p, theta);
        const Local energy = at_point(LinearObjective::kEnergy, p, theta);
        const double scale = moments.yy.trace();
        CHECK(std::abs(energy.value - p.architecture.lambda() * mse.value) <= 1e4 * kEps * scale);
        // 1/2 of the squared singular values left out; all of them is tr Sigma_yy.
        if (subset.empty())
          CHECK(mse.value == doctest::Approx(moments.yy.trace() / 2).epsilon(1e-12));
        if (subset.size() == 3) CHECK(std::abs(mse.value) <= 1e4 * kEps * scale);
      }
}

TEST_CASE("with noise a rank r point is critical for the loss only") {
  const Problem p = [] {
    Problem noisy = realisable({5, 4, 4, 3}, false, 34);
    noisy.data.y += RandomStream(35, "noise").normal_matrix(3, 20);
    return noisy;
  }();
  RankROptions options;
  options.singular_subset = {0};
  RandomStream stream(36, "completion");
  const Vector theta = rank_r(p.architecture, second_moments(p.data), options, stream);
  check_critical(LinearObjective::kMse, p, theta);
  CHECK(at_point(LinearObjective::kEnergy, p, theta).gradient_norm > 1e-3);
}

TEST_CASE("infeasible ranks are refused with both numbers") {
  const Problem p = realisable({5, 2, 4, 3}, false, 37);
  RandomStream stream(38, "completion");
  RankROptions options;
  options.singular_subset = {0, 1, 2};
  CHECK_THROWS_WITH_AS(
      static_cast<void>(rank_r(p.architecture, second_moments(p.data), options, stream)),
      doctest::Contains("r = 3, got n_1 = 2"), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

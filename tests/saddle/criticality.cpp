#include "saddlescope/saddle/criticality.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace saddlescope {

using test::contains;

TEST_CASE("a gradient is judged against its rounding and only where that leaves a digit") {
  CHECK(judge_gradient({0, 0, 0}) == Criticality::kCritical);
  CHECK(judge_gradient({1e-16, 1e-15, 1}) == Criticality::kCritical);
  CHECK(judge_gradient({1e-14, 1e-15, 1}) == Criticality::kNotCritical);
  // The bound is as large as the terms themselves: a small norm says nothing, a large one does.
  CHECK(judge_gradient({1e-3, 1, 1}) == Criticality::kUndecided);
  CHECK(judge_gradient({0, 1, 1}) == Criticality::kUndecided);
  CHECK(judge_gradient({2, 1, 1}) == Criticality::kNotCritical);
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(judge_gradient({1, infinity, 1}) == Criticality::kUndecided);
  CHECK(judge_gradient({1, std::nan(""), 1}) == Criticality::kUndecided);
}

TEST_CASE(
    "parameters are known to n eps of their length and curvature is measured by the larger scale") {
  const double eps = std::numeric_limits<double>::epsilon();
  GradientScales scales{.rounding = 1e-15,
                        .magnitude = 2,
                        .value = 3,
                        .theta_norm = 0.5,
                        .hessian_norm = 4,
                        .width = 8};
  CHECK(parameter_error(scales) == 4 * eps);
  CHECK(curvature_scale(scales) == 12);  // value/|theta|^2 > |H|
  scales.hessian_norm = 20;
  CHECK(curvature_scale(scales) == 20);
  const GradientFacts facts = gradient_facts(1e-16, scales);
  CHECK(facts.norm == 1e-16);
  CHECK(facts.bound == 1e-15 + 80 * eps);
  CHECK(facts.size == 2);
  // Small terms: half of theta's digits away from the critical point, 10 eps^{1/2} 20 * 0.5.
  scales.magnitude = 0;
  CHECK(gradient_facts(0, scales).size == doctest::Approx(100 * std::sqrt(eps)).epsilon(1e-15));
  scales.theta_norm = 0;
  CHECK(parameter_error(scales) == 0);
  CHECK(curvature_scale(scales) == 20);
  CHECK(gradient_facts(0, scales).bound == 1e-15);
}

// Gradient H d at a distance d from a critical point: critical up to n eps |theta|, not beyond.
TEST_CASE("the nearest doubles to a critical point count as critical and no others") {
  const double eps = std::numeric_limits<double>::epsilon();
  const GradientScales scales{
      .rounding = 0, .magnitude = 0, .value = 0, .theta_norm = 2, .hessian_norm = 3, .width = 4};
  CHECK(judge_gradient(gradient_facts(3 * 7.9 * eps, scales)) == Criticality::kCritical);
  CHECK(judge_gradient(gradient_facts(3 * 8.1 * eps, scales)) == Criticality::kNotCritical);
}

TEST_CASE("the verdict at a critical point follows the signs that are certain") {
  CurvatureFacts facts;
  const auto verdict = [&](const Inertia& inertia) {
    facts.inertia = inertia;
    return judge_point(facts).verdict;
  };
  CHECK(verdict({1, 2, 3}) == PointVerdict::kStrictSaddle);
  CHECK(verdict({1, -1, -1}) == PointVerdict::kStrictSaddle);
  CHECK(verdict({0, 0, 3}) == PointVerdict::kLocalMinimum);
  CHECK(verdict({-1, -1, 3}) == PointVerdict::kUndecided);
  CHECK(verdict({0, -1, -1}) == PointVerdict::kUndecided);
  // Zeros within the threshold may be negative; exact ones are not.
  CHECK(verdict({0, 2, 3}) == PointVerdict::kUndecided);
  CHECK(
      contains(judge_point(facts).reason, "no eigenvalue below -threshold; 2 eigenvalues within"));
  facts.n_exact_zero = 2;
  CHECK(verdict({0, 2, 3}) == PointVerdict::kDegenerate);
  facts.n_exact_zero = 6;
  CHECK(verdict({0, 6, 0}) == PointVerdict::kDegenerate);
  CHECK(contains(text(judge_point(facts)), "degenerate: gradient exactly zero, Hessian exactly"));
}

TEST_CASE("no verdict but undecided where two counts of the signs disagree") {
  CurvatureFacts facts;
  facts.inertia = {1, 0, 2};
  facts.counts_agree = false;
  CHECK(judge_point(facts).verdict == PointVerdict::kUndecided);
}

TEST_CASE("curvature within some layers does not make a point critical") {
  CurvatureFacts facts;
  facts.inertia = {0, 0, 4};
  facts.layers = "2";
  CHECK(
      contains(text(judge_point(facts)), "local minimum: gradient exactly zero, within layers 2"));
  facts.gradient = {1, 1e-15, 1};
  CHECK(judge_point(facts).verdict == PointVerdict::kNotCritical);
}

}  // namespace saddlescope

#include "saddlescope/analysis/criticality.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace saddlescope::analysis {

TEST_CASE("a gradient is judged against its rounding and never without a finite bound") {
  CHECK(judge_gradient(0, 0) == Criticality::kCritical);
  CHECK(judge_gradient(1e-16, 1e-15) == Criticality::kCritical);
  CHECK(judge_gradient(1e-14, 1e-15) == Criticality::kNotCritical);
  CHECK(judge_gradient(1, std::numeric_limits<double>::infinity()) == Criticality::kUndecided);
}

TEST_CASE("the verdict claims strictness only with a negative eigenvalue at a critical point") {
  using test::contains;
  CurvatureFacts facts;
  facts.inertia = {1, 2, 3};
  CHECK(contains(verdict(facts), "strict saddle"));
  facts.gradient_norm = 1;
  CHECK(contains(verdict(facts), "not critical"));
  facts.gradient_norm = 0;
  facts.inertia = {0, 2, 3};
  CHECK(contains(verdict(facts), "no negative curvature"));
  facts.inertia = {0, 0, 3};
  CHECK(contains(verdict(facts), "strict minimum"));
  facts.inertia = {-1, -1, -1};
  CHECK(contains(verdict(facts), "undecided"));
  facts.inertia = {0, 6, 0};
  facts.exactly_zero = true;
  CHECK(contains(verdict(facts), "Hessian exactly zero"));
}

}  // namespace saddlescope::analysis

// The bounds of the running error analysis hold against quad precision, and are not vacuous.
#include "saddlescope/energy/linear_rounding.hpp"

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/base/quad.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;
using testing::random_problems;

constexpr LinearObjective kBoth[] = {LinearObjective::kMse, LinearObjective::kEnergy};

struct Comparison {
  double error, bound, norm;
};

// The gradient in double against the same one in quad, for the same bits of weights and data.
Comparison compare_gradients(LinearObjective objective, const Problem& p) {
  const auto data = data_factor<double>(p.data);
  const DataFactor<Quad> same_data{data.x.cast<Quad>(), data.y.cast<Quad>()};
  const LinearState<double> state(objective, p.architecture, data, p.theta);
  const LinearState<Quad> exact(objective, p.architecture, same_data, p.theta.cast<Quad>());
  const VectorOf<Quad> difference = state.gradient().cast<Quad>() - exact.gradient();
  return {static_cast<double>(difference.norm()), gradient_error_bound(state),
          state.gradient().norm()};
}

TEST_CASE("the gradient is off by less than its bound at every size of weights") {
  for (const double size : {1e-8, 1.0, 30.0})
    for (const LinearObjective objective : kBoth)
      for (Problem p : random_problems()) {
        p.theta *= size;
        p.architecture.precisions.back() = 50;
        const Comparison c = compare_gradients(objective, p);
        CHECK(c.error <= c.bound);
        // A bound that calls everything critical would be useless.
        if (size == 1.0) CHECK(c.bound < 1e-8 * (1 + c.norm));
      }
}

// A_2 A_1 = 0 holds to rounding only, so z_2 and the gradient are rounding noise times |A_2| |A_1|: a bound from
// the computed norm of z_2 would be eps^2.
TEST_CASE("the bound sees the rounding of a product that cancels") {
  RandomStream stream(41, "orthogonal");
  Problem p = random_problem({4, 6, 3, 2}, false, 41);
  const Matrix Q = stream.orthogonal_matrix(6, 6);
  weight(p.architecture, p.theta, 0) = Q.leftCols(3) * stream.normal_matrix(3, 4);
  weight(p.architecture, p.theta, 1) = stream.normal_matrix(3, 3) * Q.rightCols(3).transpose();
  weight(p.architecture, p.theta, 2).setZero();
  for (const LinearObjective objective : kBoth) {
    const Comparison c = compare_gradients(objective, p);
    CHECK(c.norm > 0);
    CHECK(c.norm <= 2 * c.bound);  // the true gradient is zero up to the rounding of the weights
    CHECK(c.error <= c.bound);
  }
}

TEST_CASE("the bound is zero where nothing is rounded") {
  const Problem p = random_problem({4, 3, 3, 2}, false, 42);
  const LinearState<double> state(LinearObjective::kMse, p.architecture,
                                  data_factor<double>(p.data), Vector::Zero(p.theta.size()));
  CHECK(state.gradient().norm() == 0);
  CHECK(gradient_error_bound(state) == 0);
}

}  // namespace
}  // namespace saddlescope

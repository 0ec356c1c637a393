#include "saddlescope/inference/activity_eigenvalues.hpp"

#include <doctest/doctest.h>

#include "support/network_problem.hpp"

#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

// Against the dense spectrum, of which n eps |H| is the error; inverse iteration is asked for 1 %
// and the bound lies within another. Points are random, so that F_zz is indefinite at some.
TEST_CASE("the smallest activity eigenvalue is bracketed also where it is negative") {
  int negative = 0;
  int positive = 0;
  for (const testing::NetworkProblem& p : testing::network_problems()) {
    CAPTURE(p.name);
    NetworkPass<double> pass;
    p.energy().evaluate(p.theta, p.x, p.y, p.z, pass);
    const ActivityEigenvalues got = smallest_activity_eigenvalues(p.energy(), p.theta, pass);
    const NetworkCurvature curvature(p.energy(), p.theta, pass);
    for (Index i = 0; i < p.x.cols(); ++i) {
      const Vector values = symmetric_eigenvalues(curvature.activity_hessian(i).dense());
      const double slack = 2 * eigenvalue_error_bound(values.size(), values.cwiseAbs().maxCoeff());
      CHECK(got.below[i] <= values[0] + slack);
      CHECK(got.below[i] >= values[0] - 0.05 * std::abs(values[0]) - slack);
      CHECK(std::abs(got.around[i] - values[0]) <= 0.02 * std::abs(values[0]) + slack);
      ++(values[0] < 0 ? negative : positive);
    }
  }
  CHECK(negative > 10);
  CHECK(positive > 100);
}

}  // namespace
}  // namespace saddlescope

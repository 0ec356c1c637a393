// kappa of the activity Hessian against closed forms and dense eigenvalues.
#include "saddlescope/inference/conditioning.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// The bounds must hold for the true eigenvalues, which the closed forms and dense eigenvalues are
// to `error`.
void check_encloses(const Conditioning& c, double smallest, double largest, double error) {
  CHECK(c.lambda_min_below <= smallest + error);
  CHECK(c.lambda_min_above >= smallest - error);
  CHECK(c.lambda_max_below <= largest + error);
  CHECK(c.lambda_max_above >= largest - error);
  CHECK(c.lambda_min_below > 0);
}

TEST_CASE("the proved bounds enclose the dense eigenvalues of random networks") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    for (const double alpha : {0.0, 0.3}) {
      const Matrix H = activity_hessian<double>(p.architecture, p.theta, alpha).dense();
      const Vector values = symmetric_eigenvalues(H);
      const auto c = activity_conditioning(p.architecture, p.theta, {.activity_decay = alpha});
      CAPTURE(c.summary.message);
      CHECK(c.summary.ok());
      CHECK(c.dim == H.rows());
      check_encloses(c, values[0], values[values.size() - 1],
                     eigenvalue_error_bound(H.rows(), H.norm()));
      CHECK(c.relative_error_bound <= 1e-6);
      const double kappa = values[values.size() - 1] / values[0];
      CHECK(std::abs(c.condition_number - kappa) <= 1e-6 * kappa);
    }
  }
}

}  // namespace
}  // namespace saddlescope

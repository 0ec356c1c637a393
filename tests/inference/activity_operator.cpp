// The matrix-free activity Hessian against its blocks and against differences of the energy.
#include "saddlescope/inference/activity_operator.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "support/operator_laws.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/hessian/activity_hessian.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();

TEST_CASE("the operator equals the blocks with and without activity decay") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    for (const double alpha : {0.0, 0.3}) {
      const ActivityOperator op(p.architecture, p.theta, alpha);
      RandomStream stream(6, "laws");
      testing::check_operator_laws(op, stream);
      const Matrix H = activity_hessian<double>(p.architecture, p.theta, alpha).dense();
      Matrix product(op.dim(), op.dim());
      op.apply(Matrix::Identity(op.dim(), op.dim()), product);
      CHECK((product - H).norm() <= 10 * kEps * static_cast<double>(H.rows()) * H.norm());
    }
  }
}

// F is quadratic: its central difference with step 1 has no truncation error.
TEST_CASE("gradient and source belong to the energy") {
  RandomStream stream(3, "activities");
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const ActivityOperator op(p.architecture, p.theta, 0.3);
    const Matrix z = stream.normal_matrix(op.dim(), p.data.x.cols());
    const Matrix v = stream.normal_matrix(op.dim(), p.data.x.cols());
    const Matrix g = op.gradient(p.data.x, p.data.y, z);
    const Vector up = op.energies(p.data.x, p.data.y, z + v);
    const Vector down = op.energies(p.data.x, p.data.y, z - v);
    const Vector slope = g.cwiseProduct(v).colwise().sum().transpose();
    CHECK(((up - down) / 2 - slope).norm() <= 100 * kEps * (up.norm() + down.norm()));
    Matrix Hz(op.dim(), z.cols());
    op.apply(z, Hz);
    CHECK((Hz - op.source(p.data.x, p.data.y) - g).norm() <=
          100 * kEps * (Hz.norm() + g.norm() + op.source(p.data.x, p.data.y).norm()));
  }
}

TEST_CASE("the forward pass leaves no hidden error and the output's alone") {
  const Problem p = testing::random_problem({3, 4, 4, 4, 2}, true, 4);
  const ActivityOperator op(p.architecture, p.theta, 0);
  const Matrix z = op.forward(p.data.x);
  const Matrix residual = p.data.y - op.maps().back() * z.bottomRows(4);
  const Vector expected =
      p.architecture.lambda() / 2 * residual.colwise().squaredNorm().transpose();
  CHECK((op.energies(p.data.x, p.data.y, z) - expected).norm() <= 100 * kEps * expected.norm());
}

TEST_CASE("the split adds up to the whole and keeps blocks and couplings apart") {
  const Problem p = testing::random_problem({5, 2, 4, 3}, false, 3);
  const auto H = activity_hessian<double>(p.architecture, p.theta, 0.2);
  const ActivityHessianSplit parts = split(H);
  CHECK((parts.diagonal.dense() + parts.coupling.dense() - H.dense()).norm() == 0);
  CHECK(parts.diagonal.dense().topRightCorner(2, 4).norm() == 0);
  CHECK(parts.coupling.dense().topLeftCorner(2, 2).norm() == 0);
  CHECK(parts.coupling.dense().norm() > 0);
}

}  // namespace
}  // namespace saddlescope

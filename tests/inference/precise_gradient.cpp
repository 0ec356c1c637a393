// The precise gradient against the definition in quad.
#include "saddlescope/inference/precise_gradient.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"

namespace saddlescope {
namespace {

using testing::Problem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// H_z z - b from the maps as they are stored, in quad.
MatrixOf<Quad> gradient_in_quad(const ActivityOperator& op, const Dataset& data, const Matrix& z) {
  const auto map = [&](std::size_t l) { return MatrixOf<Quad>(op.maps()[l].cast<Quad>()); };
  const std::size_t L = op.maps().size();
  std::vector<MatrixOf<Quad>> layers = {data.x.cast<Quad>()};
  for (std::size_t l = 0; l + 1 < L; ++l)
    layers.emplace_back(
        z.middleRows(op.offsets()[l], op.offsets()[l + 1] - op.offsets()[l]).cast<Quad>());
  layers.emplace_back(data.y.cast<Quad>());
  MatrixOf<Quad> g = Quad(op.activity_decay()) * z.cast<Quad>();
  for (std::size_t l = 0; l + 1 < L; ++l) {
    const MatrixOf<Quad> e = layers[l + 1] - map(l) * layers[l];
    const MatrixOf<Quad> above = layers[l + 2] - map(l + 1) * layers[l + 1];
    g.middleRows(op.offsets()[l], layers[l + 1].rows()) +=
        Quad(op.precisions()[l]) * e -
        Quad(op.precisions()[l + 1]) * (map(l + 1).transpose() * above);
  }
  return g;
}

TEST_CASE("the gradient is within its bound at random points and at the equilibrium") {
  for (const Problem& p : testing::random_problems()) {
    if (p.architecture.depth() < 2) continue;
    for (const double alpha : {0.0, 0.3}) {
      const ActivityOperator op(p.architecture, p.theta, alpha);
      const auto H = activity_hessian<double>(p.architecture, p.theta, alpha);
      RandomStream stream(4, "activities");
      const Matrix anywhere = stream.normal_matrix(op.dim(), p.data.x.cols());
      const Matrix equilibrium =
          BlockTridiagonalCholesky<double>(H).solve(op.source(p.data.x, p.data.y));
      for (const Matrix& z : {anywhere, equilibrium}) {
        const PreciseGradient precise = precise_gradient(op, p.data.x, p.data.y, z);
        const MatrixOf<Quad> exact = gradient_in_quad(op, p.data, z);
        for (Index j = 0; j < z.cols(); ++j) {
          const auto size = (precise.g.col(j).cast<Quad>() - exact.col(j)).norm();
          CHECK(static_cast<double>(size) <= precise.error[j]);
          // Far below what double leaves: eps |H_z| |z|, of which the dense Hessian's norm is one
          // half or more.
          CHECK(precise.error[j] <= kEps * precise.g.col(j).norm() +
                                        1e-3 * kEps * H.dense().norm() * (1 + z.col(j).norm()));
        }
      }
    }
  }
}

TEST_CASE("a gradient that is not finite has no bound and leaves other samples alone") {
  const Problem p = testing::random_problem({3, 4, 2}, false, 5);
  const ActivityOperator op(p.architecture, p.theta, 0);
  Matrix z = op.forward(p.data.x);
  z(1, 2) = std::numeric_limits<double>::infinity();
  const PreciseGradient precise = precise_gradient(op, p.data.x, p.data.y, z);
  CHECK(std::isinf(precise.error[2]));
  CHECK(precise.error[1] < 1e-12);
}

}  // namespace
}  // namespace saddlescope

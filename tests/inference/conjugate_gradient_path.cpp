// Conjugate gradients as the spectrum predicts them, against polynomials found by least squares,
// and against the solver on every architecture of the test grid.
#include "saddlescope/inference/conjugate_gradient_path.hpp"

#include <cmath>
#include <vector>

#include <Eigen/QR>
#include <doctest/doctest.h>

#include "problems.hpp"

#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/equilibrium.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::Problem;

// min over q of |sqrt(lambda) c (1 + lambda q(lambda))|^2/2, q of degree k - 1 in the monomials.
double least_squares_gap(const Vector& lambda, const Vector& c, Index k) {
  const Vector weight = lambda.cwiseSqrt().cwiseProduct(c);
  if (k == 0) return weight.squaredNorm() / 2;
  Matrix V(lambda.size(), k);
  for (Index j = 0; j < k; ++j)
    V.col(j) = weight.cwiseProduct(lambda.array().pow(static_cast<double>(j + 1)).matrix());
  const Vector q = V.colPivHouseholderQr().solve(-weight);
  return (weight + V * q).squaredNorm() / 2;
}

TEST_CASE("the path of conjugate gradients is that of the best polynomials") {
  RandomStream stream(4, "spectrum");
  // Monomials of degree 5 on [1/2, 2] lose 1e4 to conditioning, squared by the gap's own: 1e-7.
  for (Index trial = 0; trial < 20; ++trial) {
    const Vector lambda = (0.7 * stream.normal_matrix(8, 1).array().tanh()).exp();
    const Vector c = stream.normal_matrix(8, 1);
    const ConjugateGradientPath path = conjugate_gradient_path(lambda, c, 5);
    REQUIRE(path.energy_gaps.size() == 6);
    for (Index k = 0; k <= 5; ++k) {
      const double gap = path.energy_gaps[static_cast<std::size_t>(k)];
      CHECK(std::abs(gap - least_squares_gap(lambda, c, k)) <= 1e-7 * gap + 1e-15);
    }
  }
}

TEST_CASE("as many steps as there are different eigenvalues with a share in the start") {
  const Vector lambda = (Vector(6) << 1, 1, 2, 2, 5, 7).finished();
  const Vector c = (Vector(6) << 1, -2, 0.5, 1, 3, 0).finished();
  const ConjugateGradientPath path = conjugate_gradient_path(lambda, c, 6);
  REQUIRE(path.energy_gaps.size() >= 4);
  CHECK(path.energy_gaps[2] > 1e-3 * path.energy_gaps[0]);
  CHECK(path.energy_gaps[3] <= 100 * testing::kEps * testing::kEps * path.energy_gaps[0]);
  // One step: F falls by (g'g)^2/(2 g'Hg).
  const Vector g = lambda.cwiseProduct(c);
  const double fall = std::pow(g.squaredNorm(), 2) / (2 * g.dot(lambda.cwiseProduct(g)));
  CHECK(path.energy_gaps[0] - path.energy_gaps[1] == doctest::Approx(fall).epsilon(1e-13));
  CHECK(conjugate_gradient_path(lambda, Vector::Zero(6), 6).energy_gaps.size() == 1);
}

TEST_CASE("a path asks for as many components as eigenvalues, all of them positive") {
  CHECK_THROWS_AS(static_cast<void>(conjugate_gradient_path(Vector::Ones(3), Vector::Ones(2), 1)),
                  std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(conjugate_gradient_path(Vector::Zero(3), Vector::Ones(3), 1)),
                  std::invalid_argument);
}

// A start drawn at random, the equilibrium 0: the mean rate within 5 % in its logarithm, and every
// gradient within 5 %.
TEST_CASE("conjugate gradients fall as the spectrum predicts on every architecture") {
  Index followed = 0;
  for (const Problem& p : testing::inference_problems()) {
    const Eigenpairs H =
        symmetric_eigenpairs(activity_hessian<double>(p.architecture, p.theta, 0).dense());
    const Index n = H.values.size();
    EquilibriumOptions options;
    options.solver = EquilibriumSolver::kConjugateGradients;
    options.start = ActivityStart::kGiven;
    options.given = RandomStream(8, "start").normal_matrix(n, 1);
    options.keep_trace = true;
    options.max_steps = n;
    const Matrix x = Matrix::Zero(p.architecture.input(), 1);
    const Matrix y = Matrix::Zero(p.architecture.output(), 1);
    const Equilibrium run = equilibrium(p.architecture, p.theta, x, y, options);
    const ConjugateGradientPath path =
        conjugate_gradient_path(H.values, H.vectors.transpose() * options.given.col(0), n);
    CAPTURE(n);
    CAPTURE(H.values[n - 1] / H.values[0]);
    CHECK(static_cast<Index>(path.gradient_norms.size()) >= std::min<Index>(n, 8));
    const auto rates = mean_rates(path, run.trace);
    if (!rates) continue;  // done in one step
    CHECK(std::abs(std::log(rates->measured) / std::log(rates->predicted) - 1) <= 0.05);
    for (const EquilibriumTrace& row : run.trace) {
      const auto k = static_cast<std::size_t>(row.step);
      if (k >= path.gradient_norms.size() || path.gradient_norms[k] <= path.rounding) break;
      CHECK(std::abs(row.gradient_norm / path.gradient_norms[k] - 1) <= 0.05);
      ++followed;
    }
  }
  CHECK(followed >= 100);
}

}  // namespace
}  // namespace saddlescope

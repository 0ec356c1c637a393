// The mean-field march against closed forms, the equations as a fixed point, and invariances.
#include "saddlescope/theory/mean_field.hpp"

#include <cmath>
#include <limits>

#include <Eigen/LU>
#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/theory/mean_field_two_layer.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// P samples in d = 2 P dimensions, targets of unit variance.
MeanFieldProblem random_mean_field(Index samples, Index outputs, Index hidden_layers, Index steps,
                                   double gamma, std::uint64_t seed) {
  RandomStream stream(seed, "mean field test");
  const Matrix X = stream.normal_matrix(2 * samples, samples);
  MeanFieldProblem problem;
  problem.input_kernel = X.transpose() * X / static_cast<double>(2 * samples);
  problem.targets = stream.normal_matrix(samples, outputs);
  problem.hidden_layers = hidden_layers;
  problem.steps = steps;
  problem.gamma = gamma;
  problem.learning_rate = 0.6 / (1 + gamma);
  return problem;
}

// Roundings of one row are sums over (T+1) P terms; errors made early are carried on, at a rate of
// order 1 per step while training is stable.
double tolerance(const MeanFieldProblem& p, const MeanFieldSolution& s) {
  const auto terms = static_cast<double>((p.steps + 1) * (s.n_samples + s.n_outputs));
  double largest = 1;
  for (const Matrix& H : s.H) largest = std::max(largest, H.cwiseAbs().maxCoeff());
  for (const Matrix& G : s.G)
    if (G.size() > 0) largest = std::max(largest, G.cwiseAbs().maxCoeff());
  return 10 * terms * kEps * largest * (1 + p.targets.cwiseAbs().maxCoeff());
}

double largest_difference(const Matrix& a, const Matrix& b) {
  return (a - b).cwiseAbs().maxCoeff();
}

TEST_CASE("the lazy limit is regression with the tangent kernel (H + 1) K_x") {
  for (const Index H : {1, 2, 4}) {
    // The corrections are of order gamma^2 = 2^-60.
    MeanFieldProblem p = random_mean_field(4, 2, H, 12, std::ldexp(1.0, -30), 1);
    p.learning_rate = 0.3;
    const MeanFieldSolution s = solve_mean_field(p);
    REQUIRE(s.summary.ok());
    REQUIRE(s.loss.size() == 13);
    Matrix delta = p.targets;
    for (Index t = 0; t <= p.steps; ++t) {
      CHECK(std::abs(s.loss(t) - delta.squaredNorm() / 8) <= tolerance(p, s));
      CHECK(largest_difference(s.residuals[static_cast<std::size_t>(t)], delta) <= tolerance(p, s));
      delta -= p.learning_rate / 4 * static_cast<double>(H + 1) * p.input_kernel * delta;
    }
  }
}

TEST_CASE("deviations from the lazy limit grow as gamma squared") {
  const auto loss = [](double gamma) {
    MeanFieldProblem p = random_mean_field(3, 1, 2, 8, gamma, 2);
    p.learning_rate = 0.3;
    return solve_mean_field(p).loss(8);
  };
  const double lazy = loss(std::ldexp(1.0, -30));
  const double far = loss(0.02) - lazy, near = loss(0.01) - lazy;
  REQUIRE(std::abs(near) > 1e-8);
  CHECK(std::abs(far / near - 4) <= 4 * 0.02);  // the next order is gamma^2 relative
}

// One sample, one output, H = 1, K_x = k, c = gamma eta: h and g are mixtures of h_0 and g_0, and
//   h_1 = h_0 + c k y g_0,   g_1 = g_0 + c y h_0,   f_1 = 2 eta k y,   D_1 = y - f_1
//   h_2 = h_1 + c k D_1 g_1 = (1 + c^2 k D_1 y) h_0 + c k (y + D_1) g_0
//   g_2 = g_1 + c D_1 h_1   = (1 + c^2 k D_1 y) g_0 + c (y + D_1) h_0
//   f_2 = <g_2 h_2>/(gamma n) = 2 eta k (1 + c^2 k D_1 y)(y + D_1)
TEST_CASE("one and two steps of a scalar problem agree with the derivation by hand") {
  const double k = 1.3, y = 0.7, eta = 0.2, gamma = 1.7, c = gamma * eta;
  MeanFieldProblem p;
  p.input_kernel = Matrix::Constant(1, 1, k);
  p.targets = Matrix::Constant(1, 1, y);
  p.steps = 2;
  p.learning_rate = eta;
  p.gamma = gamma;
  const MeanFieldSolution s = solve_mean_field(p);
  const double D1 = y - 2 * eta * k * y;
  const double straight = 1 + c * c * k * D1 * y, crossed = c * (y + D1);
  const double f2 = 2 * eta * k * straight * (y + D1);
  const double error = 40 * kEps;
  CHECK(std::abs(s.residuals[1](0, 0) - D1) <= error);
  CHECK(std::abs(s.residuals[2](0, 0) - (y - f2)) <= error);
  CHECK(std::abs(s.H[1](1, 1) - (k + c * c * k * k * y * y)) <= error);
  CHECK(std::abs(s.H[1](2, 2) - (straight * straight * k + crossed * crossed * k * k)) <= error);
  CHECK(std::abs(s.H[1](2, 1) - (straight * k + crossed * k * c * k * y)) <= error);
  CHECK(std::abs(s.G[1](2, 2) - (straight * straight + crossed * crossed * k)) <= error);
  CHECK(std::abs(s.A[1](2, 0) - c * k * y) <= error);
  CHECK(std::abs(s.A[1](2, 1) - c * k * D1) <= error);
  CHECK(std::abs(s.B[0](2, 0) - c * y) <= error);
}

TEST_CASE("two-layer networks follow their closed order parameters") {
  for (const double gamma : {0.1, 1.0, 3.0}) {
    for (const Index K : {1, 3}) {
      const MeanFieldProblem p = random_mean_field(4, K, 1, 20, gamma, 3);
      const MeanFieldSolution s = solve_mean_field(p);
      REQUIRE(s.summary.ok());
      const TwoLayerMeanField exact = two_layer_mean_field(p);
      CHECK(largest_difference(s.loss, exact.loss) <= tolerance(p, s));
      const Index n = s.H[1].rows(), m = s.G[1].rows();
      CHECK(largest_difference(s.H[1].block(n - 4, n - 4, 4, 4), exact.hidden_kernel) <=
            tolerance(p, s));
      CHECK(largest_difference(s.G[1].block(0, 0, K, K), Matrix::Identity(K, K)) == 0);
      CHECK(m == 21 * K);
    }
  }
}

// The equations of the header with dense inverses, all times at once.
TEST_CASE("the solution is the fixed point of the mean-field equations") {
  for (const Index K : {1, 2}) {
    const MeanFieldProblem p = random_mean_field(3, K, 3, 7, 1.5, 4);
    const MeanFieldSolution s = solve_mean_field(p);
    REQUIRE(s.summary.ok());
    const Index P = 3, times = 8, n = times * P, m = times * K;
    const double c = p.gamma * p.learning_rate / static_cast<double>(P);
    for (std::size_t l = 1; l <= 3; ++l) {
      Matrix C = s.A[l - 1], D = s.B[l];
      for (Index t = 0; t < times; ++t) {
        for (Index r = 0; r < t; ++r) {
          const Matrix& delta = s.residuals[static_cast<std::size_t>(r)];
          C.block(t * P, r * K, P, K) += c * s.H[l - 1].block(t * P, r * P, P, P) * delta;
          D.block(t * K, r * P, K, P) +=
              c * s.G[l + 1].block(t * K, r * K, K, K) * delta.transpose();
        }
      }
      const Matrix M = (Matrix::Identity(n, n) - C * D).inverse();
      const Matrix Q = (Matrix::Identity(m, m) - D * C).inverse();
      const double error = tolerance(p, s) * M.norm() * M.norm();
      CHECK(largest_difference(s.A[l], M * C) <= error);
      CHECK(largest_difference(s.B[l - 1], Q * D) <= error);
      CHECK(largest_difference(s.H[l], M * s.H[l - 1] * M.transpose() +
                                           s.A[l] * s.G[l + 1] * s.A[l].transpose()) <= error);
      CHECK(largest_difference(s.G[l], Q * s.G[l + 1] * Q.transpose() +
                                           s.B[l - 1] * s.H[l - 1] * s.B[l - 1].transpose()) <=
            error);
      // <h g'>/(gamma n) are the outputs, whatever the layer.
      const Matrix hg =
          M * s.H[l - 1] * s.B[l - 1].transpose() + s.A[l] * s.G[l + 1] * Q.transpose();
      for (Index t = 0; t < times; ++t)
        CHECK(largest_difference(p.targets - s.residuals[static_cast<std::size_t>(t)],
                                 hg.block(t * P, t * K, P, K) / p.gamma) <= error);
    }
    CHECK(s.loss_error.maxCoeff() <= tolerance(p, s));
    CHECK(s.loss_error.maxCoeff() > 0);
  }
}

TEST_CASE("kernels are symmetric and positive, and responses causal") {
  const MeanFieldProblem p = random_mean_field(3, 2, 2, 9, 2, 5);
  const MeanFieldSolution s = solve_mean_field(p);
  REQUIRE(s.summary.ok());
  for (const std::vector<Matrix>* kernels : {&s.H, &s.G}) {
    for (const Matrix& one : *kernels) {
      if (one.size() == 0) continue;
      CHECK(one == one.transpose());
      CHECK(Vector(one.selfadjointView<Eigen::Lower>().eigenvalues())(0) >= -tolerance(p, s));
    }
  }
  for (Index t = 0; t < 10; ++t) {
    CHECK((s.A[2].block(t * 3, t * 2, 3, 20 - t * 2).array() == 0).all());
    CHECK((s.B[0].block(t * 2, t * 3, 2, 30 - t * 3).array() == 0).all());
  }
}

TEST_CASE("a longer horizon does not change earlier times") {
  MeanFieldProblem p = random_mean_field(3, 2, 2, 6, 1, 6);
  const MeanFieldSolution early = solve_mean_field(p);
  p.steps = 11;
  const MeanFieldSolution late = solve_mean_field(p);
  // Sums of other lengths are rounded in another order.
  CHECK(largest_difference(early.loss, late.loss.head(7)) <= tolerance(p, late));
  CHECK(largest_difference(early.H[2], late.H[2].topLeftCorner(21, 21)) <= tolerance(p, late));
  CHECK(largest_difference(early.G[1], late.G[1].topLeftCorner(14, 14)) <= tolerance(p, late));
}

TEST_CASE("rotating samples and outputs rotates the kernels and keeps the loss") {
  const MeanFieldProblem p = random_mean_field(4, 3, 2, 10, 1.5, 7);
  const MeanFieldSolution s = solve_mean_field(p);
  RandomStream stream(7, "rotations");
  const Matrix U = stream.orthogonal_matrix(4, 4), V = stream.orthogonal_matrix(3, 3);
  MeanFieldProblem rotated = p;
  rotated.input_kernel = U * p.input_kernel * U.transpose();
  rotated.targets = U * p.targets * V;
  const MeanFieldSolution r = solve_mean_field(rotated);
  const double error = 4 * tolerance(p, s);
  CHECK(largest_difference(s.loss, r.loss) <= error);
  CHECK(largest_difference(r.H[2].bottomRightCorner(4, 4),
                           U * s.H[2].bottomRightCorner(4, 4) * U.transpose()) <= error);
  CHECK(largest_difference(r.G[1].bottomRightCorner(3, 3),
                           V.transpose() * s.G[1].bottomRightCorner(3, 3) * V) <= error);
}

TEST_CASE("outputs without targets change nothing") {
  const MeanFieldProblem p = random_mean_field(4, 1, 2, 10, 2, 8);
  MeanFieldProblem wider = p;
  wider.targets = Matrix::Zero(4, 3);
  wider.targets.col(1) = p.targets;
  const MeanFieldSolution s = solve_mean_field(p), w = solve_mean_field(wider);
  CHECK(largest_difference(s.loss, w.loss) <= tolerance(p, s));
  CHECK(largest_difference(s.H[2], w.H[2]) <= tolerance(p, s));
}

TEST_CASE("the first step is that of the tangent kernel at every richness") {
  for (const double gamma : {0.01, 1.0, 5.0}) {
    const MeanFieldProblem p = random_mean_field(3, 2, 3, 1, gamma, 9);
    const MeanFieldSolution s = solve_mean_field(p);
    const Matrix K = tangent_kernel(s, 0);
    Matrix expected = Matrix::Zero(6, 6);
    for (Index k = 0; k < 2; ++k) expected.block(3 * k, 3 * k, 3, 3) = 4 * p.input_kernel;
    CHECK(largest_difference(K, expected) <= 8 * kEps * expected.norm());
    const Vector y = p.targets.reshaped();
    const Vector stepped = y - p.learning_rate / 3 * K * y;
    CHECK(largest_difference(s.residuals[1].reshaped(), stepped) <= tolerance(p, s));
  }
}

TEST_CASE("divergence is said with its step and numbers, and what came before is kept") {
  MeanFieldProblem p = random_mean_field(3, 1, 2, 60, 1, 10);
  p.learning_rate = 40;
  const MeanFieldSolution s = solve_mean_field(p);
  CHECK(s.summary.status == Status::kNotFinite);
  CHECK(s.summary.message.find("learning rate 40") != std::string::npos);
  REQUIRE(s.loss.size() > 0);
  CHECK(s.loss.size() < 61);
  CHECK(s.loss.allFinite());
  CHECK(s.H[2].rows() == 3 * s.loss.size());
  CHECK(s.H[2].allFinite());
  CHECK(s.residuals.size() == static_cast<std::size_t>(s.loss.size()));
}

// Beyond the edge of stability the loss moves irregularly without diverging, and rounding errors
// grow step by step.
TEST_CASE("a loss whose digits are lost is undecided") {
  MeanFieldProblem p = random_mean_field(3, 2, 3, 100, 2, 11);
  p.learning_rate = 0.18;
  const MeanFieldSolution s = solve_mean_field(p);
  CHECK(s.summary.status == Status::kUndecided);
  CHECK(s.summary.message.find("rounding") != std::string::npos);
  CHECK(s.loss.size() == 101);
}

TEST_CASE("memory is that of the matrices held") {
  MeanFieldProblem p;
  p.input_kernel = Matrix::Identity(20, 20);
  p.targets = Matrix::Ones(20, 1);
  p.steps = 100;
  const double n = 101 * 20, m = 101;  // H^0, H^1, M (n x n), G^1, G^2, Q (m x m), 2 A, 2 B
  CHECK(mean_field_bytes(p) == 8 * (3 * n * n + 3 * m * m + 4 * n * m));
}

TEST_CASE("bad problems are refused by name") {
  const MeanFieldProblem good = random_mean_field(3, 1, 1, 2, 1, 12);
  const auto refused = [&](auto&& change) {
    MeanFieldProblem p = good;
    change(p);
    CHECK_THROWS_AS((void)solve_mean_field(p), std::invalid_argument);
  };
  refused([](MeanFieldProblem& p) { p.gamma = 0; });
  refused([](MeanFieldProblem& p) { p.learning_rate = -1; });
  refused([](MeanFieldProblem& p) { p.hidden_layers = 0; });
  refused([](MeanFieldProblem& p) { p.steps = -1; });
  refused([](MeanFieldProblem& p) { p.targets = Matrix::Ones(2, 1); });
  refused([](MeanFieldProblem& p) { p.targets(0, 0) = std::nan(""); });
  refused([](MeanFieldProblem& p) { p.targets(0, 0) = 1e200; });
  refused([](MeanFieldProblem& p) { p.input_kernel(0, 1) += 1; });
  refused([](MeanFieldProblem& p) { p.input_kernel *= -1; });
  CHECK_THROWS_AS((void)tangent_kernel(solve_mean_field(good), 3), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

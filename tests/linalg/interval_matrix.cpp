// Matrices of intervals contain the products, norms and solutions of every matrix inside.
#include "saddlescope/linalg/interval_matrix.hpp"

#include <cmath>
#include <limits>

#include <Eigen/LU>
#include <doctest/doctest.h>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/linalg/verified_solve.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kInf = std::numeric_limits<double>::infinity();

MatrixOf<Quad> quad(const Matrix& A) { return A.cast<Quad>(); }

bool contains(const IntervalMatrix& A, const MatrixOf<Quad>& truth) {
  for (Index j = 0; j < A.cols(); ++j)
    for (Index i = 0; i < A.rows(); ++i)
      if (truth(i, j) < Quad(A(i, j).lower()) || truth(i, j) > Quad(A(i, j).upper())) return false;
  return true;
}

bool contains(const Interval& x, const Quad& truth) {
  return Quad(x.lower()) <= truth && truth <= Quad(x.upper());
}

double widest_radius(const IntervalMatrix& A) {
  double widest = 0;
  for (const Interval& x : A.entries()) widest = std::max(widest, x.radius());
  return widest;
}

// Every entry of A grown by at most `radius`; A stays inside.
IntervalMatrix around(const Matrix& A, double radius, RandomStream& stream) {
  IntervalMatrix out(A);
  for (Index j = 0; j < A.cols(); ++j)
    for (Index i = 0; i < A.rows(); ++i)
      out(i, j) += Interval(-stream.uniform(0, radius), stream.uniform(0, radius));
  return out;
}

// Entries between 1e-8 and 1e8.
Matrix mixed(Index rows, Index cols, RandomStream& stream) {
  Matrix A = stream.normal_matrix(rows, cols);
  for (double& x : A.reshaped()) x *= std::pow(10.0, stream.uniform(-8, 8));
  return A;
}

TEST_CASE("products and sums and norms enclose those of every matrix inside") {
  RandomStream stream(11, "interval matrices");
  for (int round = 0; round < 200; ++round) {
    const Index m = 1 + stream.index(6);
    const Index n = 1 + stream.index(6);
    const Index k = 1 + stream.index(6);
    const Matrix A = mixed(m, k, stream);
    const Matrix B = mixed(k, n, stream);
    const Matrix C = mixed(m, k, stream);
    const double radius = round % 2 == 0 ? 0 : 1e-3;
    const IntervalMatrix IA = around(A, radius, stream);
    const IntervalMatrix IB = around(B, radius, stream);
    const IntervalMatrix IC = around(C, radius, stream);
    CHECK(IA.contains(A));
    CHECK(contains(IA * IB, quad(A) * quad(B)));
    CHECK(contains(IA + IC, quad(A) + quad(C)));
    CHECK(contains(IA - IC, quad(A) - quad(C)));
    CHECK(contains(Interval(0.3) * IA, Quad(0.3) * quad(A)));
    CHECK(contains(IA.transpose() * IC, quad(A).transpose() * quad(C)));
    CHECK(contains(dot(IA, IC), quad(A).cwiseProduct(quad(C)).sum()));
    CHECK(contains(squared_norm(IA), quad(A).squaredNorm()));
    CHECK(contains(norm(IA), quad(A).norm()));
    CHECK(Quad(row_sum_norm(IA)) >= quad(A).cwiseAbs().rowwise().sum().maxCoeff());
  }
}

// k products and k sums of one step each: 2 k ulp of the terms at most.
TEST_CASE("products of doubles are as narrow as rounding allows") {
  RandomStream stream(12, "interval matrices");
  const Matrix A = stream.normal_matrix(5, 40);
  const Matrix B = stream.normal_matrix(40, 5);
  const double terms = (A.cwiseAbs() * B.cwiseAbs()).maxCoeff();
  CHECK(widest_radius(IntervalMatrix(A) * IntervalMatrix(B)) <= 2 * 40 * kEps * terms);
  CHECK(norm(IntervalMatrix(A)).radius() <= 2 * 200 * kEps * A.norm());
}

TEST_CASE("products with zero and identity matrices are exact") {
  RandomStream stream(13, "interval matrices");
  const IntervalMatrix A(stream.normal_matrix(3, 4));
  const IntervalMatrix zero = A * IntervalMatrix(4, 2);
  for (const Interval& x : zero.entries()) CHECK(x.is_zero());
  CHECK(norm(zero).is_zero());
  CHECK((IntervalMatrix::identity(3) * A).contains(A.mid()));
}

TEST_CASE("mixed shapes are refused with both shapes") {
  CHECK_THROWS_WITH_AS(static_cast<void>(IntervalMatrix(2, 3) * IntervalMatrix(2, 3)),
                       doctest::Contains("2 x 3 times 2 x 3"), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(IntervalMatrix(2, 3) + IntervalMatrix(3, 2)),
                  std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(verified_solve(IntervalMatrix(2, 3), IntervalMatrix(2, 1))),
                  std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(verified_solve(IntervalMatrix(2, 2), IntervalMatrix(3, 1))),
                  std::invalid_argument);
}

// Singular values from 1 down to 1/condition. The quad solution is off by condition 1e-34.
Matrix with_condition(Index n, double condition, RandomStream& stream) {
  Vector s = Vector::Ones(n);
  for (Index i = 1; i < n; ++i)
    s[i] = std::pow(condition, -static_cast<double>(i) / static_cast<double>(n - 1));
  return stream.orthogonal_matrix(n, n) * s.asDiagonal() * stream.orthogonal_matrix(n, n);
}

TEST_CASE("verified solutions contain the solution in quad and are narrow") {
  RandomStream stream(14, "verified solve");
  for (const double condition : {1.0, 1e4, 1e9})
    for (Index n = 1; n <= 9; n += 2) {
      const Matrix A = with_condition(n, condition, stream);
      const Matrix B = stream.normal_matrix(n, 2);
      const VerifiedSolution solution = verified_solve(IntervalMatrix(A), IntervalMatrix(B));
      REQUIRE_MESSAGE(solution.summary.ok(), solution.summary.message);
      const MatrixOf<Quad> X = quad(A).partialPivLu().solve(quad(B));
      CHECK(contains(solution.x, X));
      CHECK(solution.contraction < 1);
      // |R| n eps |A| |x~| with a few steps per term; sqrt(n) turns 2-norms into row sums.
      CHECK(widest_radius(solution.x) <=
            8 * static_cast<double>(n * n) * kEps * condition * solution.x.mid().norm());
    }
}

TEST_CASE("verified solutions contain those of every system inside") {
  RandomStream stream(15, "verified solve");
  for (int round = 0; round < 50; ++round) {
    const Index n = 1 + stream.index(6);
    const Matrix A = with_condition(n, 100, stream);
    const Matrix B = stream.normal_matrix(n, 1);
    const IntervalMatrix IA = around(A, 1e-5, stream);
    const IntervalMatrix IB = around(B, 1e-3, stream);
    const VerifiedSolution solution = verified_solve(IA, IB);
    REQUIRE(solution.summary.ok());
    for (int draw = 0; draw < 10; ++draw) {
      Matrix a = A;
      Matrix b = B;
      for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < n; ++j)
          a(i, j) = stream.index(2) == 0 ? IA(i, j).lower() : IA(i, j).upper();
        b(i, 0) = stream.index(2) == 0 ? IB(i, 0).lower() : IB(i, 0).upper();
      }
      CHECK(contains(solution.x, quad(a).partialPivLu().solve(quad(b))));
    }
  }
}

TEST_CASE("systems that may be singular are not verified") {
  RandomStream stream(16, "verified solve");
  const IntervalMatrix b(stream.normal_matrix(4, 1));
  Matrix rank_three = stream.normal_matrix(4, 3) * stream.normal_matrix(3, 4);
  CHECK(verified_solve(IntervalMatrix(rank_three), b).summary.status == Status::kUndecided);
  CHECK(verified_solve(IntervalMatrix(4, 4), b).summary.status == Status::kUndecided);
  // Not singular in the middle, but for some matrix inside.
  IntervalMatrix wide = IntervalMatrix::identity(4);
  wide(2, 2) = Interval(0, 2);
  const VerifiedSolution solution = verified_solve(wide, b);
  CHECK(solution.summary.status == Status::kUndecided);
  CHECK(solution.summary.message.find("not verified") != std::string::npos);
  CHECK(solution.x.rows() == 0);
  IntervalMatrix narrow = IntervalMatrix::identity(4);
  narrow(2, 2) = Interval(0.1, 1.9);
  CHECK(verified_solve(narrow, b).summary.ok());
}

TEST_CASE("systems without bounds are refused") {
  IntervalMatrix A = IntervalMatrix::identity(2);
  IntervalMatrix b(2, 1);
  b(1, 0) = kInf;
  CHECK(verified_solve(A, b).summary.status == Status::kNotFinite);
  b(1, 0) = 1.0;
  A(0, 0) = Interval::entire();
  CHECK(verified_solve(A, b).summary.status == Status::kNotFinite);
}

}  // namespace
}  // namespace saddlescope

// Products with long sums and short errors against quad precision.
#include "saddlescope/linalg/split_rows.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

constexpr double kUnit = std::numeric_limits<double>::epsilon() / 2;

SplitRows cut(const Matrix& X) {
  SplitRows rows{X, {}, {}, Vector(X.rows())};
  for (Index i = 0; i < X.rows(); ++i) rows.norms[i] = norm_ceiling(X.row(i).norm());
  split_block(rows, 0, 0, X.rows(), X.cols());
  return rows;
}

TEST_CASE("the cut is exact and its high part lies on the grid of its row") {
  Matrix X = RandomStream(1, "split").normal_matrix(7, 40);
  X.row(3) *= 1e-200;
  X.row(4).setZero();
  const SplitRows rows = cut(X);
  CHECK(rows.high + rows.low == X);
  for (Index i = 0; i < X.rows(); ++i) {
    const double grid = rows.norms[i] * 0x1p-26;
    for (Index j = 0; j < X.cols(); ++j) {
      CHECK(std::fmod(rows.high(i, j), grid) == 0);
      CHECK(std::abs(rows.low(i, j)) <= grid / 2);
    }
  }
}

// Cancellation makes entries small beside the terms: DGEMM alone misses the bound by far there.
TEST_CASE("each entry of a split product errs by one rounding of itself and the stated rest") {
  const Index k = 3000;
  RandomStream stream(2, "split");
  Matrix X = stream.normal_matrix(6, k);
  Matrix Y = stream.normal_matrix(5, k);
  X.row(1) *= 1e120;
  for (Index i = 0; i < k / 2; ++i) Y(0, k / 2 + i) = -Y(0, i) * X(0, i) / X(0, k / 2 + i);
  Matrix T(6, 5), scratch;
  const SplitRows left = cut(X), right = cut(Y);
  split_product(left, 0, right, 0, k, scratch, T);
  const MatrixOf<Quad> exact = X.cast<Quad>() * Y.cast<Quad>().transpose();
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 5; ++j) {
      const double error = std::abs(static_cast<double>(Quad(T(i, j)) - exact(i, j)));
      CHECK(error <= kUnit * std::abs(T(i, j)) + split_error(k) * left.norms[i] * right.norms[j]);
    }
}

TEST_CASE("the ceiling of a norm is a power of two above it") {
  for (const double x : {0.0, 1e-320, 0.7, 1.0, 1.5, 3e200}) {
    const double above = norm_ceiling(x);
    int exponent = 0;
    CHECK(std::frexp(above, &exponent) == 0.5);
    CHECK(above > x);
    CHECK((above <= 4 * x || above == 0x1p-900));
  }
}

}  // namespace
}  // namespace saddlescope

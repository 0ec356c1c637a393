// Split products against the same products in quad.
#include "saddlescope/linalg/split_product.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

MatrixOf<Quad> quad(const Matrix& M) { return M.cast<Quad>(); }

// Rows and columns of very different sizes, so that one cut for all would not do.
Matrix graded(RandomStream& stream, Index rows, Index cols) {
  Matrix M = stream.normal_matrix(rows, cols);
  for (Index i = 0; i < rows; ++i) M.row(i) *= std::ldexp(1.0, static_cast<int>(7 * i % 40) - 20);
  return M;
}

TEST_CASE("high and low add up to the product within the bound and the bound is below eps") {
  RandomStream stream(1, "split product");
  using Shape = std::array<Index, 3>;
  for (const Shape& shape :
       {Shape{1, 1, 1}, Shape{3, 7, 2}, Shape{40, 64, 5}, Shape{17, 129, 9}, Shape{2, 1000, 3}}) {
    const Index m = shape[0], k = shape[1], n = shape[2];
    const Matrix B = stream.normal_matrix(k, n);
    for (const Op op : {Op::kNone, Op::kTranspose}) {
      const Matrix A =
          op == Op::kNone ? graded(stream, m, k) : Matrix(graded(stream, m, k).transpose());
      const SplitProduct C = split_product(A, op, B);
      const MatrixOf<Quad> exact =
          (op == Op::kNone ? quad(A) : MatrixOf<Quad>(quad(A).transpose())) * quad(B);
      const MatrixOf<Quad> left = quad(C.high) + quad(C.low) - exact;
      for (Index j = 0; j < n; ++j) {
        CHECK(left.col(j).cast<double>().norm() <= C.error[j]);
        // 2^-beta with beta >= (53 - log2 1000)/2 = 21.
        CHECK(C.error[j] <= static_cast<double>(k + 2) * kEps * std::ldexp(4.0, -21) *
                                std::sqrt(static_cast<double>(k)) * A.norm() * B.col(j).norm());
      }
    }
  }
}

TEST_CASE("the high part is exact so that its bits do not depend on the batch") {
  RandomStream stream(2, "split product");
  const Matrix A = stream.normal_matrix(33, 65);
  const Matrix B = stream.normal_matrix(65, 64);
  const SplitProduct all = split_product(A, Op::kNone, B);
  for (Index j = 0; j < B.cols(); ++j)
    CHECK((split_product(A, Op::kNone, B.col(j)).high - all.high.col(j)).norm() == 0);
}

TEST_CASE("zero rows and columns give zero and a NaN stays one") {
  Matrix A = Matrix::Identity(3, 3);
  A.row(1).setZero();
  Matrix B = Matrix::Ones(3, 2);
  B.col(0).setZero();
  const SplitProduct C = split_product(A, Op::kNone, B);
  CHECK((C.high + C.low - A * B).norm() == 0);
  CHECK(C.error.maxCoeff() <= 1e-20);
  B(2, 1) = std::numeric_limits<double>::quiet_NaN();
  const SplitProduct D = split_product(A, Op::kNone, B);
  CHECK(std::isnan((D.high + D.low)(2, 1)));
}

TEST_CASE("sums and scalings of doubles are split without error") {
  RandomStream stream(3, "split product");
  const Matrix a = graded(stream, 40, 3);
  const Matrix b = stream.normal_matrix(40, 3);
  const ExactSum sum = exact_sum(a, b);
  CHECK((quad(sum.sum) + quad(sum.error) - quad(a) - quad(b)).norm() == 0);
  const ExactScaling scaled = exact_scaling(1 / 3.0, a);
  CHECK((quad(scaled.product) + quad(scaled.error) - Quad(1 / 3.0) * quad(a)).norm() == 0);
  CHECK(scaled.error.norm() > 0);
}

}  // namespace
}  // namespace saddlescope

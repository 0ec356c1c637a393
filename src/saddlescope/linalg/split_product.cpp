#include "saddlescope/linalg/split_product.hpp"

#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// The largest beta with 2 beta + ceil(log2 k) <= 53.
int head_bits(Index k) {
  const int log = k <= 1 ? 0 : std::bit_width(static_cast<std::uint64_t>(k - 1));
  return (53 - log) / 2;
}

// The rounding constant of a row or column: adding and subtracting it rounds to multiples of
// 2^(E - beta), because its own last bit is that. 0 where there is nothing to cut.
double cutter(double largest, int bits) {
  if (!(largest > 0) || !std::isfinite(largest)) return 0;
  return std::ldexp(1.5, std::ilogb(largest) + 1 - bits + 52);
}

// Heads of the columns of B.
Matrix column_heads(ConstMatrixRef B, int bits) {
  Matrix head(B.rows(), B.cols());
  for (Index j = 0; j < B.cols(); ++j) {
    const double c = cutter(B.col(j).lpNorm<Eigen::Infinity>(), bits);
    head.col(j) = (B.col(j).array() + c) - c;
  }
  return head;
}

Matrix row_heads(ConstMatrixRef A, int bits) {
  Vector c(A.rows());
  for (Index i = 0; i < A.rows(); ++i) c[i] = cutter(A.row(i).lpNorm<Eigen::Infinity>(), bits);
  Matrix head(A.rows(), A.cols());
  for (Index j = 0; j < A.cols(); ++j) head.col(j) = (A.col(j) + c) - c;
  return head;
}

}  // namespace

SplitProduct split_product(ConstMatrixRef A, Op op, ConstMatrixRef B) {
  const Index k = B.rows();
  assert((op == Op::kNone ? A.cols() : A.rows()) == k);
  const int bits = head_bits(k);
  const Matrix A_head = op == Op::kNone ? row_heads(A, bits) : column_heads(A, bits);
  const Matrix A_rest = A - A_head;
  const Matrix B_head = column_heads(B, bits);
  const Matrix B_rest = B - B_head;
  SplitProduct out;
  out.high = product<double>(A_head, op, B_head, Op::kNone);
  out.low = product<double>(A_head, op, B_rest, Op::kNone);
  gemm<double>(1, A_rest, op, B, Op::kNone, 1, out.low);
  out.error = static_cast<double>(k + 2) * kEps *
              (A_head.norm() * B_rest.colwise().norm() + A_rest.norm() * B.colwise().norm());
  return out;
}

ExactSum exact_sum(ConstMatrixRef a, ConstMatrixRef b) {
  ExactSum out{a + b, Matrix(a.rows(), a.cols())};
  const Matrix from_b = out.sum - a;
  out.error = (a - (out.sum - from_b)) + (b - from_b);
  return out;
}

ExactScaling exact_scaling(double factor, ConstMatrixRef B) {
  ExactScaling out{factor * B, Matrix(B.rows(), B.cols())};
  for (Index j = 0; j < B.cols(); ++j)
    for (Index i = 0; i < B.rows(); ++i)
      out.error(i, j) = std::fma(factor, B(i, j), -out.product(i, j));
  return out;
}

}  // namespace saddlescope

#include "saddlescope/linalg/short_sum.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace saddlescope {
namespace {

// chunk + group + number of groups is least, for k near 1000, at a chunk of (k/4)^(1/3) = 6 terms;
// DGEMM needs longer ones to be worth calling.
constexpr Index kChunk = 32;
constexpr Index kGroup = 6;

Index ceil_divide(Index a, Index b) { return (a + b - 1) / b; }

// Two matrices of scratch per thread, kept between calls: fresh memory costs more than the products.
Eigen::Map<Matrix> scratch(int slot, Index rows, Index cols) {
  thread_local Vector buffers[2];
  Vector& buffer = buffers[slot];
  if (buffer.size() < rows * cols) buffer.resize(rows * cols);
  return {buffer.data(), rows, cols};
}

// C = beta C + alpha op(A) op(B) over the inner indices [begin, end), chunk by chunk.
void add_chunks(double alpha, ConstMatrixRef A, Op op_a, ConstMatrixRef B, Op op_b, Index begin,
                Index end, double beta, MatrixRef C) {
  for (Index from = begin; from < end; from += kChunk) {
    const Index size = std::min(kChunk, end - from);
    const auto a =
        op_a == Op::kNone ? A.block(0, from, A.rows(), size) : A.block(from, 0, size, A.cols());
    const auto b =
        op_b == Op::kNone ? B.block(from, 0, size, B.cols()) : B.block(0, from, B.rows(), size);
    gemm<double>(alpha, a, op_a, b, op_b, from == begin ? beta : 1, C);
  }
}

}  // namespace

void add_product_in_short_sums(double alpha, ConstMatrixRef A, Op op_a, ConstMatrixRef B, Op op_b,
                               MatrixRef C) {
  const Index k = op_a == Op::kNone ? A.cols() : A.rows();
  assert(k == (op_b == Op::kNone ? B.rows() : B.cols()));
  if (k <= kChunk * kGroup) {
    add_chunks(alpha, A, op_a, B, op_b, 0, k, 1, C);
    return;
  }
  auto sum = scratch(0, C.rows(), C.cols());
  auto group = scratch(1, C.rows(), C.cols());
  for (Index from = 0; from < k; from += kChunk * kGroup) {
    auto& target = from == 0 ? sum : group;
    add_chunks(alpha, A, op_a, B, op_b, from, std::min(k, from + kChunk * kGroup), 0, target);
    if (from > 0) sum += group;
  }
  C += sum;
}

SummationDepth summation_depth(Index k) {
  const Index chunks = ceil_divide(k, kChunk);
  const Index term = std::min(k, kChunk) + 1;  // its product, the additions of a chunk, alpha
  if (chunks <= kGroup) return {term, chunks};
  return {term + kGroup - 1 + ceil_divide(chunks, kGroup) - 1, 1};
}

double rounding_gamma(Index k) {
  const double ku = static_cast<double>(k) * std::numeric_limits<double>::epsilon() / 2;
  return ku / (1 - ku);
}

}  // namespace saddlescope

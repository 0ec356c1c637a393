// Products of matrices with some 23 bits more than double's, at three times the cost of GEMM.
//
// Row i of op(A) is cut at the unit u_i = 2^(E_i - beta), 2^E_i the power of two above its largest
// entry, into a head of multiples of u_i and an exact rest, and so are the columns of B:
//
//   op(A) B = A1 B1 + (A1 B' + A' B),   A = A1 + A',  B = B1 + B'.
//
// With 2 beta + log2 k <= 53 for the inner dimension k, A1 B1 is a sum of k integers times one unit
// that never leaves the doubles: dgemm computes it without error, in any order of summation. Only
// the bracket is rounded, and it is 2^-beta times smaller. Source: Ozaki, Ogita, Oishi and Rump,
// Error-free transformations of matrix multiplication, Numer. Algorithms 59 (2012). Exactness needs
// entries whose products neither overflow nor underflow; NaN and Inf go through to the result.
#pragma once

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

struct SplitProduct {
  Matrix high, low;  // op(A) B = high + low, high exact
  // A bound of |high + low - op(A) B|_2 of each column:
  // (k + 2) eps (|A1|_F |b'|_2 + |A'|_F |b|_2).
  Vector error;
};

// op(A) is m x k, B is k x n. 6 m n k flops.
[[nodiscard]] SplitProduct split_product(ConstMatrixRef A, Op op, ConstMatrixRef B);

// a + b = sum + error, exactly, entry by entry (Knuth).
struct ExactSum {
  Matrix sum, error;
};
[[nodiscard]] ExactSum exact_sum(ConstMatrixRef a, ConstMatrixRef b);

// factor B = product + error, exactly, entry by entry (fused multiply-add).
struct ExactScaling {
  Matrix product, error;
};
[[nodiscard]] ExactScaling exact_scaling(double factor, ConstMatrixRef B);

}  // namespace saddlescope

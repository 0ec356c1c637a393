// All matrix products of the library: C = alpha op(A) op(B) + beta C.
//
// double and float go to OpenBLAS's dgemm and sgemm (dgemv and sgemv for a single column) on one
// thread, Quad to Eigen. Shapes: op(A) is m x k, op(B) is k x n, C is m x n and overlaps neither;
// any of m, n, k may be zero. 2 m n k flops. With beta = 0 the old C is not read. Shapes are
// asserted, not required: this is an inner loop.
#pragma once

#include "saddlescope/base/types.hpp"

namespace saddlescope {

enum class Op { kNone, kTranspose };

// The scalar is named at the call, gemm<double>(...), so that expressions convert to views.
template <class T>
void gemm(T alpha, ConstMatrixRefOf<T> A, Op op_a, ConstMatrixRefOf<T> B, Op op_b, T beta,
          MatrixRefOf<T> C);

// op(A) op(B) by value.
template <class T>
[[nodiscard]] MatrixOf<T> product(ConstMatrixRefOf<T> A, Op op_a, ConstMatrixRefOf<T> B, Op op_b);

}  // namespace saddlescope

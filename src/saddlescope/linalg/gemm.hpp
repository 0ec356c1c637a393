// All double-precision matrix products of the library: C = alpha op(A) op(B) + beta C.
//
// double goes to OpenBLAS's dgemm on one thread, other scalars to Eigen. Shapes: op(A) is m x k,
// op(B) is k x n, C is m x n and overlaps neither. 2 m n k flops.
#pragma once

#include "saddlescope/base/types.hpp"

namespace saddlescope {

enum class Op { kNone, kTranspose };

template <class T>
void gemm(T alpha, ConstMatrixRefOf<T> A, Op op_a, ConstMatrixRefOf<T> B, Op op_b, T beta,
          MatrixRefOf<T> C);

// op(A) op(B) by value.
template <class T>
[[nodiscard]] MatrixOf<T> product(ConstMatrixRefOf<T> A, Op op_a, ConstMatrixRefOf<T> B, Op op_b);

}  // namespace saddlescope

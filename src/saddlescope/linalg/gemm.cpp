#include "saddlescope/linalg/gemm.hpp"

#include <algorithm>
#include <cassert>
#include <type_traits>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/linalg/one_blas_thread.hpp"

namespace saddlescope {
namespace {

template <class T>
Index rows_of(ConstMatrixRefOf<T> A, Op op) {
  return op == Op::kNone ? A.rows() : A.cols();
}

template <class T>
Index cols_of(ConstMatrixRefOf<T> A, Op op) {
  return op == Op::kNone ? A.cols() : A.rows();
}

template <class Ref>
int leading_dimension(const Ref& A) {
  return static_cast<int>(std::max({Index{1}, A.rows(), A.outerStride()}));
}

CBLAS_TRANSPOSE blas_op(Op op) { return op == Op::kNone ? CblasNoTrans : CblasTrans; }

// C = alpha op(A) op(B) + beta C, all dimensions positive. A single column goes to dgemv, which
// reads A once where dgemm copies it first.
void multiply(double alpha, ConstMatrixRef A, Op op_a, ConstMatrixRef B, Op op_b, double beta,
              MatrixRef C) {
  if (C.cols() == 1) {
    cblas_dgemv(CblasColMajor, blas_op(op_a), static_cast<int>(A.rows()),
                static_cast<int>(A.cols()), alpha, A.data(), leading_dimension(A), B.data(),
                op_b == Op::kNone ? 1 : leading_dimension(B), beta, C.data(), 1);
    return;
  }
  cblas_dgemm(CblasColMajor, blas_op(op_a), blas_op(op_b), static_cast<int>(C.rows()),
              static_cast<int>(C.cols()), static_cast<int>(cols_of<double>(A, op_a)), alpha,
              A.data(), leading_dimension(A), B.data(), leading_dimension(B), beta, C.data(),
              leading_dimension(C));
}

void multiply(float alpha, ConstMatrixRefOf<float> A, Op op_a, ConstMatrixRefOf<float> B, Op op_b,
              float beta, MatrixRefOf<float> C) {
  if (C.cols() == 1) {
    cblas_sgemv(CblasColMajor, blas_op(op_a), static_cast<int>(A.rows()),
                static_cast<int>(A.cols()), alpha, A.data(), leading_dimension(A), B.data(),
                op_b == Op::kNone ? 1 : leading_dimension(B), beta, C.data(), 1);
    return;
  }
  cblas_sgemm(CblasColMajor, blas_op(op_a), blas_op(op_b), static_cast<int>(C.rows()),
              static_cast<int>(C.cols()), static_cast<int>(cols_of<float>(A, op_a)), alpha,
              A.data(), leading_dimension(A), B.data(), leading_dimension(B), beta, C.data(),
              leading_dimension(C));
}

// Scalars that no BLAS knows.
template <class T>
void multiply(const T& alpha, ConstMatrixRefOf<T> A, Op op_a, ConstMatrixRefOf<T> B, Op op_b,
              const T& beta, MatrixRefOf<T> C) {
  if (beta == 0) {
    C.setZero();
  } else {
    C *= beta;
  }
  if (op_a == Op::kNone && op_b == Op::kNone) {
    C.noalias() += alpha * A * B;
  } else if (op_a == Op::kNone) {
    C.noalias() += alpha * A * B.transpose();
  } else if (op_b == Op::kNone) {
    C.noalias() += alpha * A.transpose() * B;
  } else {
    C.noalias() += alpha * A.transpose() * B.transpose();
  }
}

}  // namespace

template <class T>
void gemm(T alpha, ConstMatrixRefOf<T> A, Op op_a, ConstMatrixRefOf<T> B, Op op_b, T beta,
          MatrixRefOf<T> C) {
  assert(cols_of<T>(A, op_a) == rows_of<T>(B, op_b));
  assert(C.rows() == rows_of<T>(A, op_a) && C.cols() == cols_of<T>(B, op_b));
  if (C.size() == 0) return;
  if (cols_of<T>(A, op_a) == 0) {  // an empty sum
    if (beta == 0) {
      C.setZero();
    } else {
      C *= beta;
    }
    return;
  }
  if constexpr (std::is_same_v<T, double> || std::is_same_v<T, float>) {
    multiply(alpha, A, op_a, B, op_b, beta, C);
  } else {
    multiply<T>(alpha, A, op_a, B, op_b, beta, C);
  }
}

template <class T>
MatrixOf<T> product(ConstMatrixRefOf<T> A, Op op_a, ConstMatrixRefOf<T> B, Op op_b) {
  MatrixOf<T> C(rows_of<T>(A, op_a), cols_of<T>(B, op_b));
  gemm<T>(T(1), A, op_a, B, op_b, T(0), C);
  return C;
}

template void gemm<double>(double, ConstMatrixRef, Op, ConstMatrixRef, Op, double, MatrixRef);
template void gemm<float>(float, ConstMatrixRefOf<float>, Op, ConstMatrixRefOf<float>, Op, float,
                          MatrixRefOf<float>);
template void gemm<long double>(long double, ConstMatrixRefOf<long double>, Op,
                                ConstMatrixRefOf<long double>, Op, long double,
                                MatrixRefOf<long double>);
template void gemm<Quad>(Quad, ConstMatrixRefOf<Quad>, Op, ConstMatrixRefOf<Quad>, Op, Quad,
                         MatrixRefOf<Quad>);
template Matrix product<double>(ConstMatrixRef, Op, ConstMatrixRef, Op);
template MatrixOf<float> product<float>(ConstMatrixRefOf<float>, Op, ConstMatrixRefOf<float>, Op);
template MatrixOf<Quad> product<Quad>(ConstMatrixRefOf<Quad>, Op, ConstMatrixRefOf<Quad>, Op);

}  // namespace saddlescope

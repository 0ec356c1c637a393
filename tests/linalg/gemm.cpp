#include "saddlescope/linalg/gemm.hpp"

#include <limits>

#include <Eigen/Dense>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"

extern "C" int openblas_get_num_threads(void);

namespace saddlescope::testing {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Op kOps[] = {Op::kNone, Op::kTranspose};

// op(A) by hand.
template <class T>
MatrixOf<T> applied(const MatrixOf<T>& A, Op op) {
  return op == Op::kNone ? A : MatrixOf<T>(A.transpose());
}

// alpha A B + beta C by three loops.
template <class T>
MatrixOf<T> by_loops(T alpha, const MatrixOf<T>& A, const MatrixOf<T>& B, T beta, MatrixOf<T> C) {
  for (Index i = 0; i < C.rows(); ++i)
    for (Index j = 0; j < C.cols(); ++j) {
      T sum(0);
      for (Index k = 0; k < A.cols(); ++k) sum += A(i, k) * B(k, j);
      C(i, j) = alpha * sum + (beta == 0 ? T(0) : T(beta * C(i, j)));
    }
  return C;
}

}  // namespace

TEST_CASE("gemm equals three loops for every transposition and shape") {
  RandomStream stream(1, "gemm");
  for (const Op op_a : kOps)
    for (const Op op_b : kOps)
      for (const auto& [m, n, k] :
           {std::array<Index, 3>{1, 1, 1}, {5, 7, 3}, {40, 1, 65}, {1, 33, 20}, {64, 10, 100}}) {
        const Matrix A = stream.normal_matrix(m, k);
        const Matrix B = stream.normal_matrix(k, n);
        const Matrix C = stream.normal_matrix(m, n);
        Matrix got = C;
        gemm<double>(0.5, applied(A, op_a), op_a, applied(B, op_b), op_b, -2.0, got);
        // k products of size about 1, entries below 6 with probability 1 - 1e-8.
        const double tolerance = 36 * static_cast<double>(k + 2) * 2.3e-16;
        CHECK((got - by_loops(0.5, A, B, -2.0, C)).cwiseAbs().maxCoeff() <= tolerance);
      }
}

// Sums of 11 and fewer products of normal numbers, 24 bits.
TEST_CASE("gemm in single precision agrees with gemm in double to single's rounding") {
  RandomStream stream(11, "single");
  for (const Op op_a : kOps)
    for (const Op op_b : kOps) {
      const Matrix A = stream.normal_matrix(6, 9);
      const Matrix B = stream.normal_matrix(9, 4);
      Matrix got = stream.normal_matrix(6, 4);
      MatrixOf<float> single = got.cast<float>();
      gemm<float>(0.5F, applied(A, op_a).cast<float>(), op_a, applied(B, op_b).cast<float>(), op_b,
                  3.0F, single);
      gemm<double>(0.5, applied(A, op_a), op_a, applied(B, op_b), op_b, 3.0, got);
      CHECK((single.cast<double>() - got).cwiseAbs().maxCoeff() <= 36 * 11 * 1.2e-7);
    }
}

TEST_CASE("gemm in quad agrees with gemm in double to double's rounding") {
  RandomStream stream(2, "gemm");
  for (const Op op_a : kOps)
    for (const Op op_b : kOps) {
      const Matrix A = stream.normal_matrix(6, 9);
      const Matrix B = stream.normal_matrix(9, 4);
      const Matrix C = stream.normal_matrix(6, 4);
      MatrixOf<Quad> quad = C.cast<Quad>();
      gemm<Quad>(Quad(0.5), applied(A, op_a).cast<Quad>(), op_a, applied(B, op_b).cast<Quad>(),
                 op_b, Quad(3), quad);
      Matrix got = C;
      gemm<double>(0.5, applied(A, op_a), op_a, applied(B, op_b), op_b, 3.0, got);
      CHECK((quad.cast<double>() - got).cwiseAbs().maxCoeff() <= 36 * 11 * 2.3e-16);
    }
}

TEST_CASE("gemm writes only to its view and does not read C when beta is zero") {
  RandomStream stream(3, "gemm");
  const Matrix A = stream.normal_matrix(10, 10);
  Matrix frame = Matrix::Constant(9, 9, 7.0);
  frame.block(2, 3, 4, 5).setConstant(kNaN);
  gemm<double>(1.0, A.block(1, 2, 4, 6), Op::kNone, A.block(3, 4, 6, 5), Op::kNone, 0.0,
               frame.block(2, 3, 4, 5));
  const Matrix expected = A.block(1, 2, 4, 6) * A.block(3, 4, 6, 5);
  CHECK((frame.block(2, 3, 4, 5) - expected).cwiseAbs().maxCoeff() <= 1e-13);
  frame.block(2, 3, 4, 5).setConstant(7.0);
  CHECK((frame.array() == 7.0).all());
}

TEST_CASE(
    "gemm with an empty inner dimension leaves beta C and with an empty result does nothing") {
  const Matrix C = Matrix::Constant(3, 2, 4.0);
  Matrix got = C;
  gemm<double>(1.0, Matrix(3, 0), Op::kNone, Matrix(0, 2), Op::kNone, 0.5, got);
  CHECK(got == Matrix(0.5 * C));
  got.setConstant(kNaN);
  gemm<double>(1.0, Matrix(0, 3), Op::kTranspose, Matrix(2, 0), Op::kTranspose, 0.0, got);
  CHECK(got == Matrix::Zero(3, 2));
  CHECK(product<double>(Matrix(0, 4), Op::kNone, Matrix(4, 5), Op::kNone).rows() == 0);
  CHECK(product<double>(Matrix(4, 5), Op::kNone, Matrix(5, 0), Op::kNone).cols() == 0);
  CHECK(product<Quad>(MatrixOf<Quad>(2, 0), Op::kNone, MatrixOf<Quad>(0, 2), Op::kNone) ==
        MatrixOf<Quad>::Zero(2, 2));
}

TEST_CASE("BLAS runs on one thread though nobody asked") { CHECK(openblas_get_num_threads() == 1); }

}  // namespace saddlescope::testing

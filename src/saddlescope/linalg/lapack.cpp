#include "saddlescope/linalg/lapack.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>
#include <lapacke.h>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/linalg/one_blas_thread.hpp"

namespace saddlescope {
namespace {

int as_int(Index n) { return static_cast<int>(n); }

}  // namespace

int lapack_eigenvalues(EigenRoutine routine, Matrix& A, Vector& values) {
  const int n = as_int(A.rows());
  values.resize(n);
  if (n == 0) return 0;
  const auto solve = routine == EigenRoutine::kTwoStage ? LAPACKE_dsyevd_2stage : LAPACKE_dsyevd;
  return solve(LAPACK_COL_MAJOR, 'N', 'L', n, A.data(), n, values.data());
}

int lapack_eigenpairs(Matrix& A, Vector& values) {
  const int n = as_int(A.rows());
  values.resize(n);
  if (n == 0) return 0;
  return LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', n, A.data(), n, values.data());
}

int lapack_left_singular_vectors(Matrix& A, Vector& sigma, Matrix& U) {
  const int m = as_int(A.rows());
  const int n = as_int(A.cols());
  const int k = std::min(m, n);
  sigma.resize(k);
  U.resize(m, k);
  if (k == 0) return 0;
  Matrix VT(k, n);
  return LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'S', m, n, A.data(), m, sigma.data(), U.data(), m,
                        VT.data(), k);
}

void lapack_bunch_kaufman(Matrix& A, std::vector<int>& pivots) {
  const int n = as_int(A.rows());
  pivots.assign(static_cast<std::size_t>(n), 0);
  if (n == 0) return;
  LAPACKE_dsytrf(LAPACK_COL_MAJOR, 'L', n, A.data(), n, pivots.data());
}

// OpenBLAS's dpotrf lets a NaN pivot pass (it tests pivot <= 0), so the diagonal is looked at
// again: a NaN in row k of the lower triangle reaches the diagonal entry of that row.
template <>
bool cholesky_in_place<double>(Matrix& A) {
  const int n = as_int(A.rows());
  if (n == 0) return true;
  if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', n, A.data(), n) != 0) return false;
  const auto good = [](double pivot) { return pivot > 0 && std::isfinite(pivot); };
  for (Index k = 0; k < A.rows(); ++k)
    if (!good(A(k, k))) return false;
  A.triangularView<Eigen::StrictlyUpper>().setZero();
  return true;
}

template <>
bool cholesky_in_place<Quad>(MatrixOf<Quad>& A) {
  const Eigen::LLT<MatrixOf<Quad>> llt(A);
  if (llt.info() != Eigen::Success) return false;
  A = llt.matrixL();
  return A.diagonal().allFinite();
}

template <>
void solve_lower_in_place<double>(ConstMatrixRef L, Op op, MatrixRef B) {
  if (B.size() == 0) return;
  if (B.cols() == 1) {
    cblas_dtrsv(CblasColMajor, CblasLower, op == Op::kNone ? CblasNoTrans : CblasTrans,
                CblasNonUnit, as_int(B.rows()), L.data(),
                as_int(std::max(L.rows(), L.outerStride())), B.data(), 1);
    return;
  }
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, op == Op::kNone ? CblasNoTrans : CblasTrans,
              CblasNonUnit, as_int(B.rows()), as_int(B.cols()), 1.0, L.data(),
              as_int(std::max(L.rows(), L.outerStride())), B.data(),
              as_int(std::max(B.rows(), B.outerStride())));
}

template <>
void solve_lower_in_place<Quad>(ConstMatrixRefOf<Quad> L, Op op, MatrixRefOf<Quad> B) {
  const auto lower = L.triangularView<Eigen::Lower>();
  if (op == Op::kNone) {
    lower.solveInPlace(B);
  } else {
    lower.transpose().solveInPlace(B);
  }
}

void solve_lower_from_right_in_place(ConstMatrixRef L, MatrixRef B) {
  if (B.size() == 0) return;
  cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, as_int(B.rows()),
              as_int(B.cols()), 1.0, L.data(), as_int(std::max(L.rows(), L.outerStride())),
              B.data(), as_int(std::max(B.rows(), B.outerStride())));
}

int lapack_tridiagonal_eigenpairs(Vector diagonal, Vector off_diagonal, Index first, Index last,
                                  Vector& values, Matrix& vectors) {
  const int n = as_int(diagonal.size());
  const Index count = last - first + 1;
  off_diagonal.conservativeResize(n);  // dstevr wants n entries of room
  Vector all(n);
  vectors.resize(n, count);
  std::vector<int> support(static_cast<std::size_t>(2 * count));
  int found = 0;
  const int info = LAPACKE_dstevr(LAPACK_COL_MAJOR, 'V', 'I', n, diagonal.data(),
                                  off_diagonal.data(), 0, 0, as_int(first + 1), as_int(last + 1), 0,
                                  &found, all.data(), vectors.data(), n, support.data());
  values = all.head(count);
  return info != 0 || found == count ? info : n;
}

}  // namespace saddlescope

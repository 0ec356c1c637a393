// Every LAPACK routine of the library, as plain functions on matrices. No input checks here: the
// callers are dense_spectrum, inertia, block_tridiagonal, saddle/symmetry and what solves with a
// Cholesky factor.
//
// Only lower triangles are read. One BLAS thread always.
#pragma once

#include <vector>

#include "saddlescope/base/types.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

// Eigenvalues, ascending, of the n x n symmetric A, which is overwritten. Returns LAPACK's info: 0,
// or positive when the iteration did not converge.
enum class EigenRoutine { kDivideAndConquer, kTwoStage };  // dsyevd, dsyevd_2stage
[[nodiscard]] int lapack_eigenvalues(EigenRoutine routine, Matrix& A, Vector& values);

// dsyevd with vectors: A becomes the orthonormal eigenvectors. n <= 32,766 (32-bit work sizes).
[[nodiscard]] int lapack_eigenpairs(Matrix& A, Vector& values);

// dgesdd: A = U diag(sigma) V' (m x n), sigma descending, min(m, n) of them, and as many columns of
// U. A is overwritten. Returns info as above. Eigen's BDCSVD is no alternative: 3.4 reads out of
// bounds on matrices with many zeros.
[[nodiscard]] int lapack_left_singular_vectors(Matrix& A, Vector& sigma, Matrix& U);

// dsytrf: A = L D L' with pivots; the blocks of D stand in the lower triangle. pivots[k] < 0 marks
// both rows of a 2 x 2 block. A zero block of D leaves the factorisation complete.
void lapack_bunch_kaufman(Matrix& A, std::vector<int>& pivots);

// Overwrites A with L, A = L L', zeros above the diagonal. Returns false, A undefined, if a pivot
// is not positive (NaN included). double: dpotrf; Quad: Eigen.
template <class T>
[[nodiscard]] bool cholesky_in_place(MatrixOf<T>& A);

// B becomes L^{-1} B, or L^{-T} B with Op::kTranspose; L is lower triangular with a non-zero
// diagonal. double: dtrsm, for a single column dtrsv, which copies no matrix.
template <class T>
void solve_lower_in_place(ConstMatrixRefOf<T> L, Op op, MatrixRefOf<T> B);

// B becomes B L^{-T}.
void solve_lower_from_right_in_place(ConstMatrixRef L, MatrixRef B);

// The eigenpairs with indices first .. last (from 0, ascending) of the symmetric tridiagonal matrix
// of size n >= 1 with that diagonal and off-diagonal (n - 1): dstevr, O(n) each. Vectors are
// columns. Returns info.
[[nodiscard]] int lapack_tridiagonal_eigenpairs(Vector diagonal, Vector off_diagonal, Index first,
                                                Index last, Vector& values, Matrix& vectors);

}  // namespace saddlescope

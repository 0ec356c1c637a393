#include "saddlescope/linalg/verified_solve.hpp"

#include <algorithm>

#include <Eigen/LU>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

template <class T>
Summary check_system(const IntervalMatrixOf<T>& A, const IntervalMatrixOf<T>& B) {
  const Index n = A.rows();
  require(n >= 1 && A.cols() == n, "verified solve: expected a square matrix, got {} x {}", n,
          A.cols());
  require(B.rows() == n, "verified solve: expected right-hand sides of {} rows, got {}", n,
          B.rows());
  if (!subnormals_are_kept())
    return {Status::kRefused, "verified solve: the processor flushes subnormals to zero"};
  if (!A.is_bounded() || !B.is_bounded())
    return {Status::kNotFinite, "verified solve: an entry of A or b has no bounds"};
  return {};
}

// G = I - R A and its norm, or why they prove nothing.
struct Contraction {
  IntervalMatrix G;
  double norm = 0;
  Summary summary;
};

Contraction contraction(const Matrix& R, const Matrix& X, const IntervalMatrix& A) {
  Contraction out;
  if (!R.allFinite() || !X.allFinite()) {
    out.summary = {Status::kUndecided, "verified solve: not verified, no finite inverse in double"};
    return out;
  }
  out.G = IntervalMatrix::identity(A.rows()) - IntervalMatrix(R) * A;
  out.norm = row_sum_norm(out.G);
  if (!(out.norm < 1))
    out.summary = {
        Status::kUndecided,
        fmt::format("verified solve: not verified, |I - R A| <= {:.3g} is not below 1", out.norm)};
  return out;
}

// The error d = z + G d for z in Z, column by column.
IntervalMatrix error_of(const IntervalMatrix& Z, const Contraction& contraction) {
  const Index n = Z.rows();
  IntervalMatrix out(Z);
  for (Index j = 0; j < Z.cols(); ++j) {
    double largest = 0;
    for (Index i = 0; i < n; ++i) largest = std::max(largest, Z(i, j).magnitude());
    const double delta = (Interval(largest) / (Interval(1) - contraction.norm)).upper();
    for (Index i = 0; i < n; ++i)
      for (Index k = 0; k < n; ++k) out(i, j) += contraction.G(i, k) * Interval(-delta, delta);
  }
  return out;
}

template <class T>
VerifiedSolutionOf<T> checked(VerifiedSolutionOf<T> out) {
  if (out.x.is_bounded()) return out;
  out.x = {};
  out.summary = {Status::kNotFinite, "verified solve: the solution overflows"};
  return out;
}

}  // namespace

VerifiedSolution verified_solve(const IntervalMatrix& A, const IntervalMatrix& B) {
  VerifiedSolution out;
  out.summary = check_system(A, B);
  if (!out.summary.ok()) return out;
  const Matrix A_mid = A.mid();
  const Matrix B_mid = B.mid();
  const Matrix R = A_mid.partialPivLu().inverse();
  Matrix X = R * B_mid;
  X += R * (B_mid - A_mid * X);
  const Contraction bound = contraction(R, X, A);
  out.contraction = bound.norm;
  out.summary = bound.summary;
  if (!out.summary.ok()) return out;
  const IntervalMatrix x(X);
  out.x = x + error_of(IntervalMatrix(R) * (B - A * x), bound);
  return checked(std::move(out));
}

PreciseVerifiedSolution verified_solve(const PreciseIntervalMatrix& A,
                                       const PreciseIntervalMatrix& B) {
  PreciseVerifiedSolution out;
  out.summary = check_system(A, B);
  if (!out.summary.ok()) return out;
  const IntervalMatrix A_near = enclosure(A);
  const Matrix R = A_near.mid().partialPivLu().inverse();
  const Matrix X = R * B.mid();
  const Contraction bound = contraction(R, X, A_near);
  out.contraction = bound.norm;
  out.summary = bound.summary;
  if (!out.summary.ok()) return out;

  // x~ = X + correction, both exact; residuals of both parts are formed apart, so that a product
  // with the small one costs no digits.
  const PreciseIntervalMatrix x(X);
  const PreciseIntervalMatrix residual = B - A * x;
  Matrix correction = R * residual.mid();
  correction += R * (residual - A * PreciseIntervalMatrix(correction)).mid();
  if (!correction.allFinite()) correction.setZero();
  const PreciseIntervalMatrix small(correction);
  const IntervalMatrix rest = enclosure(residual - A * small);
  out.x = x + small + precise(error_of(IntervalMatrix(R) * rest, bound));
  return checked(std::move(out));
}

}  // namespace saddlescope

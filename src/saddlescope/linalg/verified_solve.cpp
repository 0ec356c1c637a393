#include "saddlescope/linalg/verified_solve.hpp"

#include <algorithm>

#include <Eigen/LU>

#include "saddlescope/base/require.hpp"

namespace saddlescope {

VerifiedSolution verified_solve(const IntervalMatrix& A, const IntervalMatrix& B) {
  const Index n = A.rows();
  require(n >= 1 && A.cols() == n, "verified solve: expected a square matrix, got {} x {}", n,
          A.cols());
  require(B.rows() == n, "verified solve: expected right-hand sides of {} rows, got {}", n,
          B.rows());
  VerifiedSolution out;
  if (!subnormals_are_kept()) {
    out.summary = {Status::kRefused, "verified solve: the processor flushes subnormals to zero"};
    return out;
  }
  if (!A.is_bounded() || !B.is_bounded()) {
    out.summary = {Status::kNotFinite, "verified solve: an entry of A or b has no bounds"};
    return out;
  }
  const Matrix A_mid = A.mid();
  const Matrix B_mid = B.mid();
  const Matrix R = A_mid.partialPivLu().inverse();
  Matrix X = R * B_mid;
  X += R * (B_mid - A_mid * X);
  if (!R.allFinite() || !X.allFinite()) {
    out.summary = {Status::kUndecided, "verified solve: not verified, no finite inverse in double"};
    return out;
  }
  const IntervalMatrix inverse(R);
  const IntervalMatrix G = IntervalMatrix::identity(n) - inverse * A;
  out.contraction = row_sum_norm(G);
  if (!(out.contraction < 1)) {
    out.summary = {Status::kUndecided,
                   fmt::format("verified solve: not verified, |I - R A| <= {:.3g} is not below 1",
                               out.contraction)};
    return out;
  }
  IntervalMatrix x(X);
  const IntervalMatrix Z = inverse * (B - A * x);
  for (Index j = 0; j < B.cols(); ++j) {
    double largest = 0;
    for (Index i = 0; i < n; ++i) largest = std::max(largest, Z(i, j).magnitude());
    const double delta = (Interval(largest) / (Interval(1) - out.contraction)).upper();
    for (Index i = 0; i < n; ++i) {
      Interval error = Z(i, j);
      for (Index k = 0; k < n; ++k) error += G(i, k) * Interval(-delta, delta);
      x(i, j) += error;
    }
  }
  if (!x.is_bounded()) {
    out.summary = {Status::kNotFinite, "verified solve: the solution overflows"};
    return out;
  }
  out.x = std::move(x);
  return out;
}

}  // namespace saddlescope

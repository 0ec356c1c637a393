// A linear system solved with proof: an enclosure of the exact solution.
//
// For a real n x n matrix A with an approximate inverse R and an approximate solution x~ of A x = b
// (both plain doubles, of any quality), the error d = x - x~ obeys
//
//   d = R (b - A x~) + (I - R A) d = z + G d.
//
// If the row-sum norm g = |G| < 1, R and A are nonsingular, |d_i| <= delta = max_i |z_i| / (1 - g),
// and once more through the equation, d_i in z_i + sum_j G_ij [-delta, delta]. Everything on the
// right is enclosed in interval arithmetic, for every A and b of interval data at once. Width:
// about n eps cond(A) |x| plus what the widths of A and b force. Cost: n^3 interval operations, and
// 3 n^2 per right-hand side.
//
// With PreciseInterval data, x~ is an unevaluated sum of two doubles: x_0, and what two corrections
// by R (b - A x~) add to it. The residual is enclosed in PreciseInterval, the rest in Interval, and
// the width falls by another factor of about n eps cond(A).
#pragma once

#include "saddlescope/base/summary.hpp"
#include "saddlescope/linalg/interval_matrix.hpp"

namespace saddlescope {

template <class T>
struct VerifiedSolutionOf {
  IntervalMatrixOf<T> x;   // n x k; 0 x 0 unless summary.ok()
  double contraction = 0;  // upper bound of g
  Summary summary;  // kUndecided: g < 1 could not be shown, so a matrix of A may be singular;
                    // kNotFinite: an entry of A or b has no bounds;
                    // kRefused: this processor flushes subnormals, nothing can be enclosed
};
using VerifiedSolution = VerifiedSolutionOf<Interval>;
using PreciseVerifiedSolution = VerifiedSolutionOf<PreciseInterval>;

// A: n x n, B: n x k, a right-hand side per column; n >= 1. Throws std::invalid_argument on other
// shapes.
[[nodiscard]] VerifiedSolution verified_solve(const IntervalMatrix& A, const IntervalMatrix& B);
[[nodiscard]] PreciseVerifiedSolution verified_solve(const PreciseIntervalMatrix& A,
                                                     const PreciseIntervalMatrix& B);

}  // namespace saddlescope

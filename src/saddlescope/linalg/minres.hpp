// The pseudo-inverse solution of A x = b by MINRES, for a symmetric A that may be indefinite and
// singular and a b that may lie outside its range.
//
// Lanczos builds A V_k = V_{k+1} T_k from v_1 = b/|b|, and MINRES takes the x_k in the span of V_k
// with the least residual r_k = b - A x_k (Paige and Saunders 1975). Two cases end it:
//
//   b in the range of A       r_k -> 0, and x_k has no component in the null space: x_k -> A^+ b
//   b outside of it           A r_k -> 0 while r_k does not: x_k is a least-squares solution whose
//                             null-space component lies along r_k, and the lifting
//                               x_k - (r_k'x_k/|r_k|^2) r_k -> A^+ b
//                             takes it out [Liu and Roosta 2023, arXiv 2309.17096]
//
// Recurrences of the scalars give |r_k|, |A r_{k-1}| and the curvature of r_{k-1}
//
//   r_{k-1}' A r_{k-1} = -|r_{k-1}|^2 c_{k-1} gamma_k,
//
// with c_{k-1} the cosine of the last Givens rotation and gamma_k the pivot it leaves, at no cost.
// |A| is estimated from below by the largest column of T_k. All tests are homogeneous in A and in
// b, so that c A has the solution x/c.
//
// Cost: one product an iteration, 8 n flops, and 4 n k for the reorthogonalisation of v_{k+1}.
#pragma once

#include <string>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/linalg/symmetric_operator.hpp"

namespace saddlescope {

struct MinresOptions {
  // > 0: |r| <= residual_tolerance (|A| |x| + |b|) is a solution.
  double residual_tolerance = 1e-14;
  // > 0: |A r| <= least_squares_tolerance |A| |r| is a least-squares solution; never below 10 n
  // eps. Eigenvalues below this times |A| count as zero.
  double least_squares_tolerance = 1e-12;
  Index max_iterations = 0;  // >= 0; 0: 2 n + 10
  // Keeps the basis (n x k) and orthogonalises against it twice: the Krylov space then ends in
  // exact arithmetic's number of steps, as many as A has distinct eigenvalues in b.
  bool reorthogonalise = true;
  // Ends at the first residual with r'A r <= 0 and returns the x that leaves it.
  bool stop_at_nonpositive_curvature = false;
};

enum class MinresEnd {
  kSolution,
  kLeastSquares,
  kNonPositiveCurvature,  // only where the options ask to stop there
  kIterationLimit,
  kNotFinite,  // a product had a NaN or Inf
};
[[nodiscard]] std::string name(MinresEnd end);

struct MinresResult {
  Vector x;
  MinresEnd end = MinresEnd::kIterationLimit;
  bool lifted = false;
  double residual = 0;         // |b - A x|, from a product
  double normal_residual = 0;  // |A (b - A x)|, from a product
  double norm = 0;             // the estimate of |A|, a lower bound of |A|_2
  Index iterations = 0;
  Index products = 0;
  // The first residual with r'A r <= 0, if there was one: |.| = 1, and its Rayleigh quotient.
  bool nonpositive_curvature = false;
  Vector curvature_direction = {};
  double curvature = 0;
  Summary summary;  // kNotConverged, kNotFinite; ok at a solution, a least-squares solution and a
                    // stop at non-positive curvature
};

// Throws std::invalid_argument if b does not fit A or holds a NaN or Inf, or an option breaks its
// inequality.
[[nodiscard]] MinresResult minres(const AnySymmetricOperator& A, ConstVectorRef b,
                                  const MinresOptions& options = {});

}  // namespace saddlescope

// Matrix products whose rounding is that of a short sum.
//
// A dot product of k terms summed in any order errs by up to gamma_k = k u/(1 - k u) times the sum
// of the terms' magnitudes (u = 2^-53; Higham 2002, section 3.1), and no more is known of what BLAS
// does. Cut into chunks of 32 terms, whose sums are then added six at a time and those in turn, no
// term passes through more than a few dozen roundings: 44 instead of 1024 at k = 1024, at the price
// of shorter calls to DGEMM. Proofs by factorisation rest on it (inference/definiteness.hpp).
#pragma once

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

// C += alpha op(A) op(B); alpha = +-1 or exact enough to count as one rounding.
void add_product_in_short_sums(double alpha, ConstMatrixRef A, Op op_a, ConstMatrixRef B, Op op_b,
                               MatrixRef C);

// For an inner dimension k: roundings that a term passes through before its sum is added to C, and
// additions to C.
struct SummationDepth {
  Index inside = 0;
  Index additions = 0;
};
[[nodiscard]] SummationDepth summation_depth(Index k);

// gamma_k = k u/(1 - k u), which bounds |(1 + d_1)..(1 + d_k) - 1| for |d_i| <= u.
[[nodiscard]] double rounding_gamma(Index k);

}  // namespace saddlescope

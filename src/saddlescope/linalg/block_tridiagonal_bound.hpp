// Proved bounds of the extreme eigenvalues of a block-tridiagonal symmetric matrix.
//
// If the block Cholesky factor R'R of H - s I exists in floating point, R'R is positive definite
// exactly and H - s I = R'R + E with |E| <= gamma_K |R|'|R| entry by entry, K the longest sum
// (Higham 2002, theorem 10.3). |R|'|R| is positive semidefinite, block tridiagonal, and its
// diagonal blocks have the traces of H - s I to 1 + gamma_K: |E|_2 <= 3 gamma_K max_k
// trace_k/(1 - gamma_K). Hence lambda_min(H) >= s - |E|_2. A Rayleigh quotient after inverse
// iterations says which s to try. The largest eigenvalue likewise, from s I - H.
#pragma once

#include <optional>

#include "saddlescope/linalg/block_tridiagonal.hpp"

namespace saddlescope {

struct SmallestEigenvalue {
  double below = 0;  // proved: at most the true one (of the matrix as stored)
  double above = 0;  // a Rayleigh quotient: at least the true one, to rounding
};

// nullopt where H has no Cholesky factor: its smallest eigenvalue is then at most the rounding of
// the factorisation. `below` is within 1 % of `above` where the inverse iteration has converged,
// and may be <= 0, which proves nothing. Cost: a few factorisations, 7/3 n^3 flops a block each.
[[nodiscard]] std::optional<SmallestEigenvalue> smallest_eigenvalue(
    const BlockTridiagonal<double>& H);

struct LargestEigenvalue {
  double below = 0;  // a Rayleigh quotient: at most the true one, to rounding
  double above = 0;  // proved: at least the true one (of the matrix as stored)
};

// Power iteration, 4 n^2 flops a block and step, then a few factorisations. `above` is within 1 % of
// `below` where the iteration has converged, which needs H positive semidefinite; else it is a
// multiple of it or the largest row sum.
[[nodiscard]] LargestEigenvalue largest_eigenvalue(const BlockTridiagonal<double>& H);

}  // namespace saddlescope

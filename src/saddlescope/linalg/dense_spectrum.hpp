// Eigenvalues of dense real symmetric matrices by LAPACK, always in ascending order.
//
// Only the lower triangle is read. Values only: dsyevd below n = 2000, the two-stage dsyevd_2stage
// above; n^3 4/3 flops. Pairs: dsyevd. Computed eigenvalues are those of H + E with
// |E|_2 <= eigenvalue_error_bound(n, |H|_2) (backward stability, LAPACK Users' Guide 4.7).
// Matrices of entries outside [1e-140, 1e140] are scaled by a power of two first, so the spectrum
// of c H is c times that of H down to the smallest normal numbers.
#pragma once

#include "saddlescope/base/types.hpp"

namespace saddlescope {

struct Eigenpairs {
  Vector values;   // ascending
  Matrix vectors;  // column i belongs to values[i]; orthonormal
};

// H by value: it is overwritten. Throws std::invalid_argument if H is not square or has a NaN or
// Inf (dsyevd would return info = 0); std::runtime_error if LAPACK does not converge.
[[nodiscard]] Vector symmetric_eigenvalues(Matrix H);
[[nodiscard]] Eigenpairs symmetric_eigenpairs(Matrix H);

// n eps norm: the size of a perturbation of H that rounding in the eigen-solver amounts to.
[[nodiscard]] double eigenvalue_error_bound(Index n, double norm);

}  // namespace saddlescope

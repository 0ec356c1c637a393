// Exact scaling by a power of two, where the squares of entries would overflow or underflow.
#pragma once

#include "saddlescope/base/types.hpp"

namespace saddlescope {

// If the largest |entry| of the lower triangle of A is outside [1e-140, 1e140] (and not zero),
// multiplies A by 2^k, exactly, so that it falls in [1, 2), and returns k; otherwise returns 0.
// A has finite entries below the diagonal; the upper triangle is not kept.
[[nodiscard]] int scale_into_safe_range(Matrix& A);

// |v|_2 and the norms of the columns of A, without overflow or underflow of the squares. Eigen's own
// stableNorm() asserts on the 64-byte alignment that this library is built with.
[[nodiscard]] double scaled_norm(ConstVectorRef v);
[[nodiscard]] Vector column_norms(ConstMatrixRef A);

}  // namespace saddlescope

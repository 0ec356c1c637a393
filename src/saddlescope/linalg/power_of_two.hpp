// Exact scaling by a power of two of matrices whose entries LAPACK could not square safely.
#pragma once

#include "saddlescope/base/types.hpp"

namespace saddlescope {

// If the largest |entry| of the lower triangle of A is outside [1e-140, 1e140] (and not zero),
// multiplies A by 2^k, exactly, so that it falls in [1, 2), and returns k; otherwise returns 0.
// A has finite entries below the diagonal; the upper triangle is not kept.
[[nodiscard]] int scale_into_safe_range(Matrix& A);

}  // namespace saddlescope

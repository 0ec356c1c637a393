// dF/dz from its definition with a small proved error, for certificates and refinement.
//
//   e_l = z_l - A_l z_{l-1},   g_l = pi_l e_l - pi_{l+1} A_{l+1}' e_{l+1} + alpha z_l
//
// At an equilibrium the terms of g cancel, and in double their rounding, n eps |H_z| |z|, is all
// that is left. Here products are linalg/split_product.hpp's and sums are carried as unevaluated
// pairs, so what is left is about n eps 2^-23 |H_z| |z| + eps |g|. Cost: three times a gradient.
#pragma once

#include "saddlescope/inference/activity_operator.hpp"

namespace saddlescope {

struct PreciseGradient {
  Matrix g;      // dim x N
  Vector error;  // of each column in the 2-norm, a bound; infinite where g is not finite
};

// x is d_x x N, y is d_y x N, z is dim x N.
[[nodiscard]] PreciseGradient precise_gradient(const ActivityOperator& op, ConstMatrixRef x,
                                               ConstMatrixRef y, ConstMatrixRef z);

}  // namespace saddlescope

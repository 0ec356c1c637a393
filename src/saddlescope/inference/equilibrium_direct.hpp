// Equilibria without iterating. Internal to inference/.
#pragma once

#include "saddlescope/base/summary.hpp"
#include "saddlescope/inference/activity_operator.hpp"
#include "saddlescope/linalg/block_tridiagonal.hpp"

namespace saddlescope {

struct DirectSolution {
  Matrix z;         // dim x N; zeros where the summary is not ok
  Summary summary;  // kRefused: S or H_z has lost its definiteness to rounding
};

// [S] Thm 1, alpha = 0: one forward pass, a d_y x d_y solve, one backward pass
// (energy/linear_state.hpp).
[[nodiscard]] DirectSolution closed_form_equilibrium(const Architecture& architecture,
                                                     const Vector& theta, ConstMatrixRef x,
                                                     ConstMatrixRef y);

// z = H_z^{-1} b by the factor, then z - H_z^{-1} g(z) with the gradient in more than double
// (inference/precise_gradient.hpp), which leaves an error of about eps |z| while
// n eps kappa < 1. 8 n^2 flops a layer and sample.
[[nodiscard]] Matrix block_equilibrium(const ActivityOperator& op,
                                       const BlockTridiagonalCholesky<double>& factor,
                                       ConstMatrixRef x, ConstMatrixRef y);

}  // namespace saddlescope

// What the whole spectrum of the activity Hessian says of conjugate gradients, where it is small
// enough to be found (inference/conjugate_gradient_path.hpp).
#pragma once

#include <optional>

#include "saddlescope/inference/conjugate_gradient_path.hpp"
#include "saddlescope/inference/equilibrium.hpp"
#include "saddlescope/network/network_file.hpp"

namespace saddlescope::analysis {

// Beyond it the eigenpairs, n^3, take longer than the solve.
inline constexpr Index kMostForPath = 2000;

// Of the sample that `run` traced, for as many steps; empty for a dimension beyond kMostForPath, a
// run without a trace, and where rounding leaves an eigenvalue <= 0. x, y: all samples.
[[nodiscard]] std::optional<ConjugateGradientPath> predict_conjugate_gradients(
    const Network& network, const Matrix& x, const Matrix& y, ActivityStart start,
    const Equilibrium& run);

}  // namespace saddlescope::analysis

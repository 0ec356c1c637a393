// The tangent space of an orbit from any generators, as saddle/symmetry.hpp makes that of GL.
#pragma once

#include "saddlescope/saddle/symmetry.hpp"

namespace saddlescope {

// The range of G(theta) (p x k), affine in theta with |G(dtheta) x| <= 2 |dtheta| |x|
// (saddle/rescaling.hpp's are); rank and threshold as of symmetry_space(). No columns: rank 0.
// Throws std::invalid_argument unless theta_error is finite and >= 0.
[[nodiscard]] SymmetrySpace tangent_space(Matrix directions, double theta_error);

}  // namespace saddlescope

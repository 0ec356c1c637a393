// Points on the GL orbit of a critical point: all of them critical with the same value, for loss
// and energy (saddle/symmetry.hpp), though the Hessian's other eigenvalues differ.
#pragma once

#include <vector>

#include "saddlescope/base/random.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// M_l = U_l diag(m) V_l', U_l and V_l Haar-orthogonal, m log-uniform on [1/sqrt(c), sqrt(c)] with c
// = `condition` >= 1, so that cond(M_l) <= c; c = 1 gives orthogonal elements.
[[nodiscard]] std::vector<Matrix> random_group_element(const Architecture& architecture,
                                                       double condition, RandomStream& stream);

// act() by such an element.
[[nodiscard]] Vector random_orbit_point(const Architecture& architecture, const Vector& theta,
                                        double condition, RandomStream& stream);

// M_l = exp(s X_l) for L - 1 generators X_l (n_l x n_l): the point of a one-parameter subgroup,
// whose tangent at s = 0 is symmetry_directions() times X. With diagonal X_l the units are scaled.
[[nodiscard]] Vector orbit_path(const Architecture& architecture, const Vector& theta,
                                const std::vector<Matrix>& generators, double s);

}  // namespace saddlescope

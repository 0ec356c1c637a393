// The predictive-coding energy of a linear network as a function of its activities, from its
// definition:
//
//   F(z, theta) = sum_{l=1}^{L} F_l,   F_l = pi_l/2 <|z_l - A_l z_{l-1}|^2>,   z_0 = x, z_L = y.
//
// The slow, plain route that the closed forms of energy/linear_state.hpp are checked against.
#pragma once

#include <vector>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// F_1 .. F_L, in layer order, at the stacked activities z = (z_1; ..; z_{L-1}), one column per data
// column.
template <class T>
[[nodiscard]] VectorOf<T> layer_energies(const Architecture& architecture, const VectorOf<T>& theta,
                                         const DataFactor<T>& data, const MatrixOf<T>& z);

// dF/dz, the same shape as z: pi_l e_l - pi_{l+1} A_{l+1}' e_{l+1}, e_l = z_l - A_l z_{l-1}.
template <class T>
[[nodiscard]] MatrixOf<T> activity_gradient(const Architecture& architecture,
                                            const VectorOf<T>& theta, const DataFactor<T>& data,
                                            const MatrixOf<T>& z);

}  // namespace saddlescope

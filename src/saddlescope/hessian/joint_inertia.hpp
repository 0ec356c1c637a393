// The inertia of the Hessian of F* without its eigenvalues and without its closed form.
//
// H(F*) is the Schur complement of the joint Hessian of F(z, theta) with respect to z, and F_zz is
// positive definite, so (Haynsworth) the joint Hessian J(t) with -t I added to its theta block has
// as many negative eigenvalues as H - t I. They are counted from the Bunch-Kaufman factors of J.
#pragma once

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/linalg/inertia.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// The dimension of J: p + m (n_1 + .. + n_{L-1}) for m data columns. Memory 8 dim^2 bytes, dim^3/3
// flops.
[[nodiscard]] Index joint_dimension(const Architecture& architecture, Index data_columns);

// Throws std::invalid_argument on shapes that do not match; threshold >= 0.
[[nodiscard]] Inertia joint_inertia(const Architecture& architecture,
                                    const DataFactor<double>& data, const Vector& theta,
                                    double threshold);

}  // namespace saddlescope

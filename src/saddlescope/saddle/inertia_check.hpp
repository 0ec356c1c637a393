// Independent counts of the signs of eigenvalues: by which threshold two routes can be compared,
// and how far off each may be.
#pragma once

#include <optional>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// The least of 4 error, 8 error, 16 error, .. that no |eigenvalue| comes nearer to than `error`:
// the numbers of eigenvalues below and above it are then certain on both routes. Nothing where that
// exceeds 1e-3 of the largest |eigenvalue|: a comparison that calls so much zero could not fail.
[[nodiscard]] std::optional<double> threshold_in_gap(const Vector& eigenvalues, double error);

// Bunch-Kaufman's backward error is p^2 eps |H| times a growth factor that is small in practice
// (Higham, section 11.1); 16 allows for it.
[[nodiscard]] double bunch_kaufman_error(Index dimension, double norm);

// An error dJ of the joint Hessian J moves its Schur complement by at most |dJ| (1 + |F_zz^{-1}|
// |F_z theta|)^2. Norms: |F_z theta| <= sum_l a_l (pi_l |z_{l-1}| (1 + |A_l|) + |e~_l|), and
// |F_theta theta| <= sum_l pi_l a_l^2 |z_{l-1}|^2.
[[nodiscard]] double joint_inertia_error(const Architecture& architecture,
                                         const DataFactor<double>& data, const Vector& theta);

}  // namespace saddlescope

// The definitions of a linear network's energies, written out plainly: the independent side of the
// claims, kept apart from the library's own evaluation.
#pragma once

#include <vector>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/network/architecture.hpp"
#include "saddlescope/theory/predicted_spectrum.hpp"

namespace saddlescope::analysis {

inline constexpr LinearObjective kBothObjectives[] = {LinearObjective::kMse,
                                                      LinearObjective::kEnergy};

// "mse" or "energy", as Objective::name().
[[nodiscard]] std::string name(LinearObjective objective);

template <class T>
[[nodiscard]] std::unique_ptr<Objective<T>> make_objective(LinearObjective objective,
                                                           const Architecture& architecture,
                                                           const DataFactor<T>& data);

// The objective's point at theta; throws std::invalid_argument with the summary's message when there
// is none.
template <class T>
[[nodiscard]] std::unique_ptr<const Point<T>> point_at(LinearObjective objective,
                                                       const Architecture& architecture,
                                                       const DataFactor<T>& data,
                                                       const VectorOf<T>& theta);

// S = I/lambda + sum_{l=2}^{L} A_{L:l} A_{L:l}'/pi_{l-1}    (d_y x d_y)
[[nodiscard]] Matrix schur_matrix(const Architecture& architecture,
                                  const std::vector<Matrix>& maps);

// Of a symmetric positive definite matrix, from its extreme eigenvalues.
[[nodiscard]] double condition_number(const Matrix& H);

// The layers' activities in a stacked (n_1 + .. + n_{L-1}) x m matrix: z_1 first. Entry l of the
// result is z_l, with z_0 = x and z_L = y.
[[nodiscard]] std::vector<Matrix> all_activities(const Architecture& architecture,
                                                 const DataFactor<double>& data,
                                                 const Matrix& hidden);

// e_l = z_l - A_l z_{l-1}; entry l - 1 of the result.
[[nodiscard]] std::vector<Matrix> layer_errors(const std::vector<Matrix>& maps,
                                               const std::vector<Matrix>& activities);

}  // namespace saddlescope::analysis

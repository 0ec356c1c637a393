// Hessian spectra that theory predicts in closed form: from the second moments, the scales and a
// few singular values, without evaluating an objective.
//
// Known: L = 1 anywhere; the origin for every L; zero-rank points with A_1 = 0 and A_L = 0 whose
// middle product A_{L-1:2} is zero, or for L = 3 (any W_2), which covers the published 'all zero
// but the penultimate'.
#pragma once

#include <optional>
#include <string>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

struct PredictedSpectrum {
  Vector eigenvalues;  // p, ascending
  std::string source;  // e.g. "[S] Thm 2, origin, L >= 3"
};

[[nodiscard]] std::optional<PredictedSpectrum> predicted_spectrum(LinearObjective objective,
                                                                  const Architecture& architecture,
                                                                  const Vector& theta,
                                                                  const SecondMoments& moments);

// The upper bound of lambda_min(H(F*)) at a zero-rank point with A_{L-1:1} = 0 and A_L = 0 ([S] Thm
// 3):
//   -a_L^2 lambda^2 lambda_max(I/pi_{L-1} + sum_l A_{L-1:l} A_{L-1:l}'/pi_{l-1})
//   lambda_max(Sigma_yy).
// nullopt at other points.
[[nodiscard]] std::optional<double> zero_rank_bound(const Architecture& architecture,
                                                    const Vector& theta,
                                                    const SecondMoments& moments);

}  // namespace saddlescope

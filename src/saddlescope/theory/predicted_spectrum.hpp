// Hessian spectra that theory predicts: from second moments, scales and a few singular values,
// without evaluating an objective.
//
// One layer: a_1^2 Sigma_xx (x) I for the loss, lambda times that for the energy, at every point.
//
// Rank zero with A_1 = 0 and A_L = 0 (L >= 2): with C = A_{L-1:2} (identity for L = 2) and
// M = sum_{l=1}^{L-1} A_{L-1:l+1} A_{L-1:l+1}'/pi_l, all blocks of the Hessian vanish but
//
//   (H V)_1 = -a_1 a_L lambda C' V_L' Sigma_yx
//   (H V)_L = -a_1 a_L lambda Sigma_yx V_1' C' - a_L^2 lambda^2 Sigma_yy V_L M
//
// for the energy; lambda = 1 and M = 0 give the loss [D], from the block formula of
// hessian/linear_hessian.hpp. Where C C' and M commute, with joint eigenpairs s_i^2 and mu_i, it
// splits into n_{L-1} matrices of size d_x + d_y,
//
//   [  0                             -a_1 a_L lambda s_i Sigma_xy  ]
//   [ -a_1 a_L lambda s_i Sigma_yx   -a_L^2 lambda^2 mu_i Sigma_yy ]
//
// (of size d_y, the last block alone, where s_i = 0),
//
// and zeros. They commute at the origin, with skips or without ([S] for L = 2 and L >= 3 without
// skips), for L = 3 at any W_2, and whenever C = 0: the published 'all zero but the penultimate
// weight' is always covered.
#pragma once

#include <optional>
#include <string>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

struct PredictedSpectrum {
  Vector eigenvalues;  // p, ascending
  std::string source;  // the theorem that applies
};

// nullopt where no formula above applies.
[[nodiscard]] std::optional<PredictedSpectrum> predicted_spectrum(LinearObjective objective,
                                                                  const Architecture& architecture,
                                                                  const Vector& theta,
                                                                  const SecondMoments& moments);

// The upper bound of lambda_min(H(F*)) at a point with A_{L-1:1} = 0 and A_L = 0 (L >= 2) of [S]:
//   -a_L^2 lambda^2 lambda_max(I/pi_{L-1} + sum_{l=2}^{L-1} A_{L-1:l} A_{L-1:l}'/pi_{l-1})
//   lambda_max(Sigma_yy).
// nullopt at other points.
[[nodiscard]] std::optional<double> zero_rank_bound(const Architecture& architecture,
                                                    const Vector& theta,
                                                    const SecondMoments& moments);

}  // namespace saddlescope

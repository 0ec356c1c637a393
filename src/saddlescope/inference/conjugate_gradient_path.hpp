// Conjugate gradients on F(z) = 1/2 z' H z - b' z in exact arithmetic, predicted from the spectrum:
// their polynomial depends on the eigenvalues of H and on the start's share in each eigenvector.
//
//   e_k = z_k - z* = p_k(H) e_0,   p_k = argmin over polynomials p of degree k with p(0) = 1 of
//   |p(H) e_0|_H^2 = sum_i lambda_i (p(lambda_i) c_i)^2,   c_i = v_i' e_0   [Hestenes & Stiefel 1952]
//
// Chebyshev's bound 2 ((sqrt(kappa) - 1)/(sqrt(kappa) + 1))^k knows kappa alone; this is the fall
// itself, for as long as rounding leaves residuals orthogonal enough to follow exact arithmetic.
#pragma once

#include <optional>
#include <vector>

#include "saddlescope/inference/equilibrium.hpp"

namespace saddlescope {

struct ConjugateGradientPath {
  std::vector<double> gradient_norms;  // |H e_k|, k = 0, 1, ...
  std::vector<double> energy_gaps;     // F(z_k) - F* = |e_k|_H^2/2
  double rounding = 0;                 // n eps |g_0|: smaller norms are noise
};

// The n eigenvalues, > 0, and the n components c of the start's error; at most `steps` steps, none
// beyond a gap of eps^2 of the first, and none beyond where the same recurrence without
// reorthogonalisation departs from it by 1e-4: from there on rounding delays a real iteration, whose
// products round more and whose departure is then some per cent at most. 2 n k^2 flops, n k doubles
// for k steps. Throws std::invalid_argument for lengths that differ, eigenvalues <= 0 and NaN.
[[nodiscard]] ConjugateGradientPath conjugate_gradient_path(const Vector& eigenvalues,
                                                            const Vector& components, Index steps);

// The mean factor per step, (|g_K|/|g_0|)^(1/K), of the path and of a run from the same start, K the
// last step of the run's trace within the path and above its rounding. Empty where K = 0.
struct MeanRates {
  double predicted = 0, measured = 0;
};
[[nodiscard]] std::optional<MeanRates> mean_rates(const ConjugateGradientPath& path,
                                                  const std::vector<EquilibriumTrace>& trace);

}  // namespace saddlescope

// Upper bounds of the quantities claims compare, before any cancellation, and the rounding errors
// that follow from them.
//
// Let |.| be 2-norms (Frobenius for data). Forward errors of a computed product or sum of k terms
// are at most k eps times the product of the operands' norms (Higham, Accuracy and Stability of
// Numerical Algorithms, 3.5), so with n = sum of widths + columns of data, the longest chain:
//
//   residual   |y| + prod |A_l| |x|                         =: R       error n eps R
//   S          1/lambda + sum |A_L|^2..|A_l|^2/pi_{l-1}     =: |S|     error n eps |S|
//   e~_L       |S^{-1}| R <= lambda R                       error n eps (1 + lambda |S|) lambda R
//   F*         lambda R^2/2, loss R^2/2                     error factor as e~_L, 1 for the loss
//
// and so on down the layers. kappa = 1 + lambda |S| is the condition of everything that solves with
// S, because S >= I/lambda.
#pragma once

#include <vector>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"
#include "saddlescope/theory/predicted_spectrum.hpp"

namespace saddlescope::analysis {

inline constexpr double kEps = 2.220446049250313e-16;

struct Scales {
  double roundings = 0;                 // n
  double residual = 0;                  // R
  double schur = 0;                     // |S|
  double condition = 0;                 // kappa
  double loss = 0;                      // R^2/2
  double energy = 0;                    // lambda R^2/2
  std::vector<double> maps;             // |A_l|, entry l - 1
  std::vector<double> weighted_errors;  // of e~_l, entry l - 1
  std::vector<double> activities;       // of z_l at equilibrium, entry l; entry 0 is |x|
  double loss_gradient = 0;
  double energy_gradient = 0;

  [[nodiscard]] double value(LinearObjective objective) const;
  [[nodiscard]] double gradient(LinearObjective objective) const;
  // 4 n eps for the loss, 4 n eps kappa for the energy: times a bound above, the difference two
  // correct evaluations may show. The 4 is two evaluations, each with a product and a sum.
  [[nodiscard]] double rounding(LinearObjective objective) const;
};

[[nodiscard]] Scales scales(const Architecture& architecture, const DataFactor<double>& data,
                            const Vector& theta);

}  // namespace saddlescope::analysis

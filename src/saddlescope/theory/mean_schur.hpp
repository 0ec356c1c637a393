// The mean of S over random weights, exactly and at every width.
//
//   S = I/lambda + sum_{l=2}^{L} A_{L:l} A_{L:l}'/pi_{l-1}                     (d_y x d_y)
//
// For independent layers whose weights have E W_k = 0 and E W_k W_k' = sigma_k^2 n_{k-1} I (iid
// entries of variance sigma_k^2), E A_k A_k' = (tau_k + a_k^2 sigma_k^2 n_{k-1}) I, so that [D]
//
//   E S = [ 1/lambda + sum_{l=2}^{L} (1/pi_{l-1}) prod_{k=l}^{L} (tau_k + a_k^2 sigma_k^2 n_{k-1}) ] I.
//
// With unit precisions and sigma = 1, muPC has E S - I/lambda = (L-1)/(gamma^2 n) I without skips
// and (L/(gamma^2 n)) [(1 + 1/L)^{L-1} - 1] I with them: S -> I/lambda as width outgrows depth.
#pragma once

#include <vector>

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// The sum without 1/lambda: E S = (1/lambda + this) I. `variances` are sigma_1^2 .. sigma_L^2 >= 0
// (network/initialise.hpp's entry_variances). L + 1 terms of one sign: exact to 3 L eps.
[[nodiscard]] double mean_schur_excess(const Architecture& architecture,
                                       const std::vector<double>& variances);

}  // namespace saddlescope

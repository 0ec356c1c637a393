// Random initial weights.
//
//                SP                                         NTP and muPC
//   uniform      U(-s, s), s = sigma/sqrt(n_{l-1})          U(-s, s), s = sqrt(3) sigma
//   normal       N(0, sigma^2/n_{l-1})                      N(0, sigma^2)
//   orthogonal   sigma Q                                    sigma sqrt(max(n_l, n_{l-1})) Q
//   zero         the origin                                 the origin
//
// Q is Haar-random with orthonormal rows or columns. Uniform under SP is the PyTorch and Equinox
// default at sigma = 1, whose variance is 1/(3 n_{l-1}). Under NTP and muPC entries have variance
// sigma^2 whatever their distribution: the scales a_l carry the widths.
//
// Biases are zero, but under SP with the uniform initialiser U(-s, s) with the s of their layer's
// weights, as PyTorch and Equinox draw them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saddlescope/base/random.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope {

enum class Initialisation { kUniform, kNormal, kOrthogonal, kZero };

struct InitialiseOptions {
  Initialisation kind = Initialisation::kUniform;
  double sigma = 1;  // >= 0
  Parameterisation parameterisation = Parameterisation::kSp;
};

// Layers are drawn in order from `stream`, a layer's weights before its bias.
[[nodiscard]] Vector initialise(const Architecture& architecture, const InitialiseOptions& options,
                                RandomStream& stream);

// sigma_l^2, the variance of the entries of W_l, l = 1..L. Empty for orthogonal weights, whose
// entries are not independent.
[[nodiscard]] std::optional<std::vector<double>> entry_variances(const Architecture& architecture,
                                                                 const InitialiseOptions& options);

[[nodiscard]] Initialisation parse_initialisation(const std::string& name);
[[nodiscard]] std::string name(Initialisation initialisation);

}  // namespace saddlescope

// Random initial weights.
//
//   uniform     U(-s, s), s = sigma/sqrt(n_{l-1})   (the PyTorch and Equinox default at sigma = 1)
//   normal      N(0, sigma^2/n_{l-1}) under SP, N(0, sigma^2) under NTP and muPC
//   orthogonal  sigma times a Haar-random matrix with orthonormal rows or columns
//   zero        the origin
#pragma once

#include <string>

#include "saddlescope/base/random.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope {

enum class Initialisation { kUniform, kNormal, kOrthogonal, kZero };

struct InitialiseOptions {
  Initialisation kind = Initialisation::kUniform;
  double sigma = 1;  // >= 0
  Parameterisation parameterisation = Parameterisation::kSp;
};

// Layers are drawn in order from `stream`.
[[nodiscard]] Vector initialise(const Architecture& architecture, const InitialiseOptions& options,
                                RandomStream& stream);

[[nodiscard]] Initialisation parse_initialisation(const std::string& name);
[[nodiscard]] std::string name(Initialisation initialisation);

}  // namespace saddlescope

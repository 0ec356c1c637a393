// The scales a_l of the standard (SP), neural-tangent (NTP) and muPC parameterisations.
//
//          a_1          a_l, 1 < l < L                               a_L
//   SP     1            1                                            1/gamma
//   NTP    1/sqrt(n_0)  1/sqrt(n_{l-1}), 1/sqrt(n_{l-1} L) with skips  1/(gamma sqrt(n_{L-1}))
//   muPC   1/sqrt(n_0)  as NTP                                       1/(gamma n_{L-1})
//
// For L = 1 the last column applies. Skips sit on layers 2 .. L-1. Source: [mu].
#pragma once

#include <string>
#include <vector>

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

enum class Parameterisation { kSp, kNtp, kMupc };

struct ArchitectureOptions {
  std::vector<Index> widths;  // n_0 .. n_L
  Parameterisation parameterisation = Parameterisation::kSp;
  double gamma = 1;                     // > 0, richness
  bool skips = false;                   // on layers 2 .. L-1, which then need equal widths
  double lambda = 1;                    // > 0, output precision; used when precisions is empty
  std::vector<double> precisions = {};  // empty, or pi_1 .. pi_L
  Activation activation = Activation::kIdentity;
  Placement placement = Placement::kPre;
  bool biases = false;
  OutputLoss loss = OutputLoss::kMse;
};

[[nodiscard]] Architecture make_architecture(const ArchitectureOptions& options);

[[nodiscard]] Parameterisation parse_parameterisation(const std::string& name);  // sp | ntp | mupc
[[nodiscard]] std::string name(Parameterisation parameterisation);

}  // namespace saddlescope

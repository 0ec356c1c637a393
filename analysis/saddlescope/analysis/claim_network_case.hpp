// The cases that claims about networks of every activation are measured on.
#pragma once

#include <vector>

#include "saddlescope/analysis/claim_case.hpp"

namespace saddlescope::analysis {

// Widths 3-4-4-2, precisions log-uniform in [1/2, 2], skips drawn. Per activation both placements
// with MSE and, if `losses`, cross-entropy, without and, if `biases`, with biases: eight recipes, of
// which quick sweeps draw one.
struct NetworkSweep {
  std::vector<Activation> activations;
  bool losses = true;
  bool biases = true;
  bool skips = true;
};
[[nodiscard]] std::vector<CaseRecipe> network_recipes(const NetworkSweep& options,
                                                      const ClaimContext& context);

[[nodiscard]] std::vector<Activation> every_activation();

// The case's data, with targets that are distributions where the loss asks for them.
[[nodiscard]] Dataset fitting_data(const Case& c);

// iid N(0, 0.7^2): weights at which a fifth of the equilibria lie on kinks.
[[nodiscard]] Vector wide_theta(Case& c);

}  // namespace saddlescope::analysis

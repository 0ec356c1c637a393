#include "saddlescope/analysis/claim_network_case.hpp"

#include <cmath>
#include <utility>

namespace saddlescope::analysis {

std::vector<CaseRecipe> network_recipes(const NetworkSweep& options, const ClaimContext& context) {
  std::vector<CaseRecipe> out;
  for (int s = 0; s < context.seeds; ++s) {
    const std::uint64_t seed = context.first_seed + static_cast<std::uint64_t>(s);
    RandomStream stream(seed, "claims/networks");
    for (const Activation activation : options.activations) {
      const Index chosen = stream.index(8);
      for (Index k = 0; k < 8; ++k) {
        CaseRecipe recipe;
        ArchitectureOptions& net = recipe.architecture;
        net.widths = {3, 4, 4, 2};
        net.activation = activation;
        net.placement = k % 2 == 0 ? Placement::kPre : Placement::kPost;
        if (options.losses && (k / 2) % 2 == 1) net.loss = OutputLoss::kCrossEntropy;
        net.biases = options.biases && k / 4 == 1;
        net.skips = stream.index(2) == 1 && options.skips;
        for (int l = 0; l < 3; ++l) net.precisions.push_back(std::exp2(stream.uniform(-1, 1)));
        recipe.seed = seed + 1000 * static_cast<std::uint64_t>(k);
        if (!context.quick || k == chosen) out.push_back(std::move(recipe));
      }
    }
  }
  return out;
}

std::vector<Activation> every_activation() {
  return {Activation::kIdentity, Activation::kTanh,      Activation::kHardTanh,
          Activation::kRelu,     Activation::kLeakyRelu, Activation::kGelu,
          Activation::kSelu,     Activation::kSilu,      Activation::kSoftplus};
}

Dataset fitting_data(const Case& c) {
  Dataset data = c.data;
  if (c.architecture.loss == OutputLoss::kMse) return data;
  data.y = data.y.array().exp();
  for (Index i = 0; i < data.y.cols(); ++i) data.y.col(i) /= data.y.col(i).sum();
  return data;
}

Vector wide_theta(Case& c) { return 0.7 * c.stream.normal_matrix(c.theta.size(), 1); }

}  // namespace saddlescope::analysis

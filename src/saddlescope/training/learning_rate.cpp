#include "saddlescope/training/learning_rate.hpp"

#include <cmath>

#include "saddlescope/base/require.hpp"

namespace saddlescope {

double scaled_learning_rate(double base, OptimiserKind optimiser,
                            const ArchitectureOptions& network) {
  require(std::isfinite(base) && base > 0, "learning rate: expected a finite number > 0, got {}",
          base);
  require(network.widths.size() >= 2, "widths: expected at least 2 (n_0 and n_L), got {}",
          network.widths.size());
  const std::size_t L = network.widths.size() - 1;
  if (network.parameterisation == Parameterisation::kSp || L == 1) return base;
  const auto n = static_cast<double>(network.widths[L - 1]);
  if (optimiser == OptimiserKind::kGradientDescent || optimiser == OptimiserKind::kMomentum)
    return base * network.gamma * network.gamma * n;
  return base / std::sqrt(network.skips ? n * static_cast<double>(L) : n);
}

}  // namespace saddlescope

// Hessian spectra of the loss and of the equilibrated energy at one point.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"

namespace saddlescope::analysis {

struct SpectrumOptions {
  std::vector<std::string> objectives = {"mse", "energy"};
};

[[nodiscard]] inline OptionTable describe(SpectrumOptions& options) {
  OptionTable table;
  table.add("objective", &options.objectives, "mse, energy or both [mse,energy]");
  return table;
}

}  // namespace saddlescope::analysis

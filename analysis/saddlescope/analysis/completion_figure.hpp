// The figure of saddles-fig6: loss and gradient norm of BP and of PC from BP's plateaus.
#pragma once

#include <vector>

#include "saddlescope/analysis/completion_runs.hpp"
#include "saddlescope/analysis/figure.hpp"

namespace saddlescope::analysis {

[[nodiscard]] Figure completion_figure(const CompletionSizes& sizes,
                                       const std::vector<CompletionRun>& bp,
                                       const std::vector<CompletionEscape>& pc);

}  // namespace saddlescope::analysis

// Table and figure of saddles-fig6: loss and gradient norm of BP and of PC from BP's plateaus.
#pragma once

#include <vector>

#include "saddlescope/analysis/completion_runs.hpp"
#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/reproduction.hpp"

namespace saddlescope::analysis {

// A row for each of PC's runs.
[[nodiscard]] StudyTable completion_pc_table(const std::vector<CompletionEscape>& pc);

[[nodiscard]] Figure completion_figure(const CompletionSizes& sizes,
                                       const std::vector<CompletionRun>& bp,
                                       const std::vector<CompletionEscape>& pc);

}  // namespace saddlescope::analysis

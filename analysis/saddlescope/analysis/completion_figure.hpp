// Table and figure of saddles-fig6: loss and gradient norm of BP and of PC from BP's plateaus.
#pragma once

#include <vector>

#include "saddlescope/analysis/completion_runs.hpp"
#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/reproduction.hpp"

namespace saddlescope::analysis {

[[nodiscard]] nlohmann::ordered_json completion_configuration(const CompletionSizes& sizes);

// Nothing where the run did not pass a plateau of that rank.
[[nodiscard]] const Plateau* plateau_of(const CompletionRun& run, Index rank);
// When a run of BP left its plateau of rank 0 or 1 for the next, or (2) was done.
[[nodiscard]] std::optional<Index> left_at(const CompletionRun& run, Index rank);

// A row for each plateau, and for the end, of BP's runs.
[[nodiscard]] StudyTable completion_bp_table(const std::vector<CompletionRun>& bp);
// A row for each of PC's runs.
[[nodiscard]] StudyTable completion_pc_table(const std::vector<CompletionEscape>& pc);

[[nodiscard]] Figure completion_figure(const CompletionSizes& sizes,
                                       const std::vector<CompletionRun>& bp,
                                       const std::vector<CompletionEscape>& pc);

}  // namespace saddlescope::analysis

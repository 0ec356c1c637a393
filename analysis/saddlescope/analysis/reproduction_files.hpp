// What a study leaves behind, and its text for the terminal.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/reproduction.hpp"

namespace saddlescope::analysis {

struct Reproduction {
  Study study;
  StudyScale scale = StudyScale::kStandard;
  StudyResult result;
  double seconds = 0;
};
// Runs it. Where --quick is too small for the headline the result says not tested, whatever its
// numbers say.
[[nodiscard]] Reproduction reproduce(const Study& study, const StudyContext& context);

// Where long runs of a study are kept until its results are written.
[[nodiscard]] std::filesystem::path runs_folder(const Study& study,
                                                const std::filesystem::path& folder);

// "agrees", and where --quick has made something smaller "agrees (quick)".
[[nodiscard]] std::string verdict_of(const Reproduction& done);

// Published headline beside ours, and whether they agree.
[[nodiscard]] std::string reproduction_text(const Reproduction& done);

// Writes result.json, a CSV for each table and the figure to `folder`/ID, and drops the runs kept.
// Returns warnings: figures not drawn.
std::vector<std::string> write_reproduction(const Reproduction& done,
                                            const ReproduceOptions& options,
                                            const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

// What an escape leaves behind: a table for the reader, and files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/escape_study.hpp"
#include "saddlescope/analysis/figure.hpp"

namespace saddlescope::analysis {

// One column per objective, then what is to be said in words: why there is no escape, where the law
// does not reach, a run-away.
[[nodiscard]] std::string escape_text(const EscapeStudyResult& result);

// Distance against time with the law, and the value along the way, for each objective.
[[nodiscard]] Figure escape_figure(const EscapeStudyResult& result);

// Writes to `folder`: escape.csv (a row per record of the ways), escape.h5 (the same per objective,
// and the rays), escape.json (times, options, provenance), network.h5, data.h5 and
// escape.{svg,pdf,png}. Returns what could not be drawn.
std::vector<std::string> write_escape(const EscapeStudyResult& result,
                                      const EscapeStudyOptions& options,
                                      const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

// What a search leaves behind: a census for the reader, and files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/search_study.hpp"

namespace saddlescope::analysis {

// Ends, verdicts, ranks and distinct points, a column per objective.
[[nodiscard]] std::string search_text(const SearchStudyResult& result);

// Value against index for each objective, and how the searches ended.
[[nodiscard]] Figure search_figure(const SearchStudyResult& result);

// Writes to `folder`: points.csv (a row per start), search.h5 (per objective: theta of the critical
// points, a point per row, and their numbers), certificates.h5, search.json (census, options,
// provenance), network.h5, data.h5, search.{svg,pdf,png}. Returns what could not be drawn.
std::vector<std::string> write_search(const SearchStudyResult& result,
                                      const SearchStudyOptions& options,
                                      const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

// What `inference limits` leaves behind: tables for the reader, figures and files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/limits_study.hpp"

namespace saddlescope::analysis {

[[nodiscard]] std::string limits_text(const LimitsResult& result);

// limits_maps, limits_laws (at random weights) and limits_training, as far as their part was run.
[[nodiscard]] std::vector<Figure> limits_figures(const LimitsResult& result);

// Writes to `folder`, as far as their part was run: limits.csv (a row per network at random
// weights), limits_training.csv (a row per pair and step), limits_expectation.csv, limits.h5 (the
// same as arrays, with the cosines of every layer), limits.json (laws, options, provenance) and the
// figures. What an earlier run left under these names goes. Returns what could not be drawn.
std::vector<std::string> write_limits(const LimitsResult& result,
                                      const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

// What a classification leaves behind: a table for the reader, and files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/classification_study.hpp"
#include "saddlescope/analysis/figure.hpp"

namespace saddlescope::analysis {

// One column per objective, then the verdicts with their reasons and certificates.
[[nodiscard]] std::string classification_text(const ClassificationResult& result);

// {value, gradient_norm, n_negative, .., verdict, is_global, escape_order} of one objective; null
// where nothing is known.
[[nodiscard]] nlohmann::ordered_json to_json(const Classification& classification);

// Eigenvalues in ascending order, zeros told apart by what explains them.
[[nodiscard]] Figure classification_figure(const ClassificationResult& result);

// Writes to `folder` (made if missing), each file appearing only when whole:
//
//   classification.json        to_json() per objective, options, provenance
//   certificate_<objective>.h5 for each strict saddle, for `saddlescope saddle check`
//   network_<objective>.h5     the polished points, if asked for
//   eigenvalues.csv            where the point was examined
//   network.h5, data.h5        the point itself, for every verb
//   classification.{svg,pdf,png}, unless options.no_figures
//
// Returns what could not be drawn, one sentence each. Throws std::runtime_error naming the file
// that cannot be written.
std::vector<std::string> write_classification(const ClassificationResult& result,
                                              const ClassificationOptions& options,
                                              const std::filesystem::path& folder);

// The certificate's file name in that folder.
[[nodiscard]] std::string certificate_name(const Classification& classification);

}  // namespace saddlescope::analysis

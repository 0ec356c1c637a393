// What a mean-field study leaves behind: a table for the reader, and files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/mean_field_study.hpp"

namespace saddlescope::analysis {

// "loss (BP)" and "energy F* (PC)".
[[nodiscard]] const char* training_title(LinearObjective objective);

// One row per case, objective and width, then what is to be said in words: divergence, lost digits.
[[nodiscard]] std::string mean_field_text(const MeanFieldStudyResult& result,
                                          const MeanFieldStudyOptions& options);

// Loss against step, theory over networks, one column per case; below it the deviations from the
// theory against width.
[[nodiscard]] Figure mean_field_figure(const MeanFieldStudyResult& result,
                                       const MeanFieldStudyOptions& options);
// Heat maps of the hidden kernels at the last step: theory above, a network of the largest width
// below. Has no data where no case lasts to the last step.
[[nodiscard]] Figure mean_field_kernel_figure(const MeanFieldStudyResult& result,
                                              const MeanFieldStudyOptions& options);

// Writes to `folder`: mean_field.csv (a row per case, curve and step), mean_field.h5 (losses of
// every seed, residuals, kernels of all times), mean_field.json (deviations, options, provenance),
// data.h5, mean_field.{svg,pdf,png} and mean_field_kernels.{svg,pdf,png}. Returns what could not be
// drawn.
std::vector<std::string> write_mean_field(const MeanFieldStudyResult& result,
                                          const MeanFieldStudyOptions& options,
                                          const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

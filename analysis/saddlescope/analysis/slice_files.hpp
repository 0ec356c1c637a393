// What a slice leaves behind: a table for the reader, and files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/slice_study.hpp"

namespace saddlescope::analysis {

// The axes, one column per surface, one per trajectory, and in words what is missing.
[[nodiscard]] std::string slice_text(const SliceStudyResult& result);

// slice: contours over surfaces, or on a line the values with their quadratic models and the
// residuals of those. slice_field: the projected descent, on planes. slice_trajectory: values and
// distances from the slice against steps, where there are trajectories.
[[nodiscard]] std::vector<Figure> slice_figures(const SliceStudyResult& result);

// Writes to `folder`: slice.h5, slice.csv (a row per grid point), slice_trajectory.csv (a row per
// step), slice.json (axes, models, options, provenance), network.h5, data.h5 and the figures.
// Returns what could not be drawn.
std::vector<std::string> write_slice(const SliceStudyResult& result,
                                     const SliceStudyOptions& options,
                                     const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

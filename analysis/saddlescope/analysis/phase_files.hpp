// What a phase diagram leaves behind: a table for the reader, files and figures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/phase_study.hpp"

namespace saddlescope::analysis {

// kappa at the ends of the grid and the growth exponents, a line per diagram.
[[nodiscard]] std::string phase_text(const PhaseResult& result);

// Heat maps of log10 kappa over width and depth on one scale, undecided cells crossed.
[[nodiscard]] Figure phase_maps_figure(const PhaseResult& result, const PhaseOptions& options);
// kappa against depth at the largest width and against width at the largest depth, with theory.
[[nodiscard]] Figure phase_curves_figure(const PhaseResult& result, const PhaseOptions& options);

// Writes to `folder`: phase.csv (a row per network), phase_growth.csv, phase.h5 (per diagram the
// median, the prediction where there is one, and each seed's numbers, all widths x hidden layers),
// phase.json and the figures. Returns what could not be drawn.
std::vector<std::string> write_phase(const PhaseResult& result, const PhaseOptions& options,
                                     const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

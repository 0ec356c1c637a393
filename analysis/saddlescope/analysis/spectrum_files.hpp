// What a spectrum study leaves behind: a table for the reader, and files that other programs and
// the other verbs pick up.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/spectrum_study.hpp"

namespace saddlescope::analysis {

// One column per objective: value, gradient, sizes, extreme eigenvalues, inertia, distance to
// theory, seconds and the verdict.
[[nodiscard]] std::string spectrum_text(const SpectrumResult& result);

// Writes to `folder` (made if missing), each file appearing only when whole:
//
//   spectrum.h5    groups mse, energy: dataset eigenvalues (all p, ascending) or
//                  eigenvalues_smallest, eigenvalues_largest and their residuals; attributes value,
//                  gradient_norm, n_negative, n_zero, n_positive (-1: not determined),
//                  zero_threshold; with theory_eigenvalues, eigenvectors where there are any;
//                  group config: options as JSON, provenance, checksums, wall time
//   network.h5     the network at the point;   data.h5   the data after normalisation
//   spectrum.csv   the eigenvalues;            summary.json   everything but the long vectors
//   figures        unless options.no_figures
//
// Returns what could not be drawn, one sentence each. Throws std::runtime_error naming the file
// that cannot be written.
std::vector<std::string> write_spectrum(const SpectrumResult& result,
                                        const SpectrumOptions& options,
                                        const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

// What a solve leaves behind: a table for the reader, and files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/solve_study.hpp"

namespace saddlescope::analysis {

// One column per solver, then what is to be said in words about those that did not converge.
[[nodiscard]] std::string solve_text(const SolveStudyResult& result);

// Gradient and energy gap of the slowest sample against the steps, with the predicted slopes.
// Only for solvers with steps.
[[nodiscard]] bool has_path(const SolveStudyResult& result);
[[nodiscard]] Figure solve_figure(const SolveStudyResult& result);

// Writes to `folder`:
//   activities.h5     /z/<l> (N x n_l, l = 1..L-1) of the first solver; /energy, /gradient_norm,
//                     /distance, /energy_gap, /steps, /verdict (N each; 0 converged, 1 capped, 2
//                     stalled, 3 diverging); the worst verdict, solver and eigenvalue bounds as
//                     attributes of the root
//   certificate.json  verdicts, bounds, rates, steps, conditioning, options, provenance
//   certificate.csv   a row per solver and sample
//   solve.csv         a row per solver and recorded step: the path of the slowest of the first
//                     32 samples
// and network.h5, data.h5, solve.{svg,pdf,png}. Returns what could not be drawn.
std::vector<std::string> write_solve(const SolveStudyResult& result,
                                     const SolveStudyOptions& options,
                                     const std::filesystem::path& folder);

// The same of nonlinear networks: counts of the verdicts and extremes over the samples; the
// smallest eigenvalues of F_zz and the gradients, samples in ascending order.
[[nodiscard]] std::string network_solve_text(const SolveStudyResult& result);
[[nodiscard]] Figure network_solve_figure(const SolveStudyResult& result);
// activities.h5 has /z/<l>, and of each sample /energy, /gradient_norm, /rounding, /lambda_min,
// /lambda_min_below, /newton_step, /distance, /kinks (how many are held), /steps, /verdict; there
// is no solve.csv.
std::vector<std::string> write_network_solve(const SolveStudyResult& result,
                                             const SolveStudyOptions& options,
                                             const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

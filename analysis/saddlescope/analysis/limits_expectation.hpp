// The exact mean of S at random weights against the average over random draws.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {

struct MeanSchurCase {
  ArchitectureOptions architecture;
  InitialiseOptions init;
  std::uint64_t seed = 0;
  Index draws = 4000;
};

// z counts standard errors: (mean over draws - exact mean)/(standard error of the mean).
struct MeanSchurResult {
  MeanSchurCase asked;
  double exact = 0;           // E tr S/d_y - 1/lambda
  double mean = 0;            // over the draws
  double standard_error = 0;  // of that mean
  double z = 0;
  double entry_z = 0;   // the largest |z| of an entry S_ij, i <= j
  Index n_entries = 0;  // compared: d_y (d_y + 1)/2
};

[[nodiscard]] MeanSchurResult sample_mean_schur(const MeanSchurCase& one);

// Every parameterisation (sp with uniform and normal weights, ntp and mupc with normal ones), with
// and without skips, gamma = 1 and 2: widths 8-16-16-16-16-3, one stream each.
[[nodiscard]] std::vector<MeanSchurResult> mean_schur_table(
    double lambda, std::uint64_t seed, Index draws,
    const std::function<void(const std::string&)>& progress = {});

// The |z| that the largest of n independent normal comparisons exceeds with the probability with
// which one exceeds 3, 0.0027.
[[nodiscard]] double three_sigma_of_many(Index n);
// The probability that the largest |z| of n independent normal comparisons exceeds 3 by chance.
[[nodiscard]] double false_alarm(Index n);

}  // namespace saddlescope::analysis

// One objective's way through the spectrum study.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/spectrum_study.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/input_reduction.hpp"

namespace saddlescope::analysis {

// What the objectives of a study share; read-only, references outlive it.
struct SpectrumSetting {
  const SpectrumOptions& options;
  const Problem& problem;
  const ReducedProblem<double>& reduced;
  const Vector& theta;  // reduced
  const SecondMoments& moments;
  std::vector<Index> layers;  // 0-based, ascending
  bool all_layers = true;
  Index p_reduced = 0;
  Index n_removed = 0;  // exact zeros that the reduction took out of the chosen layers
  bool dense = true;
  const Progress& progress;
};

// Evaluates `name` (mse | energy) at the point and measures its spectrum. Throws std::runtime_error
// naming the objective where a number is not finite.
[[nodiscard]] ObjectiveSpectrum study_objective(const SpectrumSetting& setting,
                                                const std::string& name);

}  // namespace saddlescope::analysis

// Hessian spectra of loss and energy at one point beside their closed forms. Internal to studies of
// spectra.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/reproduction.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/data/dataset.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope::analysis {

struct SpectraCase {
  std::string label;
  Architecture architecture;
  Dataset data;
  Vector theta;
};

struct SpectraResult {
  Vector mse, energy;                      // eigenvalues, ascending, by exact reduction
  double mse_error = 0, energy_error = 0;  // max |eigenvalue - closed form|, of |lambda|_max(F*)
  double gradient = 0;                     // |grad F*|
  // The curvature of the energy after 50 steps of 0.1 of inference, along F*'s first eigenvector.
  double unrolled_curvature = 0;
};

// Throws std::runtime_error where no closed form applies.
[[nodiscard]] SpectraResult landscape_spectra(const SpectraCase& one);

// Eigenvalues by their share of the rank.
[[nodiscard]] StudyPanel spectra_panel(const SpectraCase& one, const SpectraResult& result);

// Quantities and judgement over all cases; `degenerate` says of each whether the loss's Hessian
// should vanish.
struct SpectraSummary {
  std::string label;
  SpectraResult result;
  bool loss_is_flat = false;
};
void summarise_spectra(const std::vector<SpectraSummary>& all, StudyResult& out);

}  // namespace saddlescope::analysis

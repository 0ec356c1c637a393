// Figures of activity-Hessian spectra: measured histogram and prediction, distribution functions,
// heat maps of H_z and its parts.
#pragma once

#include <optional>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/inference_spectrum_study.hpp"

namespace saddlescope::analysis {

// What one figure shows; `measured` may be empty, `prediction` absent, not both.
struct SpectralPicture {
  std::string name;  // stem of the files
  std::string title;
  Vector measured;  // ascending
  double threshold = 0;
  const SpectralPrediction* prediction = nullptr;
  double distance = 0;  // Kolmogorov distance, where there are both
};

// Density on the left, atoms as stems, distribution functions on the right. A logarithmic axis, and a
// density per decade, where the spectrum spans more than a factor of 30.
[[nodiscard]] Figure spectral_figure(const SpectralPicture& picture);

// H_z = D + O as three heat maps; nullopt where the study kept no dense matrix.
[[nodiscard]] std::optional<Figure> hessian_parts_figure(const InferenceSpectrumResult& result);

}  // namespace saddlescope::analysis

// The full spectrum of an activity Hessian, of its parts, and the random-matrix prediction for it.
// Networks that are not linear: F_zz of one sample at its equilibrium, without a prediction.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "saddlescope/analysis/inference_predict_study.hpp"
#include "saddlescope/analysis/sample_hessian.hpp"

namespace saddlescope::analysis {

struct InferenceSpectrumOptions {
  InferenceNetworkOptions network;
  SampleOptions sample;
  bool parts = false;
  std::string predict = "auto";
  int threads = 0;
  std::string out = "out/inference_spectrum";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(InferenceSpectrumOptions& options);
[[nodiscard]] InferenceSpectrumOptions effective(InferenceSpectrumOptions options);

// Eigenvalues of H_z = D + O taken apart: diagonal blocks, and couplings between layers (symmetric
// about 0).
struct SpectrumParts {
  Vector diagonal, coupling;  // ascending
};

struct InferenceSpectrumResult {
  Network network;
  std::string title;
  std::string state;          // of the sample's inference, where there is one
  MeasuredSpectrum spectrum;  // the distance only with a prediction
  double lambda_min = 0, lambda_max = 0;
  bool resolved = true;         // lambda_min is above its error
  double condition_number = 0;  // a lower bound where it is not; NaN where lambda_min < 0
  std::optional<SpectrumParts> parts;
  std::optional<EntryVariances> variances;
  std::optional<SpectralPrediction> prediction;
  Matrix hessian;  // empty above kHessianMapLimit
  double seconds = 0;
};

inline constexpr Index kHessianMapLimit = 600;

[[nodiscard]] InferenceSpectrumResult inference_spectrum(
    const InferenceSpectrumOptions& options,
    const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis

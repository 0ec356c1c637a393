// The limiting spectrum of an activity Hessian, predicted, and draws of the weights to compare with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/analysis/inference_network.hpp"
#include "saddlescope/theory/spectral_prediction.hpp"

namespace saddlescope::analysis {

// The variances of independent weight entries that a prediction needs.
struct EntryVariances {
  std::vector<double> values;  // one a layer
  std::string source;          // "initialisation", or "mean squares of the weights"
};
// Those of the initialisation where its entries are independent; else, for files and orthogonal
// weights, the mean squares of the network's own entries. Empty theta: only the former.
[[nodiscard]] EntryVariances prediction_variances(const InferenceNetworkOptions& options,
                                                  const Network& network);

// Throws std::invalid_argument where dim H_z exceeds 16,000 or its dense form the memory left.
void require_dense_hessian(const Network& network);

struct MeasuredSpectrum {
  std::uint64_t seed = 0;
  Vector eigenvalues;    // ascending
  double threshold = 0;  // error of the computed eigenvalues
  double kolmogorov_distance = 0;
};

struct InferencePredictOptions {
  InferenceNetworkOptions network;
  Index seeds = 0;
  int threads = 0;
  std::string out = "out/inference_predict";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(InferencePredictOptions& options);
[[nodiscard]] InferencePredictOptions effective(InferencePredictOptions options);

struct InferencePredictResult {
  Network network;  // without weights unless read from a file
  EntryVariances variances;
  SpectralPrediction prediction;
  std::vector<MeasuredSpectrum> measured;
  Vector pooled;  // all measured eigenvalues, ascending
  double pooled_distance = 0;
  double seconds = 0, prediction_seconds = 0;
};

[[nodiscard]] InferencePredictResult inference_predict(
    const InferencePredictOptions& options,
    const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis

// What `inference predict` writes and says, and how any result file holds a predicted spectrum.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/inference_predict_study.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {

// Datasets of a prediction in the root: density (x, rho), n x 2; atoms (x, weight), k x 2;
// atom_multiplicities and atom_equation_weights, k. Attributes of the root: predicted_lambda_min,
// predicted_lambda_max, predicted_condition_number, mass_error, residual.
void write_prediction(Hdf5Writer& file, const SpectralPrediction& prediction);
[[nodiscard]] nlohmann::ordered_json prediction_json(const SpectralPrediction& prediction,
                                                     const EntryVariances& variances);
// Edges, atoms and errors, a line each.
[[nodiscard]] std::string prediction_text(const SpectralPrediction& prediction);

// Writes prediction.h5, prediction.csv, atoms.csv, prediction.json and the figure; returns warnings.
[[nodiscard]] std::vector<std::string> write_inference_predict(
    const InferencePredictResult& result, const InferencePredictOptions& options,
    const std::filesystem::path& folder);
[[nodiscard]] std::string inference_predict_text(const InferencePredictResult& result);

}  // namespace saddlescope::analysis

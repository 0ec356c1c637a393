// What `inference spectrum` writes and says.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/inference_spectrum_study.hpp"

namespace saddlescope::analysis {

// Writes spectrum.h5, spectrum.csv, spectrum.json, network.h5 and figures; returns warnings.
[[nodiscard]] std::vector<std::string> write_inference_spectrum(
    const InferenceSpectrumResult& result, const InferenceSpectrumOptions& options,
    const std::filesystem::path& folder);
[[nodiscard]] std::string inference_spectrum_text(const InferenceSpectrumResult& result);

}  // namespace saddlescope::analysis

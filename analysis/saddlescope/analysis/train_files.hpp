// What a training run leaves behind: networks, log, summary, figures, and a text for the terminal.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/train_study.hpp"

namespace saddlescope::analysis {

[[nodiscard]] std::string train_text(const TrainResult& result, const TrainOptions& options);

// Loss and accuracy by epoch.
[[nodiscard]] Figure train_figure(const TrainResult& result);
// Of kProbeFigures those whose probes the log holds at two moments or more.
inline constexpr std::array kProbeFigures = {"probes", "propagation", "conditioning", "hessians"};
[[nodiscard]] std::vector<Figure> probe_figures(const TrainResult& result);

// Writes network.h5 (pc's, or bp's where it ran alone), network_bp.h5 (of twins), data.h5 and
// test_data.h5, log.h5, summary.json, figures. Returns warnings: figures not drawn.
std::vector<std::string> write_train(const TrainResult& result, const TrainOptions& options,
                                     const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

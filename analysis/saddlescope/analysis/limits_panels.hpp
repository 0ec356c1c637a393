// Curves over width, one for each number of hidden layers, and along training, from the maps and
// twins of `inference limits`. Internal to studies.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/analysis/limits_map.hpp"
#include "saddlescope/analysis/limits_training.hpp"
#include "saddlescope/analysis/study_figure.hpp"

namespace saddlescope::analysis {

// Median over the seeds by width; a line for each number of hidden layers.
[[nodiscard]] StudyPanel width_panel(const std::vector<MapCell>& map, const LimitsOptions& options,
                                     const std::string& parameterisation, const std::string& title,
                                     const std::string& y_label,
                                     const std::function<double(const MapCell&)>& value);

// Median over the seeds at the record of this step of every run of this place; NaN where one
// stopped before.
[[nodiscard]] double training_median(const std::vector<TwinRun>& runs,
                                     const std::string& parameterisation, Index width,
                                     Index hidden_layers, Index step,
                                     const std::function<double(const TwinRecord&)>& value);

}  // namespace saddlescope::analysis

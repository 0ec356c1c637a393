// Loss curves of networks of finite width beside their mean-field limit. Internal to studies.
#pragma once

#include <vector>

#include "saddlescope/analysis/mean_field_study.hpp"
#include "saddlescope/analysis/study_figure.hpp"

namespace saddlescope::analysis {

// A panel: the theory, and the mean over seeds of each width with its range.
[[nodiscard]] StudyPanel mean_field_panel(const MeanFieldCase& one, LinearObjective objective,
                                          const std::string& title);

// The largest deviation of a width from the theory, relative to the initial loss.
[[nodiscard]] std::vector<double> mean_field_deviations(const MeanFieldCase& one,
                                                        LinearObjective objective);

}  // namespace saddlescope::analysis

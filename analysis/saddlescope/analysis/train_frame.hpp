// What all figures of training share: colours and names of algorithms, a row of panels over epochs.
#pragma once

#include <string>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/train_study.hpp"

namespace saddlescope::analysis {

[[nodiscard]] const char* algorithm_colour(const std::string& algorithm);  // pc or bp
[[nodiscard]] const char* algorithm_title(const std::string& algorithm);

// The multiplot's frame; panels end at the share `top` of its height, keys stand above them.
[[nodiscard]] std::string train_frame(const std::string& title, int panels, double top);

[[nodiscard]] std::string train_title(const TrainResult& result);

// Adds epoch and value of one column of a run to the figure's data; returns the file's name, empty
// where the log holds no finite number.
[[nodiscard]] std::string log_curve(const TrainResult& result, const std::string& run,
                                    const std::string& column, Figure& figure);

}  // namespace saddlescope::analysis

// When predictive coding turns into backpropagation: all parts of `inference limits` in one result.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/analysis/limits_expectation.hpp"
#include "saddlescope/analysis/limits_map.hpp"
#include "saddlescope/analysis/limits_options.hpp"
#include "saddlescope/analysis/limits_training.hpp"

namespace saddlescope::analysis {

struct LimitsResult {
  LimitsOptions options;  // effective
  Dataset data;
  // A part that was not asked for is empty.
  std::vector<MapCell> map;
  std::vector<TwinRun> training;
  std::vector<MeanSchurResult> expectation;
  double map_seconds = 0, training_seconds = 0, expectation_seconds = 0;
};

[[nodiscard]] LimitsResult limits_study(
    const LimitsOptions& options, const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis

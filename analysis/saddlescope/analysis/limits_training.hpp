// Twins along training: from the same random weights one network descends the loss (BP), the other
// the equilibrated energy (PC), with the same rule and rate. Where width outgrows depth they should
// stay together.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/analysis/limits_map.hpp"

namespace saddlescope::analysis {

struct TwinRecord {
  Index step = 0;
  double bp_loss = 0;   // L at BP's weights
  LimitsPoint at_pc;    // at PC's weights; Gauss-Newton only at probes
  double distance = 0;  // |theta_PC - theta_BP|
  double bp_path = 0;   // |theta_BP - theta_0|
  bool probed = false;  // the costly numbers are there
};

struct TwinRun {
  LimitsCell cell;
  double learning_rate = 0;         // scaled to this size
  std::vector<TwinRecord> records;  // steps 0 .. steps, fewer where a twin stopped
  Summary summary;                  // which twin stopped, at which step and why
};

[[nodiscard]] std::vector<TwinRun> limits_training(
    const LimitsOptions& options, const Dataset& data,
    const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis

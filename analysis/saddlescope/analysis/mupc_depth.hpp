// Runs of mupc-fig1, their tables and figure. Internal to its study.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/reproduction.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {

inline constexpr double kDepthGoal = 0.9;  // test accuracy

struct DepthSizes {
  std::vector<Index> depths = {8, 32, 128};
  Index width = 64, samples = 0, epochs = 5, seeds = 3;
};

struct DepthSetting {
  std::string name, label, algorithm;
  Parameterisation parameterisation;
  double rate;
  bool published_inference;
  const char* ink;
};
// muPC first, SP at muPC's rate third.
[[nodiscard]] const std::vector<DepthSetting>& depth_settings();

struct DepthJob {
  const DepthSetting* setting;
  Index depth = 0;
  std::uint64_t seed = 0;
  StudyRun run;
  // Of the weights at the end; none where training left the finite numbers.
  [[nodiscard]] std::optional<double> accuracy() const {
    if (!run.summary.ok() || run.curve.empty()) return std::nullopt;
    return run.curve.back().test_accuracy;
  }
};

// One cell of the table.
struct DepthCell {
  std::vector<double> accuracies;  // of the seeds whose training stayed finite
  Index not_finite = 0;
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double one : accuracies) sum += one;
    return accuracies.empty() ? 0 : sum / static_cast<double>(accuracies.size());
  }
  [[nodiscard]] std::string text() const {
    return accuracies.empty() ? "not finite" : fmt::format("{:.1f} %", 100 * mean());
  }
};

[[nodiscard]] DepthCell depth_cell(const std::vector<DepthJob>& jobs, const DepthSetting& setting,
                                   Index depth);

// A row for each run, and for each point of its curve.
[[nodiscard]] StudyTable depth_accuracy_table(const std::vector<DepthJob>& jobs);
[[nodiscard]] StudyTable depth_curves_table(const std::vector<DepthJob>& jobs);

// Accuracy by depth, a line per setting; depths at which it left the finite numbers are crosses
// near 0.
[[nodiscard]] Figure depth_figure(const std::vector<DepthJob>& jobs, const DepthSizes& sizes,
                                  const std::string& data_name);

}  // namespace saddlescope::analysis

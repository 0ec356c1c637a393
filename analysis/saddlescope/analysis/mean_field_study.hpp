// The mean-field limit of deep linear networks beside networks of finite width trained by
// backpropagation and by predictive coding.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/theory/mean_field.hpp"

namespace saddlescope::analysis {

struct MeanFieldStudyOptions {
  std::optional<std::vector<Index>> hidden_layers;
  std::optional<std::vector<double>> gamma;
  std::optional<std::vector<Index>> widths;
  std::vector<std::string> objectives = {"mse", "energy"};
  Index steps = 50;
  double learning_rate = 0.2;
  double lambda = 1;
  Index samples = 10;
  Index input = 40;
  Index output = 1;
  double noise = 0;
  Index seeds = 3;
  std::uint64_t seed = 0;
  int threads = 0;
  std::string out = "out/mean_field";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(MeanFieldStudyOptions& options);
[[nodiscard]] MeanFieldStudyOptions effective(MeanFieldStudyOptions options);

// Networks of one width under one objective, against the theory. Deviations are relative to the
// theory's initial loss, and the largest over the steps at which everything is finite.
struct WidthComparison {
  LinearObjective objective = LinearObjective::kMse;
  Index width = 0;
  Matrix losses;                // seeds x steps, as far as every seed and the theory are finite
  double deviation = 0;         // |mean over seeds - theory|
  std::optional<double> error;  // standard error of that mean at the same step; none for one seed
  double seed_deviation = 0;    // root mean square over seeds of (loss - theory)
  // Mean over seeds of |H_n - H|_F/|H|_F, last hidden layer and step; none where either diverges.
  std::optional<double> kernel_deviation;
  std::vector<Matrix> kernels;  // <h^l h^l>/n of the first seed at the last step, l = 1 .. H
  Summary summary;              // of the first seed that diverges
};

struct MeanFieldCase {
  Index hidden_layers = 1;
  double gamma = 1;
  MeanFieldSolution theory;
  double theory_seconds = 0;
  std::vector<WidthComparison> widths;  // objective by objective, widths as asked for
};

struct MeanFieldStudyResult {
  Dataset data;
  std::vector<MeanFieldCase> cases;  // hidden layers by hidden layers, gamma as asked for
  double seconds = 0;
};

[[nodiscard]] MeanFieldStudyResult mean_field_study(
    const MeanFieldStudyOptions& options,
    const std::function<void(const std::string&)>& progress = {});

// Slope of log(value) against log(width) by least squares; nothing with fewer than two widths or a
// value that is not positive.
[[nodiscard]] std::optional<double> width_slope(const MeanFieldCase& one, LinearObjective objective,
                                                double WidthComparison::*value);

}  // namespace saddlescope::analysis

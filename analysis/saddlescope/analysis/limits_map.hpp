// Width x depth maps at random weights: how far predictive coding is from backpropagation.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/limits_options.hpp"
#include "saddlescope/hessian/descent_directions.hpp"

namespace saddlescope::analysis {

// The pairs of directions whose cosines are recorded, in this order everywhere.
struct DescentPair {
  Descent a, b;
  const char* name;   // of files: "pc_bp"
  const char* title;  // of tables and figures: "PC-BP"
};
inline constexpr std::array<DescentPair, 5> kDescentPairs = {{
    {Descent::kPredictiveCoding, Descent::kBackprop, "pc_bp", "PC-BP"},
    {Descent::kPredictiveCoding, Descent::kGaussNewton, "pc_gn", "PC-GN"},
    {Descent::kBackprop, Descent::kGaussNewton, "bp_gn", "BP-GN"},
    {Descent::kPredictiveCoding, Descent::kLevenbergMarquardt, "pc_lm", "PC-LM"},
    {Descent::kBackprop, Descent::kLevenbergMarquardt, "bp_lm", "BP-LM"},
}};

// NaN stands for what does not exist (a cosine where a direction vanishes or could not be had);
// summary says why.
struct LimitsPoint {
  double loss = 0, energy = 0;
  double ratio = 0;            // lambda L/F*, >= 1
  double spectral_excess = 0;  // |S|_2 - 1/lambda
  double mean_excess = 0;      // tr S/d_y - 1/lambda
  double ratio_error = 0;      // relative, of rounding
  std::array<double, kDescentPairs.size()> cosine{};
  std::array<double, kDescentPairs.size()> cosine_error{};             // absolute, of rounding
  std::array<std::vector<double>, kDescentPairs.size()> layer_cosine;  // layer 1 first
  Summary summary;
};

// Without `gauss_newton` its cosines are NaN.
[[nodiscard]] LimitsPoint limits_point(const Architecture& architecture,
                                       const DataFactor<double>& data, const Vector& theta,
                                       bool gauss_newton, double damping);

struct MapCell {
  LimitsCell cell;
  LimitsPoint point;
  double expected_excess = 0;  // E S - 1/lambda; NaN where entries are not independent
};

// Refuses, naming --widths, a cell that memory cannot hold.
[[nodiscard]] std::vector<MapCell> limits_map(
    const LimitsOptions& options, const Dataset& data,
    const std::function<void(const std::string&)>& progress = {});

// Median over the seeds of `value` at one place of the map; NaN if all are.
[[nodiscard]] double seed_median(const std::vector<MapCell>& map,
                                 const std::string& parameterisation, Index width,
                                 Index hidden_layers,
                                 const std::function<double(const MapCell&)>& value);

}  // namespace saddlescope::analysis

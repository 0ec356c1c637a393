// One critical point from a family, with what theory predicts of it and what evaluation finds.
//
//   origin                  theta = 0
//   zero-rank               every map but the penultimate is zero
//   zero-rank-moments       A_L = 0 and A_1 Sigma_xy = 0, the other maps free
//   zero-rank-vanishing     A_L = 0 and A_l = 0 for l in --layers, the other maps free
//   zero-rank-kernel        A_L = 0 and A_{k+1} A_k = 0 for k = --layers, the other maps free
//   residual                zero-rank-vanishing with skips: W_l = -I/a_l
//   uncorrelated            A_L = 0, the other maps free, data with Sigma_xy = 0
//   uncorrelated-scalar     scalar network on four points, A_1 = --w
//   uncorrelated-target     one target of two uncorrelated: --t, --w, --sigma
//   rank-r                  --subset of singular values, --t, --random-rows
//   bottleneck-optimum      the largest singular values the widths allow
//   bottleneck              --d, --lambda-u, --lambda-v, --mu: its type changes at d_c
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/saddle/constructed_point.hpp"

namespace saddlescope::analysis {

// Members left empty take the default that describe() states.
struct ConstructOptions {
  std::string family;
  ProblemOptions problem;  // its `point` is the family's
  std::optional<std::vector<Index>> layers;
  std::optional<std::vector<Index>> subset;
  std::optional<double> t, w, sigma, d, lambda_u, lambda_v, mu, hidden_precision;
  std::optional<bool> random_rows;
  std::optional<double> orbit_condition;
  std::string out = "out/construction";

  ConstructOptions() { problem.data.source.clear(); }  // empty: not given
};

[[nodiscard]] const std::vector<std::string>& construct_families();

// Every field but the family, which is a positional argument of the verb.
[[nodiscard]] OptionTable describe(ConstructOptions& options);
// With every default of the family spelled out. Throws std::invalid_argument for an unknown family
// and for every option that does not apply to it, naming both.
[[nodiscard]] ConstructOptions effective(ConstructOptions options);

struct ConstructMeasurement {
  double value = 0;
  double gradient_norm = 0;
  double gradient_bound = 0;  // its rounding error
};

struct ConstructResult {
  Dataset data;
  Network network;
  ConstructedPoint point;
  ConstructMeasurement mse, energy;
};

[[nodiscard]] ConstructResult construct_study(const ConstructOptions& options);

[[nodiscard]] std::string construct_text(const ConstructResult& result);

// Writes network.h5, data.h5 and construction.json (family, options, predictions, values and
// gradient norms under both objectives, provenance) to `folder`, made if missing.
void write_construction(const ConstructResult& result, const ConstructOptions& options,
                        const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

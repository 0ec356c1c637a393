// The cases claims are measured on: recipes that rebuild a network, data and a point from a few
// numbers, and the sweep over them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/claim.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {

// x has iid N(0, 1) entries unless said otherwise; B has iid N(0, 1/d_x) entries.
enum class DataKind {
  kNoisy,         // y = B x + noise/2, N = d_x + d_y + 5
  kRealisable,    // y = B x, N = d_x + d_y + 5
  kFewSamples,    // y = B x + noise/2, N = max(1, d_x - 1): singular <x x'>
  kUncorrelated,  // <x y'> = 0 to rounding, N = d_x + d_y + 5
  kToy,           // x ~ N(1, 0.1^2), y_i = -x_{i mod d_x}, N = 16: the published toy data
  kManySamples,   // as kNoisy with N = 4 (d_x + d_y)
};

enum class PointKind {
  kOrigin,
  kNearOrigin,  // iid N(0, 1e-16)
  kUniform,     // uniform initialisation
  kNormal,      // normal initialisation
  kOrthogonal,  // orthogonal initialisation
};

struct CaseRecipe {
  ArchitectureOptions architecture;
  DataKind data = DataKind::kNoisy;
  PointKind point = PointKind::kNormal;
  std::uint64_t seed = 0;
};
[[nodiscard]] nlohmann::ordered_json to_json(const CaseRecipe& recipe);

struct Case {
  CaseRecipe recipe;
  Architecture architecture;
  Dataset data;
  SecondMoments moments;
  DataFactor<double> factor;  // uncompressed
  Vector theta;
  RandomStream stream;  // for what else a claim draws: directions, rotations
};
[[nodiscard]] Case build(const CaseRecipe& recipe);

// What a claim varies. Each combination of widths, parameterisation, skips (where hidden widths
// agree) and point is one recipe per seed, with gamma in {1, 2, 1/2}, precisions (all 1; lambda in
// {1/4, 4}; all log-uniform in [1/2, 2]) and data drawn from the seed. Quick sweeps draw one
// parameterisation and point for each widths and skips.
struct SweepOptions {
  std::vector<std::vector<Index>> widths;
  std::vector<DataKind> data = {DataKind::kNoisy, DataKind::kRealisable, DataKind::kFewSamples,
                                DataKind::kUncorrelated, DataKind::kToy};
  std::vector<PointKind> points = {PointKind::kOrigin, PointKind::kNearOrigin, PointKind::kUniform,
                                   PointKind::kNormal};
  bool skips = true;
  bool gammas = true;      // false: gamma = 1
  bool precisions = true;  // false: all 1
};
[[nodiscard]] std::vector<CaseRecipe> recipes(const SweepOptions& options,
                                              const ClaimContext& context);

// Depths 1 to 5; equal, unequal and bottleneck widths; scalar chains; wide outputs.
[[nodiscard]] std::vector<std::vector<Index>> standard_widths();
// The same without L = 1.
[[nodiscard]] std::vector<std::vector<Index>> hidden_widths();

// Builds and measures every case, in parallel, and merges in order. A case that throws counts as
// undecided, with the text of the exception.
[[nodiscard]] ClaimResult sweep(const ClaimContext& context, const std::vector<CaseRecipe>& recipes,
                                const std::function<void(Case&, Measurements&)>& measure);

// The claim with these texts that sweeps `measure` over recipes(options, context).
[[nodiscard]] Claim swept_claim(Claim texts, SweepOptions options,
                                std::function<void(Case&, Measurements&)> measure);

}  // namespace saddlescope::analysis

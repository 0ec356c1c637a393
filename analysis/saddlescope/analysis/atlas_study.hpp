// The atlas: thousands of critical points of all families, classified under loss and energy, each
// strict verdict with a certificate; the census, and what contradicts or escapes the theory.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/atlas_points.hpp"
#include "saddlescope/analysis/options.hpp"
#include "saddlescope/saddle/classification.hpp"

namespace saddlescope::analysis {

struct AtlasOptions {
  std::optional<std::vector<Index>> depths = std::vector<Index>{2, 3, 4, 5, 6};
  std::vector<std::string> kinds = {"realisable", "noisy", "uncorrelated"};
  Index problems = 26;         // >= 1 per depth and kind of data
  Index points = 6;            // >= 1 per family and problem
  Index max_width = 8;         // >= 2
  double orbit_condition = 4;  // >= 1
  Index max_order = 8;         // >= 2
  std::uint64_t seed = 0;
  bool no_check = false;
  int threads = 0;
  std::string out = "out/atlas";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(AtlasOptions& options);
[[nodiscard]] AtlasOptions effective(AtlasOptions options);

// What is kept of one point under one objective.
struct AtlasVerdict {
  PointVerdict verdict = PointVerdict::kUndecided;
  std::string reason;
  double value = 0;
  bool is_global = false;
  double gradient_norm = 0;
  double hessian_norm = 0;
  double curvature_scale = 0;  // the larger of |H|_F and value/|theta|^2
  Inertia inertia{-1, -1, -1};
  Index symmetry_nullity = -1;
  Index excess_nullity = -1;
  double lambda_min = 0;
  Index escape_order = 0;
  bool decided_in_quad = false;
  Index certificate = -1;  // number within the problem's certificates
  Index orbit = -1;        // class modulo the objective's symmetry within problem and family

  [[nodiscard]] bool critical() const { return verdict != PointVerdict::kNotCritical; }
};

struct AtlasRecord {
  Index problem = 0;  // index into AtlasResult::problems
  Index point = 0;    // index into its points
  Index rank = 0;
  std::array<AtlasVerdict, 2> under;  // loss, energy
};

// A statement that a record contradicts, or a point that theory does not cover.
struct AtlasFinding {
  Index record = 0;
  std::string text;
};

struct AtlasResult {
  std::vector<AtlasProblem> problems;
  std::vector<std::vector<Certificate>> certificates;  // per problem
  std::vector<AtlasRecord> records;                    // in order of problem and point
  std::vector<AtlasFinding> violations;       // of the strictness theorem or of a prediction
  std::vector<AtlasFinding> counterexamples;  // critical for F*, not global, not strict
  std::vector<AtlasFinding> undecided;
  double seconds = 0;  // of drawing and classifying
};

// Bitwise the same for any number of threads, but for `seconds`.
[[nodiscard]] AtlasResult atlas_study(const AtlasOptions& options,
                                      const std::function<void(const std::string&)>& progress = {});

// "rank-r, 5-4-4-3, mupc, skips, realisable data, orbit"
[[nodiscard]] std::string describe(const AtlasResult& result, const AtlasRecord& record);

}  // namespace saddlescope::analysis

// Counting an atlas: by depth, family, kind of data, rank, verdict and order of escape.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "saddlescope/analysis/atlas_study.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {

// Classes of verdicts that tables and figures tell apart, in this order everywhere.
enum class AtlasClass {
  kStrict,
  kNonStrict,
  kDegenerate,
  kSpuriousMinimum,  // local minimum, not global
  kGlobal,           // the value meets the proved lower bound
  kUndecided,
};
inline constexpr std::size_t kAtlasClasses = 6;
[[nodiscard]] std::string name(AtlasClass kind);
[[nodiscard]] AtlasClass class_of(const AtlasVerdict& verdict);  // of a critical point

struct CensusRow {
  std::string objective;  // loss | energy
  Index depth = 0;
  std::string family;
  std::string kind;
  Index points = 0;
  Index critical = 0;
  Index orbits = 0;  // distinct modulo the objective's symmetry, among the critical ones
  std::array<Index, kAtlasClasses> classes{};
  Index certificates = 0;
  Index lowest_order = 0, highest_order = 0;  // of escape among non-strict saddles; 0: none
};

struct Census {
  std::vector<CensusRow> rows;   // by objective, depth, family and kind
  std::array<CensusRow, 2> all;  // of loss and energy
  Index n_distinct = 0;          // points critical for some objective
  double worst_gradient = 0;     // largest |grad|/curvature_scale over critical points
  Index fewest_orbits = 0;       // of the energy, over rows with critical points
};

[[nodiscard]] Census take_census(const AtlasResult& result);

[[nodiscard]] CsvTable census_table(const Census& census);
[[nodiscard]] CsvTable points_table(const AtlasResult& result);
// Counts of orders of escape of the loss's non-strict saddles: depth, family, order, points.
[[nodiscard]] CsvTable orders_table(const AtlasResult& result);
// what (violation | counterexample | undecided), record, point in words, finding.
[[nodiscard]] CsvTable findings_table(const AtlasResult& result);

}  // namespace saddlescope::analysis

// The points of an atlas: random problems of a given depth and kind of data, and on each of them
// critical points of every family that exists there.
//
// A problem is an architecture (hidden widths, scales of a parameterisation, richness, skips on or
// off, precisions) with a dataset:
//
//   realisable     y = B x
//   noisy          y = B x + noise
//   uncorrelated   <x y'> = 0 to rounding
//
// Families: origin; penultimate, moments, vanishing, kernel, uncorrelated (rank zero, see
// saddle/zero_rank_family.hpp); rank-r and optimum (saddle/rank_r_family.hpp); every second point
// of a family is moved along its GL orbit. One problem per depth 2 atlas holds the small
// counterexamples.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saddlescope/network/network_file.hpp"
#include "saddlescope/saddle/constructed_point.hpp"

namespace saddlescope::analysis {

struct AtlasPoint {
  ConstructedPoint built;
  bool orbit = false;  // moved along the GL orbit: predictions of curvature no longer apply to F*
};

struct AtlasProblem {
  Index depth = 0;
  std::string kind;  // realisable | noisy | uncorrelated | counterexample
  Network network;   // theta empty
  Dataset data;
  StrictnessHypothesis hypothesis = StrictnessHypothesis::kNone;
  std::vector<AtlasPoint> points;
};

struct AtlasDraw {
  Index depth = 2;             // >= 2
  std::string kind;            // realisable | noisy | uncorrelated
  Index number = 0;            // of the problem among those of this depth and kind
  Index max_width = 8;         // >= 2
  Index points = 6;            // >= 1 per family
  double orbit_condition = 4;  // >= 1, of the group elements M_l
  std::uint64_t seed = 0;
};

// A pure function of its argument.
[[nodiscard]] AtlasProblem draw_problem(const AtlasDraw& draw);

// The bottleneck orbit below, at and above its transition, and both examples with uncorrelated
// targets.
[[nodiscard]] std::vector<AtlasProblem> counterexample_problems();

}  // namespace saddlescope::analysis

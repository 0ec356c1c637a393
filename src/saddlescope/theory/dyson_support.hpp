// The support of the predicted density of one chain: intervals between edges.
//
// Between the outer edges the axis is cut at the singular points (theory/dyson_chain.hpp) and
// scanned. From every scanned point outside the support the real branch is followed to the edges on
// both sides (theory/dyson_branch.hpp), so that a bulk between two such points is found however
// narrow it is. A gap between two scanned points of a bulk is found later, if a node of the quadrature
// falls into it (theory/dyson_quadrature.hpp).
#pragma once

#include <vector>

#include "saddlescope/theory/dyson_branch.hpp"
#include "saddlescope/theory/dyson_point.hpp"

namespace saddlescope {

struct Support {
  std::vector<std::pair<double, double>> intervals;  // ascending; neighbours may share an end
  double residual = 0;                               // the largest seen
  Summary summary;
};

// Of a random chain, without activity decay.
[[nodiscard]] Support spectral_support(const DysonChain& chain);

// The gap around a solution outside the support: its two edges.
struct Gap {
  SpectralEdge low, high;
};
[[nodiscard]] Gap gap_around(const DysonChain& chain, const DysonSolution& outside);

}  // namespace saddlescope

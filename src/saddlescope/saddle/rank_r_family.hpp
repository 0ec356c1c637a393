// Rank-r critical points with their predictions (the point itself: saddle/constructions.hpp).
//
// The loss is 1/2 (tr Sigma_yy - sum_{k in S} s_k^2). It is the least possible under the widths for
// S = the largest min n_l singular values; it has negative curvature where a larger singular value
// than one kept is left out, because turning the kept direction towards it stays within the rank.
// F* is critical exactly if the kept directions of y are noiseless, U_S'(y - B x) = 0 for every
// sample: then F* = lambda L. With y = B x, S the largest n_{L-1} < d_y and r = n_{L-1}, the value
// is the infimum (lambda/2) of the sum of the d_y - n_{L-1} smallest eigenvalues of Sigma_yy [D]:
// the optimum of a bottleneck.
#pragma once

#include "saddlescope/saddle/constructed_point.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope {

// Throws as rank_r() does.
[[nodiscard]] ConstructedPoint rank_r_family(const Architecture& architecture, const Dataset& data,
                                             const RankROptions& options, RandomStream& stream);

// The truncation to as many of the largest singular values (other than 0) as the widths allow: the
// global minimum of the loss, and with y = B x the constrained optimum of F*.
[[nodiscard]] ConstructedPoint bottleneck_optimum(const Architecture& architecture,
                                                  const Dataset& data, RandomStream& stream);

}  // namespace saddlescope

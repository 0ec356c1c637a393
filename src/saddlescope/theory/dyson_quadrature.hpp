// The mass of the predicted density over one interval of the support, by tanh-sinh quadrature.
//
//   log x = log low + log(high/low) s(t),   s(t) = 1/(1 + exp(-pi sinh t))
//
// Nodes are solved from the middle outwards, each from its neighbour; the spacing in t is halved until
// the mass moves by less than 1e-7 of the chain's, or at 1/128. Where the equation cannot be solved
// closer to an end than 1e-5 of the interval (an edge is known to rounding only), the density goes on
// by the power law of the last nodes; failing anywhere else is reported. A node outside the support
// ends the work: the interval has a gap there and must be split.
#pragma once

#include <optional>

#include "saddlescope/theory/dyson_point.hpp"
#include "saddlescope/theory/spectral_prediction.hpp"

namespace saddlescope {

[[nodiscard]] double interval_parameter(double low, double high, double x);  // t of x
[[nodiscard]] double interval_slope(double low, double high, double t);      // dx/dt

struct BulkQuadrature {
  SpectralBulk bulk;  // without activity decay
  double residual = 0;
  Index n_extrapolated = 0;
  Summary summary;
  bool converged = false;
  double split_at = 0;               // where to split the interval if not
  std::optional<DysonSolution> gap;  // a solution outside the support; then there is no bulk
};
[[nodiscard]] BulkQuadrature integrate_density(const DysonChain& chain, double low, double high);

}  // namespace saddlescope

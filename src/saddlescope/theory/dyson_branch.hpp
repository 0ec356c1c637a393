// Edges of the predicted spectrum of an activity Hessian, and its condition number.
//
// Outside the support the solution of the Dyson equation is real and analytic, and
// g(x) = sum of weights/(x - lambda) falls strictly. The branch is followed in g, from x = -norm
// (well below the support, which is positive) upwards or from x = 2 norm downwards: along it every
// c_k grows with g, which is checked at every step, so no other branch is accepted. It ends
//
//   at a soft edge, where dx/dg = 0: the matrix of Newton's method for c alone is singular there
//     (the density starts as a square root). The root of dx/dg is found by TOMS 748; x is stationary
//     there, so its error is of second order in that of g;
//   or at a singular point (theory/dyson_chain.hpp), where g has a pole, or a hard edge's divergence.
//
// Some hundred banded solves of O(L) flops an edge.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/theory/dyson_newton.hpp"

namespace saddlescope {

struct SpectralEdge {
  double x = 0;
  bool soft = true;      // false: an atom or a hard edge
  double curvature = 0;  // d2x/dg2 at a soft edge; 0 elsewhere
  double residual = 0;   // of the Dyson equation, relative, the largest along the way
  Summary summary;
};

// The next point of the support in the direction +1 or -1 from a solution outside it.
[[nodiscard]] SpectralEdge next_edge(const DysonChain& chain, DysonState<double> start,
                                     int direction);

// A solution below (x = -norm) or above (x = 2 norm) the support of a random chain.
[[nodiscard]] DysonState<double> outside(const DysonChain& chain, bool above);

// Least and greatest point of the support of one chain.
[[nodiscard]] SpectralEdge least_edge(const DysonChain& chain);
[[nodiscard]] SpectralEdge greatest_edge(const DysonChain& chain);

// What one Tracy-Widom unit is in x at a soft edge of `dim` eigenvalues: with the density
// (1/pi) sqrt(2 |x - edge|/|curvature|) of a trace whose whole mass is 1, the edge eigenvalues are
// spaced like those of the Airy operator times
//
//   unit = (|curvature|/(2 dim^2))^{1/3}.
//
// The largest eigenvalue of a matrix with real independent entries lies at edge + unit xi, the least
// at edge - unit xi, xi distributed by Tracy and Widom's F_1 as dim -> infinity (edge universality:
// Alt, Erdos, Krueger and Schroeder 2020, for Hermitian matrices with correlations); what is left is
// of the order unit^{3/2}. Zero at an edge that is not soft.
[[nodiscard]] double tracy_widom_unit(const SpectralEdge& edge, Index dim);

// F_1(kTracyWidomMedian) = 1/2.
inline constexpr double kTracyWidomMedian = -1.26857461658;

struct PredictedCondition {
  double lambda_min = 0, lambda_max = 0;  // edges of the limiting spectrum of H_z, decay included
  double condition_number = 0;            // their ratio
  // Medians of the extreme eigenvalues at the network's own widths, to the order above; an edge that
  // is not soft stands for itself.
  double lambda_min_median = 0, lambda_max_median = 0;
  double residual = 0;  // of the Dyson equation, relative, the largest seen
  Summary summary;
};

// `variances`: sigma_l^2 of the entries of W_1 .. W_L (network/initialise.hpp). Throws as
// dyson_chains does, and for a decay that is not finite and >= 0.
[[nodiscard]] PredictedCondition predicted_condition_number(const Architecture& architecture,
                                                            std::span<const double> variances,
                                                            double activity_decay = 0);

}  // namespace saddlescope

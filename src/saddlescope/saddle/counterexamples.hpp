// Small families with data of exact second moments, whose critical points are not strict saddles:
// the hypotheses under which all of them are cannot simply be dropped [D].
//
// With h_1, h_2 and h_1 h_2 the orthonormal functions on the four points (+-1, +-1), x = (h_1, h_2)
// is white and h_1 h_2 is noise that no linear map of x explains.
#pragma once

#include <optional>

#include "saddlescope/saddle/constructed_point.hpp"

namespace saddlescope {

// One hidden unit, two inputs and outputs:
//
//   Sigma_xx = I, Sigma_yx = diag(sqrt(l_u), sqrt(l_v)), Sigma_yy = diag(l_u, mu),
//   A_2 = (d, 0)', A_1 = (sqrt(l_u)/d, 0).
//
// Critical for both, F* = lambda mu/2; a local minimum of F* that is not global for d < d_c, a
// strict saddle for d > d_c, a non-strict saddle at d_c:
//
//   d_c^2 = pi_1 (l_u - l_v)/(lambda (mu - l_u)).
//
// For pi_1 = lambda = 1 and (l_u, l_v, mu, d) = (1, 1/2, 3/2, 1) the eigenvalues are 0, 0, 3/4, 1.
struct BottleneckOptions {
  double lambda_u = 1;          // l_u > l_v
  double lambda_v = 0.5;        // l_v > 0
  double mu = 1.5;              // > l_u
  double lambda = 1;            // > 0
  double hidden_precision = 1;  // pi_1 > 0
  double d = 1;                 // finite, != 0
};
[[nodiscard]] double bottleneck_transition(const BottleneckOptions& options);  // d_c
// The prediction of the sign of lambda_min is left open within 1e-12 of d_c.
[[nodiscard]] Construction bottleneck(const BottleneckOptions& options);

// Scalar network with one hidden unit, x = (1, -1, 1, -1), y = (1, 1, -1, -1), A_2 = 0, A_1 = w.
// The Hessian of F* has the eigenvalues 0 and lambda (w^2 - lambda/pi_1): a strict saddle for small
// |w|, a local minimum that is not global for large |w|, the infimum being 0.
// The loss is at its minimum.
struct UncorrelatedScalarOptions {
  double w = 2;                 // finite
  double lambda = 1;            // > 0
  double hidden_precision = 1;  // pi_1 > 0
};
[[nodiscard]] Construction uncorrelated_scalar(const UncorrelatedScalarOptions& options);

// Two inputs, hidden units and outputs, y = (x_1, sigma h_1 h_2): Sigma_xy != 0, but one target is
// uncorrelated. A_2 = diag(t, 0), A_1 = diag(1/t, w): rank 1, F* = lambda sigma^2/2, and lambda_min
// = 0 where w^2 >= lambda sigma^2/pi_1 and sigma <= 1; a strict saddle where w^2 < lambda
// sigma^2/pi_1.
struct UncorrelatedTargetOptions {
  double t = 1;                 // finite, != 0
  double w = 2;                 // finite
  double sigma = 0.8;           // in (0, 1]
  double lambda = 1;            // > 0
  double hidden_precision = 1;  // pi_1 > 0
};
[[nodiscard]] Construction uncorrelated_target(const UncorrelatedTargetOptions& options);

}  // namespace saddlescope

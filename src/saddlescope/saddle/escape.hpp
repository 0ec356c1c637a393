// EscapeTime from a saddle along a ray: the measured time against the law that the ray predicts.
//
// Where f(theta_0 + rho v) = f_0 + c rho^k + .., |v| = 1, c < 0, and the gradient on the ray stays
// along v, the flow obeys rho' = k |c| rho^{k-1}; from rho = epsilon to rho = r it takes
//
//   k = 2    log(r/epsilon)/|lambda|,  lambda = 2 c = v'H v
//   k > 2    (epsilon^{2-k} - r^{2-k})/((k - 2) k |c|).
//
// Measured is the time at which |theta - theta_0| first reaches r on the flow from theta_0 +
// epsilon v (continuous output, tolerance of FlowOptions). How far r is from the law's regime is
// told by the deviation of the gradient on the ray,
//
//   |grad f(theta_0 + rho v) - k c rho^{k-1} v| / (k |c| rho^{k-1}),
//
// at r and at epsilon (there it holds theta_0's own gradient and rounding). While it stays below d,
// rho' is within (1 +- d) of the law, and so is the time, as far as the flow keeps to the ray.
#pragma once

#include "saddlescope/saddle/gradient_flow.hpp"

namespace saddlescope {

struct EscapeRay {
  Vector direction;        // v, |v| = 1
  Index order = 2;         // k >= 2
  double coefficient = 0;  // c < 0; lambda/2 for k = 2
};

struct EscapeTimeOptions {
  // >= 0; 0: the largest 2^-j, j >= 0, with a deviation of at most `deviation`.
  double radius = 0;
  // >= 0, < radius; 0: radius/1e4 for k = 2 and radius/10 for k > 2, tenfold as often as the
  // deviation at epsilon asks for it.
  double epsilon = 0;
  double deviation = 0.005;  // > 0
  FlowOptions flow = {};     // duration and radius are set here: 3 times the prediction, and r
};

struct EscapeTime {
  EscapeRay ray;
  double epsilon = 0;
  double radius = 0;
  double deviation_at_epsilon = 0;
  double deviation_at_radius = 0;
  double predicted = 0;  // time
  double measured = 0;   // 0 where the radius was not reached
  FlowResult flow;
  // kUndecided: no radius is in the regime of the law; kNotConverged: the radius was not reached.
  Summary summary;
};

// The unit eigenvector of the least eigenvalue of the dense Hessian at theta_0, and half of it. The
// eigenvector's largest entry is positive. coefficient >= 0: the point has no such ray.
[[nodiscard]] EscapeRay steepest_ray(const Objective<double>& objective, const Vector& theta_0);

// The origin of the loss (no skips, L >= 2, Sigma_xy != 0): W_l = rho u_l u_{l-1}'/sqrt(L), u_0 and
// u_L the top singular vectors of Sigma_xy, the others unit vectors, give order L and
//
//   c = -s_1 |a_1 .. a_L| L^{-L/2},
//
// the least coefficient of all directions (by the inequality of means), and the gradient stays on
// the ray. In reduced parameters.
[[nodiscard]] EscapeRay loss_origin_ray(const LinearLandscape& landscape);

// Throws std::invalid_argument if the ray does not fit or an option breaks its inequality.
[[nodiscard]] EscapeTime escape_time(const Objective<double>& objective, const Vector& theta_0,
                                     const EscapeRay& ray, const EscapeTimeOptions& options = {});
// On the landscape's reduced parameters, with balance laws and run-away.
[[nodiscard]] EscapeTime escape_time(const LinearLandscape& landscape, const Vector& theta_0,
                                     const EscapeRay& ray, const EscapeTimeOptions& options = {});

}  // namespace saddlescope

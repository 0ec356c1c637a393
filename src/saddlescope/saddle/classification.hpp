// What kind of point of a landscape is this: gradient, inertia by two routes, zero modes split into
// symmetry and excess, a verdict, and the evidence for it.
//
//   not critical       the gradient exceeds its rounding
//   strict saddle      an eigenvalue is negative, its sign proved by a certificate
//   local minimum      no eigenvalue is negative and the symmetry's orbit explains every zero
//   non-strict saddle  no eigenvalue is negative, but the objective decreases at an order k >= 3
//   degenerate         no eigenvalue is negative, excess nullity, no descent up to the order tried
//   undecided          rounding hides the criticality or a sign, in double and in quad
//
// No threshold on lambda_min is picked: an eigenvalue counts as zero within the bound of its
// rounding error. What double leaves undecided is decided again in quad (saddle/precise_point.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/saddle/certificate.hpp"
#include "saddlescope/saddle/criticality.hpp"
#include "saddlescope/saddle/landscape.hpp"

namespace saddlescope {

struct ClassifyOptions {
  bool any_point = false;   // also count the signs at a point that is not critical
  bool independent = true;  // count the signs a second time without eigenvalues
  bool precise = true;      // decide again in quad what double leaves undecided
  Index max_order = 8;      // >= 2, of the escape
  std::uint64_t seed = 0;   // of the search for directions of escape
};

struct Classification {
  std::string objective;  // mse | energy
  PointVerdict verdict = PointVerdict::kUndecided;
  std::string reason;

  double value = 0;
  double value_error = 0;
  double lower_bound = 0;  // proved, over all parameters
  bool is_global = false;  // value <= lower_bound + rounding

  double gradient_norm = 0;
  double gradient_bound = 0;   // of its rounding
  double curvature_scale = 0;  // the larger of |H|_F and value/|theta|^2
  double hessian_norm = 0;     // |H|_2; nothing below is set where the point was not looked into
  double zero_threshold = 0;
  Inertia inertia{-1, -1, -1};           // of all p parameters
  std::optional<Inertia> independent{};  // by the second route, at `independent_threshold`
  double independent_threshold = 0;
  Index symmetry_nullity = -1;
  Index excess_nullity = -1;
  Vector eigenvalues;  // p, ascending
  double lambda_min = 0;
  Vector lowest;  // p, a unit eigenvector of lambda_min

  // The smallest order at which the objective decreases: 1 off critical points, 2 at strict
  // saddles; 0: no descent found.
  Index escape_order = 0;
  Vector escape_direction;        // p, unit; empty where no descent was found
  double escape_coefficient = 0;  // < 0: f(theta(t)) = f + coefficient t^order + ..
  bool decided_in_quad = false;
  std::optional<Certificate> certificate{};
  std::vector<std::string> notes;

  [[nodiscard]] bool examined() const { return inertia.n_negative >= 0; }
};

// Cost: an eigen-decomposition of the reduced Hessian, the same again for the second count, and
// a singular value decomposition of p x (n_1^2 + .. + n_{L-1}^2); thousands of flops p for
// degenerate points. Throws std::invalid_argument if theta does not fit or holds a NaN.
[[nodiscard]] Classification classify(const LinearLandscape& landscape, const Vector& theta,
                                      const ClassifyOptions& options = {});

}  // namespace saddlescope

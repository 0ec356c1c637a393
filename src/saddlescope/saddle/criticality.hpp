// What gradient and signs of curvature say about a point, as far as rounding lets one see.
#pragma once

#include <string>

#include "saddlescope/linalg/inertia.hpp"

namespace saddlescope {

enum class Criticality { kCritical, kNotCritical, kUndecided };

// A computed gradient: its norm, the error of it, and what it is measured against.
struct GradientFacts {
  double norm = 0;
  double bound = 0;
  double size = 0;
};

struct GradientScales {
  double rounding = 0;      // Point::gradient_error_bound()
  double magnitude = 0;     // Point::gradient_magnitude()
  double value = 0;         // >= 0
  double theta_norm = 0;    // |theta|
  double hessian_norm = 0;  // |H|_2 or an upper bound of it
  Index width = 1;          // n, the largest of the network
};

// theta itself is taken to be known to n eps of its length, as products of matrices of width n
// leave it: the nearest doubles to a critical point count as critical.
[[nodiscard]] double parameter_error(const GradientScales& scales);  // n eps |theta|

// The larger of |H| and of value/|theta|^2, which a Hessian that vanishes is measured against.
[[nodiscard]] double curvature_scale(const GradientScales& scales);

// bound  rounding + parameter_error |H|
// size   the norms of the gradient's terms before they cancel, or 10 eps^{1/2} curvature_scale
//        |theta| if that is larger: the gradient at a distance of half of theta's digits from the
//        critical point
[[nodiscard]] GradientFacts gradient_facts(double norm, const GradientScales& scales);

// kNotCritical: norm > bound, so the true gradient is not zero. kCritical: norm <= bound, and
// bound < size/10 or the terms are all zero. kUndecided: a bound of size/10 or more leaves not one
// decimal digit of the gradient right, so a small norm says nothing; also where a number is not
// finite.
[[nodiscard]] Criticality judge_gradient(const GradientFacts& gradient);
// The judgement in words: "gradient exactly zero", "|gradient| 1.20e-03 > its rounding 1.0e-15", ..
[[nodiscard]] std::string text(const GradientFacts& gradient);

enum class PointVerdict {
  kNotCritical,
  kStrictSaddle,     // critical, an eigenvalue is negative
  kLocalMinimum,     // critical, no eigenvalue is negative, symmetry explains those that are zero
  kNonStrictSaddle,  // critical, no eigenvalue is negative, a higher order decreases
  kDegenerate,       // critical, no eigenvalue is negative, zeros beyond the symmetry's, no descent
                     // known
  kUndecided,        // rounding hides the criticality or a sign that decides
};
[[nodiscard]] std::string name(PointVerdict verdict);  // "strict saddle", ..

struct CurvatureFacts {
  GradientFacts gradient;    // of all layers
  Inertia inertia;           // -1: not determined; n_zero counts |lambda| <= threshold
  Index n_exact_zero = 0;    // eigenvalues known to be zero without rounding
  bool counts_agree = true;  // false: an independent count of the signs says otherwise
  std::string layers;        // "1,3" where the Hessian is of these layers alone, empty: of all
};

struct PointJudgement {
  PointVerdict verdict = PointVerdict::kUndecided;
  std::string reason;
};

// A negative eigenvalue within some layers is one of all layers (Cauchy's interlacing); the other
// signs speak of the chosen layers only, and the reason says so.
[[nodiscard]] PointJudgement judge_point(const CurvatureFacts& facts);

// "strict saddle: gradient exactly zero, 2 eigenvalues below -threshold"
[[nodiscard]] std::string text(const PointJudgement& judgement);

}  // namespace saddlescope

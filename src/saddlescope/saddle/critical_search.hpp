// Critical points of any objective, searched from a start.
//
//   Newton-MR             s = -H^+ g by MINRES with lifting, backtracking on |g|^2/2, whose slope
//                         along s is g'H s = -|P g|^2, P the projector on the range of H
//   gradient norm         s = -H g, the steepest descent of |g|^2/2, with Barzilai-Borwein lengths
//                         and a non-monotone Armijo test: the baseline
//   eigenvector following from the dense eigen-decomposition of H: up along the k lowest modes,
//                         down along the others, s_i = +-g_i/|lambda_i|, modes with |lambda_i| <=
//                         1e-9 |H| left out; the length is trusted as far as H predicts the change
//                         of the gradient. Its fixed points of full rank have index k.
//
// Newton-MR counts eigenvalues below a cut as zero, which it raises after shortened steps and
// lowers after full ones, and takes no step longer than 0.03 max(1, |theta|). Each method ends in
// Newton steps with the dense pseudo-inverse (saddle/polish.hpp).
//
// |g|^2 also has minima that are no critical points: there H g = 0 with g != 0 (gradient-flat).
// They are told by the flatness |H g|/(|H| |g|), the cosine-like size of the slope of |g|^2/2: near
// a critical point with condition number kappa (of H on its range) it is at least 1/kappa, so a
// flatness below 1e-6 with a gradient that no longer falls is a stationary point of |g|^2 for every
// kappa up to 1e6.
#pragma once

#include <functional>
#include <string>

#include "saddlescope/hessian/objective.hpp"

namespace saddlescope {

enum class SearchMethod { kNewtonMr, kGradientNorm, kEigenvectorFollowing };
[[nodiscard]] std::string name(SearchMethod method);  // "newton-mr", "gradient-norm", ..
[[nodiscard]] SearchMethod parse_search_method(const std::string& name);

enum class SearchEnd {
  // |g| <= Point::gradient_error_bound(), which is at most 1e-9 of what the norms of the gradient's
  // terms amount to.
  kCritical,
  kGradientFlat,  // flatness <= flat_tolerance and the gradient is above rounding: rejected
  // |theta| > runaway_growth max(1, |theta_0|) while the gradient fell: no critical point nearby,
  // the objective's infimum of |g| may lie at infinity.
  kRunaway,
  kNotConverged,
  kNotComputable,  // the objective refuses theta_0
};
[[nodiscard]] std::string name(SearchEnd end);  // "critical", "gradient-flat", ..

struct SearchOptions {
  SearchMethod method = SearchMethod::kNewtonMr;
  Index index = 0;               // >= 0: k of eigenvector following
  int max_iterations = 1000;     // >= 0
  int max_polishing = 100;       // >= 0
  double flat_tolerance = 1e-6;  // > 0
  double runaway_growth = 30;    // > 1
};

struct CriticalPointSearch {
  SearchEnd end = SearchEnd::kNotConverged;
  Vector theta;
  double value = 0;
  double gradient_norm = 0;
  double gradient_bound = 0;  // Point::gradient_error_bound()
  double hessian_norm = 0;    // |H|_2 from its eigenvalues
  double flatness = 0;        // |H g|/(|H| |g|); 0 if H or g is 0
  Index n_negative = 0;       // eigenvalues below -Point::hessian_error_bound()
  int iterations = 0;
  int polishing = 0;
  Index products = 0;     // with Hessians
  Index evaluations = 0;  // of the objective
  // Ok only at a critical point; else the numbers that decided.
  Summary summary;
};

// Dense work at the end: p^3 flops. Throws std::invalid_argument if theta_0 does not fit or an
// option breaks its inequality. The same inputs give the same bits.
[[nodiscard]] CriticalPointSearch search_critical_point(const Objective<double>& objective,
                                                        const Vector& theta_0,
                                                        const SearchOptions& options = {});

}  // namespace saddlescope

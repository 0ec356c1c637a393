// A block Cholesky factor of sigma (H_z - s I), sigma = +-1, that proves on which side of s the
// whole spectrum of the activity Hessian lies.
//
// Let M = sigma (H_z - s I), assembled and factored as L L' in floating point. If every pivot is
// positive then L L' is positive definite exactly, and M = L L' + E, hence
// lambda_min(M) >= -|E|_2 >= -(largest row sum of a bound of |E|) =: -error_bound: all of H_z is
// above s - error_bound (sigma = 1) or below s + error_bound (sigma = -1). Two ways to bound |E|:
//
//   plain    |E| <= gamma_K (|L| |L|' + pi |A|' |A| + ..), K the largest number of terms of an
//            entry (Higham 2002, theorem 10.3 and section 8.1, for sums in any order, assembly
//            included): some 1e-10 at width 1024
//   sharp    long sums by linalg/split_product, which leaves a rounding of every partial result as
//            it is and gamma_38 |L_p| |L_p|' within each panel p of 64 columns: some 3e-13 there,
//            at three times the products
//
// 10/3 n^3 flops a layer of width n, 10 n^3 sharp; blocks are assembled as they are needed and
// forgotten unless kept for solves: then 2 n^2 doubles a layer.
#pragma once

#include <functional>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/inference/activity_operator.hpp"

namespace saddlescope {

struct DefinitenessOptions {
  double sign = 1;           // sigma
  double shift = 0;          // s, finite
  bool sharp = false;        // how |E| is bounded
  bool keep_factor = false;  // for solve_in_place()
  std::function<void(Index layer, Index layers)> progress = {};
};

class DefiniteFactor {
 public:
  DefiniteFactor(const ActivityOperator& H, const DefinitenessOptions& options);

  // Every pivot was positive. If not, M is not positive definite, or its smallest eigenvalue is
  // within rounding of 0; summary() names the layer.
  [[nodiscard]] bool complete() const { return summary_.ok(); }
  [[nodiscard]] const Summary& summary() const { return summary_; }
  [[nodiscard]] double error_bound() const { return error_bound_; }  // of |E|_2, if complete()

  // v becomes M^{-1} v. Needs complete() and keep_factor. 6 n^2 flops a layer.
  void solve_in_place(Vector& v) const;

 private:
  std::vector<Matrix> factor_, coupling_;  // L_{k,k}, and L_{k+1,k}
  std::vector<Index> offsets_;
  Summary summary_;
  double error_bound_ = 0;
};

}  // namespace saddlescope

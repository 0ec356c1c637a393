// A block Cholesky factor of sigma (H_z - s I), sigma = +-1, that proves on which side of s the
// whole spectrum of the activity Hessian lies.
//
// Let M = sigma (H_z - s I), assembled as M^ and factored as L L', all in floating point. If every
// pivot is positive then L L' is positive definite exactly, and
//
//   M = L L' + E,    |E| <= gamma_K (|L| |L|' + |D| + pi |A|' |A| + ..)   entry by entry,
//
// where K is the largest number of roundings a term of any entry passes through (Higham 2002,
// theorem 10.3 and section 8.1, for sums in any order; the assembly of M^ counts as part of them).
// Hence lambda_min(M) >= -|E|_2 >= -(largest row sum of the bound) =: -error_bound: all of H_z is
// above s - error_bound (sigma = 1) or below s + error_bound (sigma = -1). Sums are kept short
// (linalg/short_sum.hpp), so that error_bound is some 1e-11 at width 1024 rather than 1e-9.
//
// 10/3 n^3 flops a layer of width n; blocks are assembled as they are needed and forgotten unless
// kept for solves: then 2 n^2 doubles a layer.
#pragma once

#include <functional>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/inference/activity_operator.hpp"

namespace saddlescope {

struct DefinitenessOptions {
  double sign = 1;          // sigma
  double shift = 0;         // s, finite
  bool keep_factor = true;  // for solve()
  std::function<void(Index layer, Index layers)> progress = {};
};

class DefiniteFactor {
 public:
  DefiniteFactor(const ActivityOperator& H, const DefinitenessOptions& options);

  // Every pivot was positive. If not, M is not positive definite, or its smallest eigenvalue is
  // below error_bound(); summary() names the layer.
  [[nodiscard]] bool complete() const { return summary_.ok(); }
  [[nodiscard]] const Summary& summary() const { return summary_; }
  // Of |E|_2, of the layers that were factored.
  [[nodiscard]] double error_bound() const { return error_bound_; }

  // v becomes M^{-1} v. Needs complete() and keep_factor. 4 n^2 + 2 n^2 flops a layer.
  void solve_in_place(Vector& v) const;

 private:
  std::vector<Matrix> factor_, coupling_;  // L_{k,k}, and L_{k+1,k}
  std::vector<Index> offsets_;
  Summary summary_;
  double error_bound_ = 0;
};

}  // namespace saddlescope

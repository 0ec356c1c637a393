// Runs a step rule on a batch of samples until each has come to an end. Internal to inference/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/inference/step_rule.hpp"
#include "saddlescope/linalg/block_tridiagonal.hpp"

namespace saddlescope::iteration {

struct Plan {
  EquilibriumSolver solver = EquilibriumSolver::kDescent;
  double step = 0, momentum = 0;
  double lambda_min_below = 0, lambda_max_above = 0;
  double tolerance = 0;
  Index max_steps = 0;
  // Steps by which theory predicts a fall of the gradient by the factor e; 0: not known.
  double steps_per_efold = 0;
  bool record = false;                                     // norms along the way
  bool energies = false;                                   // and energies
  const BlockTridiagonalCholesky<double>* gaps = nullptr;  // and energy gaps, by this factor of H_z
  std::function<void(const std::string&)> progress = {};
};

enum class End {
  kTarget,     // |g| <= 0.9 tolerance lambda_min |z|; the certificate has the last word
  kFloor,      // |g| is within its rounding, and fell less than half as fast as predicted
  kGrowth,     // |g| is twice what a stable iteration allows
  kNotFinite,  // z or g became NaN or infinite
  kSteps
};

struct ColumnEnd {
  End end = End::kSteps;
  Index steps = 0;      // taken; for kNotFinite the one that failed
  bool halved = false;  // |g| at the end is at most half of what it was at half of max_steps
};

struct Record {
  Index step = 0;
  Vector time, norm;   // k; those of columns that ended stay at their last
  Vector energy, gap;  // the same, zeros where the plan does not ask for them
};

struct Run {
  Matrix z;  // the last finite iterate of each column
  std::vector<ColumnEnd> ends;
  std::vector<Record> records;
};

// How far |g_k| of a stable iteration can exceed its reference, the smallest |g| so far for methods
// whose step multiplies each eigencomponent of g by a factor of at most 1, and |g_0| for others:
//
//   descent, euler, heun, dopri5   1
//   momentum   4 k: g_k = q_k g_0 with q_k = S_k q_1 - beta S_{k-1}, |S_k| <= k, |q_1| <= 3
//   cg         sqrt(kappa): the error in the H-norm never grows (infinite if kappa is not known)
[[nodiscard]] double growth_limit(const Plan& plan, Index step);

// A bound, generous, of the rounding error of H_z z - b in double: 4 w eps (lambda_max |z| + |b|),
// w the widest layer.
[[nodiscard]] double gradient_rounding(const ActivityOperator& op, double lambda_max, double z_norm,
                                       double b_norm);

// From `start` (dim x k) with sources b of the samples x, y.
[[nodiscard]] Run run(const ActivityOperator& op, const Plan& plan, const Matrix& x,
                      const Matrix& y, const Matrix& start);

}  // namespace saddlescope::iteration

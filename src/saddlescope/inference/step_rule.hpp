// One step of an iterative solver for H_z z = b on a batch of samples, a column each. Internal to
// inference/.
#pragma once

#include <memory>
#include <vector>

#include "saddlescope/inference/activity_operator.hpp"
#include "saddlescope/inference/equilibrium_options.hpp"

namespace saddlescope::iteration {

// What a step rule works on. Columns belong together; a rule has its own columns beside them.
struct Batch {
  Matrix z, g, b;  // dim x k: iterate, H_z z - b, source
  Vector time;     // k: passed so far; the number of steps where there is no time
};

// The columns `kept` of M, in that order.
[[nodiscard]] Matrix columns(const Matrix& M, const std::vector<Index>& kept);

class StepRule {
 public:
  virtual ~StepRule() = default;
  // z, g and time become the next iterate's.
  virtual void advance(Batch& batch) = 0;
  // Forgets the columns that are not kept.
  virtual void keep(const std::vector<Index>& kept) = 0;
  // True if g is carried along and may drift from H_z z - b; then the caller recomputes it before
  // it believes that it is small, and restart() makes the column begin anew at its z and g.
  [[nodiscard]] virtual bool drifts() const { return false; }
  virtual void restart(const Batch& batch, Index column);
};

// For a solver with steps; `batch` is the start. `op` must outlive the rule.
[[nodiscard]] std::unique_ptr<StepRule> make_rule(EquilibriumSolver solver,
                                                  const ActivityOperator& op, const Batch& batch,
                                                  double step, double momentum);

// Dormand and Prince's steps are refused where the estimated error of a step exceeds this times the
// step's length h |g|: relative, so that it can follow a solution as far as doubles reach.
inline constexpr double kOdeTolerance = 1e-6;

// dz/dt = b - H_z z in equal steps of Euler's method or Heun's; in ode_steps.cpp.
[[nodiscard]] std::unique_ptr<StepRule> make_ode_rule(EquilibriumSolver solver,
                                                      const ActivityOperator& op, double step);
// Of Dormand and Prince's; kFixed keeps the step and refuses none.
enum class OdeControl { kAdaptive, kFixed };
[[nodiscard]] std::unique_ptr<StepRule> make_dopri5_rule(const ActivityOperator& op,
                                                         const Batch& batch, double step,
                                                         OdeControl control);

}  // namespace saddlescope::iteration

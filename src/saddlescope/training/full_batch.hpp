// Training on all samples at once: one evaluation of an objective and one update a step.
//
// A trainer stands at theta_k, k = 0, 1, .., with value and gradient there; advance() applies the
// optimiser and evaluates at theta_{k+1}. Two trainers advanced in turn train twins in lockstep.
#pragma once

#include <functional>
#include <memory>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/training/optimiser.hpp"

namespace saddlescope {

// Where the objective cannot be evaluated or theta leaves the finite numbers, summary() names the
// step and the reason, theta stays where it last could be evaluated, and advance() does nothing
// more. Not for several threads at once.
class FullBatchTrainer {
 public:
  // `objective` must outlive this. Throws std::invalid_argument if theta does not fit it.
  FullBatchTrainer(const Objective<double>& objective, Vector theta,
                   const OptimiserOptions& options);

  bool advance();  // false: stopped, see summary()
  [[nodiscard]] Index step() const { return step_; }
  [[nodiscard]] const Vector& theta() const { return theta_; }
  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] const Vector& gradient() const { return gradient_; }
  [[nodiscard]] const Summary& summary() const { return summary_; }

 private:
  bool evaluate(const Vector& theta, Index step);

  const Objective<double>& objective_;
  std::unique_ptr<Optimiser> optimiser_;
  Vector theta_, gradient_;
  double value_ = 0;
  Index step_ = 0;
  Summary summary_;
};

// Advances by `steps` and calls `probe` at every state, the first and the last included.
void train(FullBatchTrainer& trainer, Index steps,
           const std::function<void(const FullBatchTrainer&)>& probe);

}  // namespace saddlescope

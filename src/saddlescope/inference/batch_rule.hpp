// One step of an inference method on a block of samples. Internal to inference/.
#pragma once

#include <memory>

#include "saddlescope/inference/batch_block.hpp"
#include "saddlescope/inference/batch_inference_options.hpp"

namespace saddlescope {

struct StepPlan {
  double step = 0;      // per sample
  double momentum = 0;  // beta of the heavy ball
  bool halve = false;   // a sample whose energy rises takes half the step from then on
};

// A step moves the samples that move and leaves the block evaluated where they are.
template <class T>
class BatchRule {
 public:
  virtual ~BatchRule() = default;
  virtual void start(BatchBlock<T>& block, const StepPlan& plan) = 0;
  virtual void advance(BatchBlock<T>& block) = 0;
  // theta changed, and `block` was evaluated anew at the same activities.
  virtual void theta_moved(BatchBlock<T>& /*block*/) {}
  // After the last step: takes back what was on trial.
  virtual void finish(BatchBlock<T>& /*block*/) {}
};

// The method is not newton.
template <class T>
[[nodiscard]] std::unique_ptr<BatchRule<T>> make_batch_rule(InferenceMethod method);

// Its parts: batch_gradient_steps.cpp, batch_errors.cpp, batch_ode.cpp.
template <class T>
[[nodiscard]] std::unique_ptr<BatchRule<T>> make_heavy_ball_rule();
template <class T>
[[nodiscard]] std::unique_ptr<BatchRule<T>> make_conjugate_gradient_rule();
template <class T>
[[nodiscard]] std::unique_ptr<BatchRule<T>> make_error_rule();
template <class T>
[[nodiscard]] std::unique_ptr<BatchRule<T>> make_fixed_prediction_rule();
template <class T>
[[nodiscard]] std::unique_ptr<BatchRule<T>> make_heun_rule();
template <class T>
[[nodiscard]] std::unique_ptr<BatchRule<T>> make_dopri5_rule();

}  // namespace saddlescope

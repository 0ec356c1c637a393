// What one mini-batch says about theta: value and gradient of the objective that a training
// algorithm descends, means over the batch's samples.
//
//   bp   lambda L, by backpropagation
//   pc   F at the activities that inference reaches, with the gradient dF/dtheta there
//
// Both are gradients of sample means: where inference has converged pc descends F*, and F* -> lambda
// L as lambda falls, so that these are the twins' matched gradients.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/energy/network_energy.hpp"
#include "saddlescope/inference/batch_inference.hpp"

namespace saddlescope {

enum class TrainingAlgorithm { kPc, kBp };
[[nodiscard]] TrainingAlgorithm parse_training_algorithm(const std::string& name);  // pc | bp
[[nodiscard]] std::string name(TrainingAlgorithm algorithm);

// One belongs to one run: it keeps buffers from batch to batch.
template <class T>
class BatchObjective {
 public:
  // Called with every gradient that the batch gives; may change the theta that descend() was given.
  // False ends the batch.
  using OnGradient = std::function<bool(double value, const VectorOf<T>& gradient)>;

  virtual ~BatchObjective() = default;
  // One gradient, but for incremental inference: one after each of its steps (Salvatori et al.
  // 2024). Not ok, and nothing is passed on, where a number is not finite: says in which step of
  // inference and which layer.
  virtual Summary descend(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
                          const OnGradient& on_gradient) = 0;
  // Of the samples seen so far those whose activities met the tolerance of inference; 1 where there
  // is none to meet.
  [[nodiscard]] virtual double share_converged() const { return 1; }
};

// For predictive coding where nothing is free (L = 1) both are the same. Throws
// std::invalid_argument where the options do not fit together.
template <class T>
[[nodiscard]] std::unique_ptr<BatchObjective<T>> make_batch_objective(
    TrainingAlgorithm algorithm, const NetworkEnergy<T>& energy,
    const BatchInferenceOptions& inference, bool incremental);

// The first layer (from 1) with an entry that is not finite; 0: there is none.
template <class T>
[[nodiscard]] Index first_layer_not_finite(const Architecture& architecture,
                                           const VectorOf<T>& theta);

}  // namespace saddlescope

// The steps of inference on one block of samples: who stops when and why, and what is recorded.
// Internal to inference/.
#pragma once

#include <memory>
#include <vector>

#include "saddlescope/inference/batch_rule.hpp"

namespace saddlescope {

// How one sample ended. Numbers at the activities returned.
struct SampleEnd {
  Index steps = 0;
  double energy = 0;
  double gradient_norm = 0, rounding = 0;  // where certified
  InferenceVerdict verdict = InferenceVerdict::kCapped;
  Index failed_step = 0;   // of not-finite: after which it was seen
  Index failed_layer = 0;  // l, 1-based: the lowest whose energy is not finite
};

template <class T>
class BatchLoop {
 public:
  // Keeps references to both.
  BatchLoop(const NetworkEnergy<T>& energy, const BatchInferenceOptions& options);

  // norms are those of theta.
  void start(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
             const StepPlan& plan, const WeightNorms& norms);
  void set_theta(const VectorOf<T>& theta, const WeightNorms& norms);
  void advance(Index steps);
  // Puts sample j at z; the caller evaluates the block when all are there.
  void place(Index j, ConstMatrixRefOf<T> z) { block_.z().col(j) = z; }

  [[nodiscard]] BatchBlock<T>& block() { return block_; }
  [[nodiscard]] std::vector<SampleEnd>& ends() { return ends_; }
  // After 0, 1, .. steps, sums over the samples: layer energies (L x (steps + 1)) and |g|.
  [[nodiscard]] const Matrix& energy_sums() const { return energy_sums_; }
  [[nodiscard]] const Vector& gradient_sums() const { return gradient_sums_; }

 private:
  void look(Index step);  // for energies that are not finite
  void record(Index step);
  void stop_converged();
  void certify(Index steps);
  [[nodiscard]] InferenceVerdict verdict(Index j, double terms, Index steps) const;

  const NetworkEnergy<T>& energy_;
  const BatchInferenceOptions& options_;
  BatchBlock<T> block_;
  std::unique_ptr<BatchRule<T>> rule_;
  const WeightNorms* norms_ = nullptr;
  std::vector<SampleEnd> ends_;
  Vector start_energies_, half_norms_;
  Matrix energy_sums_;
  Vector gradient_sums_;
  Index recorded_ = 0;
};

}  // namespace saddlescope

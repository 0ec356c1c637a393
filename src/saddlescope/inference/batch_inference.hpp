// Inference on mini-batches: activities near the minimum of the predictive-coding energy of each
// sample, by any of nine methods (inference/batch_inference_options.hpp), in products of matrices.
//
// A batch is cut into blocks of 32 columns, which run in parallel and do not depend on the number
// of
// threads. A step costs one evaluation and one pull-back of the free layers, 4 n_l n_{l-1} flops a
// sample and layer l > 1; the product with a clamped input, a_1 W_1 x, is formed once per batch.
// Buffers keep their memory from batch to batch.
//
// Samples do not interact: steps, stopping and verdict of one do not depend on the others, except
// that a matrix product may round a column differently in a block of another size.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/energy/network_energy.hpp"
#include "saddlescope/inference/batch_inference_options.hpp"

namespace saddlescope {

// Numbers of one batch. Layers in layer order; vectors over samples in the batch's order.
struct BatchInferenceReport {
  Index samples = 0;      // N
  Index steps = 0;        // the most any sample took; dopri5's and cg's refused ones count
  double step = 0;        // in force, per sample; 0 where the method has none
  Vector gradient_norms;  // |g| of each sample at the end, N; empty unless certified
  Vector roundings;       // bound of the rounding error of g, N, likewise
  Vector energies;        // F of each sample at the end, N
  std::vector<Index> sample_steps;         // N
  std::vector<InferenceVerdict> verdicts;  // N; empty unless certified
  Index converged = 0, capped = 0, stalled = 0, diverging = 0, not_finite = 0;
  // Samples of networks with kinks that an active-set Newton method solved after the method had
  // not, and how many of them have arguments of phi held at kinks (kinked_newton.hpp).
  Index active_set = 0, on_kinks = 0;
  double energy = 0;      // mean F
  Vector layer_energies;  // mean F_1 .. F_L, without decay
  // After 0, 1, .. steps: mean layer energies (L x (steps + 1)), and mean |g|. Empty unless
  // recorded.
  Matrix energy_curve;
  Vector gradient_curve;
  // Not ok where a sample is not finite (says which, at which step and in which layer it began) or
  // diverging, and of newton and under a tolerance where one has not converged.
  Summary summary;
};

// Not for several threads at once; holds the buffers of one batch.
template <class T>
class BatchInference {
 public:
  // Throws std::invalid_argument for options that break an inequality, networks in which nothing is
  // free, and fixed-prediction where input or output is free.
  BatchInference(NetworkEnergy<T> energy, BatchInferenceOptions options);
  ~BatchInference();
  BatchInference(BatchInference&&) noexcept;
  BatchInference& operator=(BatchInference&&) noexcept;
  BatchInference(const BatchInference&) = delete;
  BatchInference& operator=(const BatchInference&) = delete;

  // From the forward pass, x is d_x x N, y is d_y x N (no columns where free). On return `pass` is
  // evaluated at the activities reached: energy.parameter_gradient(pass) is the weight gradient.
  // Throws std::invalid_argument for shapes that do not fit.
  const BatchInferenceReport& run(const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
                                  ConstMatrixRefOf<T> y, NetworkPass<T>& pass);

  // The same in pieces, for weights that move between inference steps (incremental PC): start
  // leaves
  // `pass` at the forward pass, advance goes on for `steps` from where the activities are, at the
  // weights now. Of newton only `run`.
  void start(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
             NetworkPass<T>& pass);
  const BatchInferenceReport& advance(const VectorOf<T>& theta, Index steps, NetworkPass<T>& pass);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace saddlescope

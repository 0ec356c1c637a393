// The time of the matrix products that a training step by predictive coding cannot do without, as
// the unit in which its speed is reported.
//
// One step on a batch of N samples with T inference steps needs
//
//   the forward pass        a_l W_l h_{l-1}     l = 1 .. L     once; W_1 x is never formed again
//   T times                 a_l W_l' delta_l    l = 2 .. L     the activity gradient
//                           a_l W_l h_{l-1}     l = 2 .. L     the predictions at the new z
//   the weight gradient     delta_l h_{l-1}'    l = 1 .. L     once
//
// 2 n_l n_{l-1} N flops each, run as plain products at these shapes and nothing else. On several
// threads each takes an equal share of the samples, of the weight gradient an equal share of W_l's
// columns.
#pragma once

#include <vector>

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// The products on buffers of their own, filled with random numbers.
template <class T>
class StepProducts {
 public:
  // On min(threads, threads()) threads. Throws std::invalid_argument for numbers below 1.
  StepProducts(Architecture architecture, Index batch, Index steps, int threads);
  double run();  // its flops

 private:
  void infer(Index part);
  void add_up(Index part);
  void forward(Index layer, Index first, Index count);
  void backward(Index layer, Index first, Index count);

  Architecture net_;
  Index batch_, steps_, parts_;
  VectorOf<T> theta_, gradient_;
  std::vector<MatrixOf<T>> z_, delta_, out_;  // n_l x N, l = 0 .. L
};

struct GemmFloor {
  double seconds = 0;  // the least of the repeats
  double flops = 0;
};

// Measured on the spot: one repeat that does not count, then `repeats` >= 1.
template <class T>
[[nodiscard]] GemmFloor gemm_floor(const Architecture& architecture, Index batch, Index steps,
                                   int threads, int repeats = 3);

}  // namespace saddlescope

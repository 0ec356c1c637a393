// Samples of a mini-batch solved by Newton's method in double (inference/network_equilibrium.hpp),
// for networks of either precision. Internal to inference/.
#pragma once

#include <vector>

#include "saddlescope/inference/batch_loop.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"

namespace saddlescope {

template <class T>
class BatchNewton {
 public:
  // Solves `samples`, columns of a pass; theta and what is clamped must be finite.
  BatchNewton(const NetworkEnergy<T>& energy, const BatchInferenceOptions& options,
              const VectorOf<T>& theta, const std::vector<Index>& samples,
              const NetworkPass<T>& pass);

  // The k-th of the samples takes the solver's activities: where they are an equilibrium, or newton
  // is the method and there are no others.
  [[nodiscard]] bool moves(std::size_t k) const;
  [[nodiscard]] MatrixOf<T> activities(std::size_t k) const;
  [[nodiscard]] bool is_on_kinks(std::size_t k) const;
  // After the block was evaluated there, in which the sample is column j: writes the slopes at its
  // kinks to the block's pass, and how it ended.
  void settle(std::size_t k, Index j, BatchBlock<T>& block, SampleEnd& end) const;

 private:
  bool is_method_;
  NetworkEquilibrium found_;
};

}  // namespace saddlescope

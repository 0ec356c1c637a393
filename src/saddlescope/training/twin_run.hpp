// One of the runs that train as twins. Internal to training.
#pragma once

#include <optional>

#include "saddlescope/training/score.hpp"
#include "saddlescope/training/twin_training.hpp"

namespace saddlescope {

template <class T>
class TwinRun {
 public:
  TwinRun(TrainingAlgorithm algorithm, const NetworkEnergy<T>& energy, const TwinOptions& options,
          const Vector& theta);

  [[nodiscard]] TrainingAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] const VectorOf<T>& theta() const { return theta_; }
  [[nodiscard]] bool ended() const { return state_.ended; }
  [[nodiscard]] bool closed() const { return state_.closed; }
  [[nodiscard]] Index updates() const { return state_.updates; }
  // One mini-batch, the one after `done` others, at the learning rate `rate`.
  void descend(ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y, double rate, Index done);
  // Over the batches since the last call.
  struct Means {
    double objective = 0, gradient_norm = 0;
    double converged = 0;  // share of samples
  };
  [[nodiscard]] std::optional<Means> take_means();  // empty where there were none
  // Whether the run goes on, by its training loss after `done` mini-batches. Closes one that has
  // ended.
  void judge(const Score& train, Index done, bool epoch_ends);
  [[nodiscard]] RunState save() const;
  void restore(const RunState& state);
  [[nodiscard]] double seconds() const { return state_.seconds; }
  [[nodiscard]] double seconds_per_update() const;

 private:
  [[nodiscard]] T gradient_factor(Index n) const;
  bool update(const VectorOf<T>& gradient, T factor, Index done);
  void stop(Status status, const std::string& message);

  TrainingAlgorithm algorithm_;
  const NetworkEnergy<T>& energy_;
  const TwinOptions& options_;
  std::unique_ptr<BatchObjective<T>> objective_;
  std::unique_ptr<OptimiserOf<T>> optimiser_;
  VectorOf<T> theta_, next_, scaled_;
  RunState state_;             // without theta and the optimiser's
  std::vector<double> times_;  // of updates, seconds
};

}  // namespace saddlescope

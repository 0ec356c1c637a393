#include "saddlescope/training/full_batch.hpp"

#include <cmath>
#include <utility>

#include "saddlescope/base/require.hpp"

namespace saddlescope {

FullBatchTrainer::FullBatchTrainer(const Objective<double>& objective, Vector theta,
                                   const OptimiserOptions& options)
    : objective_(objective), optimiser_(make_optimiser(options)), theta_(std::move(theta)) {
  require(theta_.size() == objective.dim(), "parameters theta: expected {}, got {}",
          objective.dim(), theta_.size());
  require(theta_.allFinite(), "parameters theta: expected finite numbers, got NaN or Inf");
  static_cast<void>(evaluate(theta_, 0));
}

bool FullBatchTrainer::evaluate(const Vector& theta, Index step) {
  if (!theta.allFinite()) {
    summary_ = {Status::kNotFinite,
                fmt::format("step {}: the update left the finite numbers; before it the value was "
                            "{:.4g} and the largest |theta_i| {:.4g}",
                            step, value_, theta_.cwiseAbs().maxCoeff())};
    return false;
  }
  const Evaluation<double> evaluation = objective_.at(theta);
  if (!evaluation.summary.ok()) {
    summary_ = {evaluation.summary.status,
                fmt::format("step {}: {}", step, evaluation.summary.message)};
    return false;
  }
  value_ = evaluation.point->value();
  gradient_ = evaluation.point->gradient();
  if (std::isfinite(value_) && gradient_.allFinite()) return true;
  summary_ = {Status::kNotFinite, fmt::format("step {}: value {:.4g}, gradient of norm {:.4g}",
                                              step, value_, gradient_.norm())};
  return false;
}

bool FullBatchTrainer::advance() {
  if (!summary_.ok()) return false;
  Vector next = theta_;
  optimiser_->step(gradient_, next);
  if (!evaluate(next, step_ + 1)) return false;
  theta_ = std::move(next);
  ++step_;
  return true;
}

void train(FullBatchTrainer& trainer, Index steps,
           const std::function<void(const FullBatchTrainer&)>& probe) {
  require(steps >= 0, "training steps: expected >= 0, got {}", steps);
  if (probe && trainer.summary().ok()) probe(trainer);
  for (Index k = 0; k < steps && trainer.advance(); ++k)
    if (probe) probe(trainer);
}

}  // namespace saddlescope

#include "saddlescope/inference/batch_loop.hpp"

#include <algorithm>
#include <cmath>

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

template <class T>
Vector column_norms(const MatrixOf<T>& M) {
  return M.colwise().norm().transpose().template cast<double>();
}

}  // namespace

template <class T>
BatchLoop<T>::BatchLoop(const NetworkEnergy<T>& energy, const BatchInferenceOptions& options)
    : energy_(energy), options_(options), block_(energy) {
  if (options.method != InferenceMethod::kNewton) rule_ = make_batch_rule<T>(options.method);
}

template <class T>
void BatchLoop<T>::start(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
                         const StepPlan& plan, const WeightNorms& norms) {
  norms_ = &norms;
  block_.start(theta, x, y);
  ends_.assign(at(block_.size()), SampleEnd{});
  start_energies_.resize(block_.size());
  for (Index j = 0; j < block_.size(); ++j) start_energies_[j] = block_.energy(j);
  if (rule_) rule_->start(block_, plan);
  look(0);
}

template <class T>
void BatchLoop<T>::set_theta(const VectorOf<T>& theta, const WeightNorms& norms) {
  norms_ = &norms;
  block_.set_theta(theta);
  rule_->theta_moved(block_);
  look(0);
}

template <class T>
void BatchLoop<T>::advance(Index steps) {
  half_norms_ = Vector::Zero(block_.size());
  recorded_ = 0;
  if (options_.record) {
    energy_sums_.resize(energy_.architecture().depth(), steps + 1);
    gradient_sums_.resize(steps + 1);
  }
  Index taken = 0;
  for (Index step = 0; step < steps; ++step) {
    if (options_.record) record(step);
    if (options_.tolerance > 0) stop_converged();
    if (!block_.any_moves()) break;
    if (step == steps / 2) half_norms_ = column_norms<T>(block_.gradient());
    for (Index j = 0; j < block_.size(); ++j)
      if (block_.moves(j)) ++ends_[at(j)].steps;
    rule_->advance(block_);
    look(++taken);
  }
  if (rule_) rule_->finish(block_);
  if (options_.record) {
    if (recorded_ == taken) record(taken);
    energy_sums_.conservativeResize(Eigen::NoChange, recorded_);
    gradient_sums_.conservativeResize(recorded_);
  }
  certify(steps);
}

template <class T>
void BatchLoop<T>::look(Index step) {
  for (Index j = 0; j < block_.size(); ++j) {
    if (!block_.moves(j) || std::isfinite(block_.energy(j))) continue;
    SampleEnd& end = ends_[at(j)];
    end.verdict = InferenceVerdict::kNotFinite;
    end.failed_step = step;
    end.failed_layer = energy_.architecture().depth();
    for (Index l = energy_.architecture().depth() - 1; l >= 0; --l)
      if (!std::isfinite(block_.layer_energies()(l, j))) end.failed_layer = l + 1;
    block_.stop(j);
  }
}

template <class T>
void BatchLoop<T>::record(Index step) {
  energy_sums_.col(step) = block_.layer_energies().rowwise().sum().template cast<double>();
  gradient_sums_[step] = column_norms<T>(block_.gradient()).sum();
  recorded_ = step + 1;
}

template <class T>
void BatchLoop<T>::stop_converged() {
  const GradientSizes sizes = gradient_sizes<T>(energy_, *norms_, block_.pass());
  const Vector norms = column_norms<T>(block_.gradient());
  for (Index j = 0; j < block_.size(); ++j)
    if (norms[j] <= std::max(options_.tolerance * sizes.terms[j], sizes.rounding[j]))
      block_.stop(j);
}

template <class T>
void BatchLoop<T>::certify(Index steps) {
  for (Index j = 0; j < block_.size(); ++j) ends_[at(j)].energy = block_.energy(j);
  if (!options_.certify) return;
  const GradientSizes sizes = gradient_sizes<T>(energy_, *norms_, block_.pass());
  const Vector norms = column_norms<T>(block_.gradient());
  for (Index j = 0; j < block_.size(); ++j) {
    SampleEnd& end = ends_[at(j)];
    end.gradient_norm = norms[j];
    end.rounding = sizes.rounding[j];
    end.verdict = verdict(j, sizes.terms[j], steps);
  }
}

template <class T>
InferenceVerdict BatchLoop<T>::verdict(Index j, double terms, Index steps) const {
  const SampleEnd& end = ends_[at(j)];
  if (end.verdict == InferenceVerdict::kNotFinite || !std::isfinite(end.gradient_norm))
    return InferenceVerdict::kNotFinite;
  // Fixed predictions lower no energy of z.
  if (options_.method != InferenceMethod::kFixedPrediction &&
      end.energy > start_energies_[j] + block_.energy_rounding(j))
    return InferenceVerdict::kDiverging;
  if (end.gradient_norm <= std::max(options_.tolerance * terms, end.rounding))
    return InferenceVerdict::kConverged;
  return steps > 0 && end.gradient_norm > half_norms_[j] / 2 ? InferenceVerdict::kStalled
                                                             : InferenceVerdict::kCapped;
}

template class BatchLoop<double>;
template class BatchLoop<float>;

}  // namespace saddlescope

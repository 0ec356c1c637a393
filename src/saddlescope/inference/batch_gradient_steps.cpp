// Steps along the gradient in the activities: descent, the heavy ball, conjugate gradients.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "saddlescope/inference/batch_rule.hpp"

namespace saddlescope {
namespace {

// z_{k+1} = z_k - s g_k + beta (z_k - z_{k-1}); beta = 0 is descent, and Euler's method.
template <class T>
class HeavyBall final : public BatchRule<T> {
 public:
  void start(BatchBlock<T>& block, const StepPlan& plan) override {
    plan_ = plan;
    steps_ = Vector::Constant(block.size(), plan.step);
    if (plan.momentum != 0) previous_ = block.z();
  }

  void advance(BatchBlock<T>& block) override {
    const MatrixOf<T>& g = block.gradient();
    before_.resize(block.size());
    for (Index j = 0; j < block.size(); ++j) {
      before_[j] = block.energy(j);
      if (!block.moves(j)) continue;
      auto z = block.z().col(j);
      if (plan_.momentum == 0) {
        z -= T(steps_[j]) * g.col(j);
        continue;
      }
      previous_.col(j) = z + T(plan_.momentum) * (z - previous_.col(j)) - T(steps_[j]) * g.col(j);
      previous_.col(j).swap(z);
    }
    block.evaluate();
    if (!plan_.halve) return;
    for (Index j = 0; j < block.size(); ++j)
      if (block.energy(j) > before_[j] && block.energy(j) > before_[j] + block.energy_rounding(j))
        steps_[j] /= 2;
  }

 private:
  StepPlan plan_;
  Vector steps_, before_;
  MatrixOf<T> previous_;
};

// Polak and Ribiere's directions, p = -g + max(0, g'(g - g_-)/|g_-|^2) p_-, started anew where p
// does
// not descend. The first trial is the minimum along p by the Gauss-Newton curvature, exact in a
// linear network; a trial after which F has not fallen by kArmijo of what the slope promised is
// taken back, and the next step tries half of it.
template <class T>
class ConjugateGradients final : public BatchRule<T> {
 public:
  void start(BatchBlock<T>& block, const StepPlan& /*plan*/) override {
    direction_.setZero(block.z().rows(), block.size());
    old_gradient_ = direction_;
    base_ = block.z();
    base_energy_ = slope_ = length_ = Vector::Zero(block.size());
    tried_.assign(static_cast<std::size_t>(block.size()), false);
  }

  void theta_moved(BatchBlock<T>& block) override { start(block, {}); }

  void advance(BatchBlock<T>& block) override {
    const MatrixOf<T>& g = block.gradient();
    bool turned = false;
    for (Index j = 0; j < block.size(); ++j) {
      if (!block.moves(j)) continue;
      if (is_on_trial(j) && !is_accepted(block, j)) {
        length_[j] /= 2;
      } else {
        turn(block, g, j);
        turned = true;
      }
    }
    if (turned) {
      const Vector curvature = block.curvature_along(direction_);
      for (Index j = 0; j < block.size(); ++j)
        if (block.moves(j) && !is_on_trial(j))
          length_[j] = curvature[j] > 0 ? -slope_[j] / curvature[j] : 1;
    }
    for (Index j = 0; j < block.size(); ++j)
      if (block.moves(j)) tried_[static_cast<std::size_t>(j)] = true;
    try_lengths(block);
    for (int k = 0; k < kShortenings && shorten_overflows(block); ++k) try_lengths(block);
  }

  void finish(BatchBlock<T>& block) override {
    bool taken_back = false;
    for (Index j = 0; j < block.size(); ++j) {
      if (!block.moves(j) || !is_on_trial(j) || is_accepted(block, j)) continue;
      block.z().col(j) = base_.col(j);
      taken_back = true;
    }
    if (taken_back) block.evaluate();
  }

 private:
  static constexpr double kArmijo = 1e-4;
  static constexpr int kShortenings = 40;

  [[nodiscard]] bool is_on_trial(Index j) const { return tried_[static_cast<std::size_t>(j)]; }

  void try_lengths(BatchBlock<T>& block) const {
    for (Index j = 0; j < block.size(); ++j)
      if (block.moves(j)) block.z().col(j) = base_.col(j) + T(length_[j]) * direction_.col(j);
    block.evaluate();
  }

  // True if a trial ran out of the finite numbers.
  bool shorten_overflows(const BatchBlock<T>& block) {
    bool any = false;
    for (Index j = 0; j < block.size(); ++j) {
      if (!block.moves(j) || std::isfinite(block.energy(j))) continue;
      length_[j] /= 16;
      any = true;
    }
    return any;
  }

  // Where rounding hides what F should have done, a step is believed.
  [[nodiscard]] bool is_accepted(const BatchBlock<T>& block, Index j) const {
    const double promised = -slope_[j] * length_[j];
    return block.energy(j) <= base_energy_[j] - kArmijo * promised ||
           (promised <= block.energy_rounding(j) &&
            block.energy(j) <= base_energy_[j] + block.energy_rounding(j));
  }

  // A new direction from where sample j is.
  void turn(BatchBlock<T>& block, const MatrixOf<T>& g, Index j) {
    auto p = direction_.col(j);
    auto old = old_gradient_.col(j);
    const T size = old.squaredNorm();
    const T beta = size > T(0) ? std::max(T(0), g.col(j).dot(g.col(j) - old) / size) : T(0);
    p = beta * p - g.col(j);
    slope_[j] = static_cast<double>(g.col(j).dot(p));
    if (!(slope_[j] < 0)) {
      p = -g.col(j);
      slope_[j] = -static_cast<double>(g.col(j).squaredNorm());
    }
    old = g.col(j);
    base_.col(j) = block.z().col(j);
    base_energy_[j] = block.energy(j);
    tried_[static_cast<std::size_t>(j)] = false;
  }

  MatrixOf<T> direction_, old_gradient_, base_;
  Vector base_energy_, slope_, length_;
  std::vector<bool> tried_;
};

}  // namespace

template <class T>
std::unique_ptr<BatchRule<T>> make_heavy_ball_rule() {
  return std::make_unique<HeavyBall<T>>();
}

template <class T>
std::unique_ptr<BatchRule<T>> make_conjugate_gradient_rule() {
  return std::make_unique<ConjugateGradients<T>>();
}

template <class T>
std::unique_ptr<BatchRule<T>> make_batch_rule(InferenceMethod method) {
  switch (method) {
    case InferenceMethod::kConjugateGradients:
      return make_conjugate_gradient_rule<T>();
    case InferenceMethod::kErrors:
      return make_error_rule<T>();
    case InferenceMethod::kFixedPrediction:
      return make_fixed_prediction_rule<T>();
    case InferenceMethod::kHeun:
      return make_heun_rule<T>();
    case InferenceMethod::kDopri5:
      return make_dopri5_rule<T>();
    default:
      assert(method == InferenceMethod::kDescent || method == InferenceMethod::kMomentum ||
             method == InferenceMethod::kEuler);
      return make_heavy_ball_rule<T>();
  }
}

template std::unique_ptr<BatchRule<double>> make_heavy_ball_rule<double>();
template std::unique_ptr<BatchRule<float>> make_heavy_ball_rule<float>();
template std::unique_ptr<BatchRule<double>> make_conjugate_gradient_rule<double>();
template std::unique_ptr<BatchRule<float>> make_conjugate_gradient_rule<float>();
template std::unique_ptr<BatchRule<double>> make_batch_rule<double>(InferenceMethod);
template std::unique_ptr<BatchRule<float>> make_batch_rule<float>(InferenceMethod);

}  // namespace saddlescope

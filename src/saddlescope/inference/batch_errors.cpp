// Inference in the errors: error optimisation (ePC), and fixed predictions.
#include <algorithm>

#include "saddlescope/inference/batch_rule.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// E(e) = F(z(e)) with z_l = f_l(z_{l-1}) + e_l. By the chain rule, from the top,
//
//   dE/de_l = pi_l e_l - psi_l,   psi_l = J_{l+1}' psi_{l+1} - alpha z_l,
//   psi_L = eps_L (the output clamped), else -alpha z_L
//
// and dE/dz_0 = -psi_0 where the input is free. From e = 0 one step makes e_l = s psi_l.
template <class T>
class ErrorSteps final : public BatchRule<T> {
 public:
  void start(BatchBlock<T>& block, const StepPlan& plan) override {
    plan_ = plan;
    steps_ = Vector::Constant(block.size(), plan.step);
    theta_moved(block);
  }

  void theta_moved(BatchBlock<T>& block) override {
    const NetworkEnergy<T>& energy = block.energy();
    e_ = block.z();
    for (Index l = std::max<Index>(1, energy.first_free()); l <= energy.last_free(); ++l)
      e_.middleRows(energy.offset(l), energy.architecture().widths[at(l)]) =
          block.pass().error[at(l - 1)] / T(energy.architecture().precisions[at(l - 1)]);
  }

  void advance(BatchBlock<T>& block) override {
    set_gradient(block);
    before_.resize(block.size());
    for (Index j = 0; j < block.size(); ++j) {
      before_[j] = block.energy(j);
      if (block.moves(j)) e_.col(j) -= T(steps_[j]) * gradient_.col(j);
    }
    block.evaluate_errors(e_);
    if (!plan_.halve) return;
    for (Index j = 0; j < block.size(); ++j)
      if (block.energy(j) > before_[j] && block.energy(j) > before_[j] + block.energy_rounding(j))
        steps_[j] /= 2;
  }

 private:
  void set_gradient(BatchBlock<T>& block) {
    const NetworkEnergy<T>& energy = block.energy();
    const Architecture& net = energy.architecture();
    const NetworkPass<T>& pass = block.pass();
    gradient_.resize(e_.rows(), e_.cols());
    for (Index l = energy.last_free(); l >= energy.first_free(); --l) {
      auto psi = gradient_.middleRows(energy.offset(l), net.widths[at(l)]);
      if (l == net.depth()) {
        psi.setZero();
      } else {
        if (l < energy.last_free())
          above_ = gradient_.middleRows(energy.offset(l + 1), net.widths[at(l + 1)]);
        else if (l + 1 == net.depth())
          above_ = pass.error.back();
        sum_error<T>(net, l, pass.layers[at(l)], above_, delta_);
        pull_back<T>(net, block.theta(), l, pass.layers[at(l)], above_, delta_, psi);
      }
      if (energy.activity_decay() != 0) psi -= T(energy.activity_decay()) * pass.z[at(l)];
    }
    gradient_ = -gradient_;
    for (Index l = std::max<Index>(1, energy.first_free()); l <= energy.last_free(); ++l)
      gradient_.middleRows(energy.offset(l), net.widths[at(l)]) += pass.error[at(l - 1)];
  }

  StepPlan plan_;
  Vector steps_, before_;
  MatrixOf<T> e_, gradient_, above_, delta_;
};

// z_l moves by -(s/pi_l) g_l with predictions and derivatives held at the forward pass, where the
// pass stays: eps_l <- eps_l - s g_l, g_l = eps_l - J_{l+1}' eps_{l+1} + alpha z_l.
template <class T>
class FixedPredictions final : public BatchRule<T> {
 public:
  void start(BatchBlock<T>& /*block*/, const StepPlan& plan) override { step_ = T(plan.step); }

  void advance(BatchBlock<T>& block) override {
    const NetworkEnergy<T>& energy = block.energy();
    const Architecture& net = energy.architecture();
    const MatrixOf<T>& g = block.gradient();
    NetworkPass<T>& pass = block.pass();
    for (Index l = energy.first_free(); l <= energy.last_free(); ++l) {
      const auto rows = g.middleRows(energy.offset(l), net.widths[at(l)]);
      MatrixOf<T>& error = pass.error[at(l - 1)];
      for (Index j = 0; j < block.size(); ++j)
        if (block.moves(j)) error.col(j) -= step_ * rows.col(j);
      sum_error<T>(net, l - 1, pass.layers[at(l - 1)], error, pass.delta[at(l - 1)]);
    }
    block.errors_changed();
  }

 private:
  T step_{};
};

}  // namespace

template <class T>
std::unique_ptr<BatchRule<T>> make_error_rule() {
  return std::make_unique<ErrorSteps<T>>();
}

template <class T>
std::unique_ptr<BatchRule<T>> make_fixed_prediction_rule() {
  return std::make_unique<FixedPredictions<T>>();
}

template std::unique_ptr<BatchRule<double>> make_error_rule<double>();
template std::unique_ptr<BatchRule<float>> make_error_rule<float>();
template std::unique_ptr<BatchRule<double>> make_fixed_prediction_rule<double>();
template std::unique_ptr<BatchRule<float>> make_fixed_prediction_rule<float>();

}  // namespace saddlescope

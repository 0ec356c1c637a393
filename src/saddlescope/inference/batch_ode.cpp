// The gradient flow of inference on a block of samples in the steps of Boost.odeint's methods, with
// the conventions of inference/ode_steps.cpp: displacements d_j of each sample in scaled time,
//
//   dd_j/ds = -h_j g(z_j(0) + d_j),   d_j(0) = 0,
//
// so that samples advance together and each at its own step, those that have stopped at h_j = 0.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <boost/array.hpp>
#include <boost/fusion/include/make_vector.hpp>
#include <boost/numeric/odeint/stepper/explicit_generic_rk.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

#include "saddlescope/inference/batch_rule.hpp"
#include "saddlescope/inference/step_rule.hpp"

namespace saddlescope {
namespace {

namespace odeint = boost::numeric::odeint;

template <class T>
using State = std::vector<T>;  // dim x n, column-major

template <class T>
Eigen::Map<const MatrixOf<T>> matrix_of(const State<T>& state, const MatrixOf<T>& shape) {
  return {state.data(), shape.rows(), shape.cols()};
}

template <class T>
class ScaledFlow {
 public:
  ScaledFlow(BatchBlock<T>& block, const MatrixOf<T>& start, const VectorOf<T>& h)
      : block_(block), start_(start), h_(h) {}
  void operator()(const State<T>& state, State<T>& rate, T /*s*/) const {
    block_.z() = start_ + matrix_of<T>(state, start_);
    block_.evaluate();
    write(rate);
  }
  // At the last evaluation.
  void write(State<T>& rate) const {
    Eigen::Map<MatrixOf<T>>(rate.data(), start_.rows(), start_.cols()) =
        -block_.gradient() * h_.asDiagonal();
  }

 private:
  BatchBlock<T>& block_;
  const MatrixOf<T>& start_;
  const VectorOf<T>& h_;
};

// Heun's method: k_2 at the end of Euler's step, the mean of both slopes.
template <class T>
class HeunStepper : public odeint::explicit_generic_rk<2, 2, State<T>, T, State<T>, T> {
 public:
  HeunStepper()
      : odeint::explicit_generic_rk<2, 2, State<T>, T, State<T>, T>(
            boost::fusion::make_vector(boost::array<T, 1>{{T(1)}}),
            boost::array<T, 2>{{T(0.5), T(0.5)}}, boost::array<T, 2>{{T(0), T(1)}}) {}
};

template <class T>
class OdeRule : public BatchRule<T> {
 public:
  void start(BatchBlock<T>& block, const StepPlan& plan) override {
    step_ = VectorOf<T>::Constant(block.size(), T(plan.step));
  }

 protected:
  // Sets start, scaled steps, and d = 0 with its rate.
  ScaledFlow<T> prepare(BatchBlock<T>& block) {
    start_ = block.z();
    scaled_ = step_;
    for (Index j = 0; j < block.size(); ++j)
      if (!block.moves(j)) scaled_[j] = 0;
    for (State<T>* state : {&moved_, &rate_, &last_rate_, &error_})
      state->assign(static_cast<std::size_t>(start_.size()), T(0));
    ScaledFlow<T> flow(block, start_, scaled_);
    flow.write(rate_);
    return flow;
  }

  VectorOf<T> step_, scaled_;  // h_j, and 0 where a sample has stopped
  MatrixOf<T> start_;
  State<T> moved_, rate_, last_rate_, error_;
};

template <class T>
class Heun final : public OdeRule<T> {
 public:
  void advance(BatchBlock<T>& block) override {
    const ScaledFlow<T> flow = this->prepare(block);
    stepper_.do_step(flow, this->moved_, this->rate_, T(0), T(1));
    block.z() = this->start_ + matrix_of<T>(this->moved_, this->start_);
    block.evaluate();
  }

 private:
  HeunStepper<T> stepper_;
};

template <class T>
class Dopri5 final : public OdeRule<T> {
 public:
  void advance(BatchBlock<T>& block) override {
    const ScaledFlow<T> flow = this->prepare(block);
    gradient_norms_ = block.gradient().colwise().norm().transpose();
    const State<T> origin(this->moved_);
    stepper_.do_step(flow, origin, this->rate_, T(0), this->moved_, this->last_rate_, T(1),
                     this->error_);
    const auto errors = matrix_of<T>(this->error_, this->start_);
    const auto moved = matrix_of<T>(this->moved_, this->start_);
    block.z() = this->start_;
    for (Index j = 0; j < block.size(); ++j) {
      if (!block.moves(j)) continue;
      // In a nonlinear network g is rounded relative to the terms that cancel in it.
      const T allowed = tolerance() * this->step_[j] * gradient_norms_[j] +
                        rounding() * this->start_.col(j).norm();
      const T ratio = allowed > 0 ? errors.col(j).norm() / allowed : T(0);
      this->step_[j] *= factor(ratio);
      if (ratio <= 1) block.z().col(j) += moved.col(j);
    }
    block.evaluate();
  }

 private:
  static T rounding() { return T(4) * std::numeric_limits<T>::epsilon(); }
  // Of doubles that of step_rule.hpp; floats cannot follow it.
  static T tolerance() {
    return std::max(T(iteration::kOdeTolerance), std::sqrt(std::numeric_limits<T>::epsilon()));
  }
  // The elementary controller for an error of order h^5 relative to h, as in ode_steps.cpp.
  static T factor(T ratio) {
    if (ratio == 0) return T(5);
    return ratio <= T(1e10) ? std::clamp(T(0.9) * std::pow(ratio, T(-0.25)), T(0.2), T(5)) : T(0.2);
  }

  odeint::runge_kutta_dopri5<State<T>, T, State<T>, T> stepper_;
  VectorOf<T> gradient_norms_;
};

}  // namespace

template <class T>
std::unique_ptr<BatchRule<T>> make_heun_rule() {
  return std::make_unique<Heun<T>>();
}

template <class T>
std::unique_ptr<BatchRule<T>> make_dopri5_rule() {
  return std::make_unique<Dopri5<T>>();
}

template std::unique_ptr<BatchRule<double>> make_heun_rule<double>();
template std::unique_ptr<BatchRule<float>> make_heun_rule<float>();
template std::unique_ptr<BatchRule<double>> make_dopri5_rule<double>();
template std::unique_ptr<BatchRule<float>> make_dopri5_rule<float>();

}  // namespace saddlescope

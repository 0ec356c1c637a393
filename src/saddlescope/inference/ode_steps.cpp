// The gradient flow of inference in the steps of Boost.odeint's methods.
#include <algorithm>
#include <cmath>

#include <boost/array.hpp>
#include <boost/fusion/include/make_vector.hpp>
#include <boost/numeric/odeint/stepper/euler.hpp>
#include <boost/numeric/odeint/stepper/explicit_generic_rk.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

#include "saddlescope/inference/step_rule.hpp"

namespace saddlescope::iteration {
namespace {

namespace odeint = boost::numeric::odeint;
using State = std::vector<double>;  // dim x k, column-major

State state_of(const Matrix& M) { return {M.data(), M.data() + M.size()}; }
Eigen::Map<const Matrix> matrix_of(const State& state, const Matrix& shape) {
  return {state.data(), shape.rows(), shape.cols()};
}

// The displacement d_j = z_j - z_j(0) of column j in scaled time, a step of length 1 in s being one
// of length h_j:
//
//   dd_j/ds = -h_j (g_j + H_z d_j),   d_j(0) = 0.
//
// So columns advance together and each at its own step; and slopes are rounded relative to g, not
// to the terms that cancel in it, so that error estimates can follow g to its own rounding.
class ScaledFlow {
 public:
  ScaledFlow(const ActivityOperator& op, const Matrix& g, const Vector& h)
      : op_(op), g_(g), h_(h) {}
  void operator()(const State& state, State& rate, double /*s*/) const {
    Eigen::Map<Matrix> out(rate.data(), g_.rows(), g_.cols());
    op_.apply(matrix_of(state, g_), out);
    out = -(g_ + out) * h_.asDiagonal();
  }
  [[nodiscard]] State start() const { return State(static_cast<std::size_t>(g_.size()), 0); }
  [[nodiscard]] State first_rate() const { return state_of(-g_ * h_.asDiagonal()); }

 private:
  const ActivityOperator& op_;
  const Matrix& g_;
  const Vector& h_;
};

void refresh_gradient(const ActivityOperator& op, Batch& batch) {
  op.apply(batch.z, batch.g);
  batch.g -= batch.b;
}

// Heun's method: k_2 at the end of Euler's step, the mean of both slopes.
class Heun : public odeint::explicit_generic_rk<2, 2, State> {
 public:
  Heun()
      : odeint::explicit_generic_rk<2, 2, State>(
            boost::fusion::make_vector(boost::array<double, 1>{{1.0}}),
            boost::array<double, 2>{{0.5, 0.5}}, boost::array<double, 2>{{0.0, 1.0}}) {}
};

template <class Method>
class FixedSteps final : public StepRule {
 public:
  FixedSteps(const ActivityOperator& op, double step) : op_(op), step_(step) {}

  void advance(Batch& batch) override {
    const Vector h = Vector::Constant(batch.z.cols(), step_);
    const ScaledFlow flow(op_, batch.g, h);
    State moved = flow.start();
    Method().do_step(flow, moved, flow.first_rate(), 0.0, 1.0);
    batch.z += matrix_of(moved, batch.z);
    refresh_gradient(op_, batch);
    batch.time.array() += step_;
  }
  void keep(const std::vector<Index>& /*kept*/) override {}

 private:
  const ActivityOperator& op_;
  double step_;
};

class Dopri5 final : public StepRule {
 public:
  Dopri5(const ActivityOperator& op, Index columns, double step, OdeControl control)
      : op_(op), h_(Vector::Constant(columns, step)), control_(control) {}

  void advance(Batch& batch) override {
    const ScaledFlow flow(op_, batch.g, h_);
    const State start = flow.start();
    State moved = start, last_rate = start, error = start;
    odeint::runge_kutta_dopri5<State>().do_step(flow, start, flow.first_rate(), 0.0, moved,
                                                last_rate, 1.0, error);
    const auto errors = matrix_of(error, batch.z);
    for (Index j = 0; j < h_.size(); ++j) {
      const double h = h_[j];
      const double length = h * batch.g.col(j).norm();
      const double ratio = length > 0 ? errors.col(j).norm() / (kOdeTolerance * length) : 0;
      if (control_ == OdeControl::kAdaptive) h_[j] = h * factor(ratio);
      if (control_ == OdeControl::kAdaptive && !(ratio <= 1)) continue;
      batch.z.col(j) += matrix_of(moved, batch.z).col(j);
      batch.time[j] += h;
    }
    refresh_gradient(op_, batch);
  }
  void keep(const std::vector<Index>& kept) override { h_ = Vector(h_(kept)); }

 private:
  // The elementary controller for an error of order h^5 relative to h: 0.9 of the step that would
  // just pass, within factors of 5 (Hairer, Norsett and Wanner, Solving Ordinary Differential
  // Equations I, II.4). An error that is no number asks for the smallest.
  static double factor(double ratio) {
    if (ratio == 0) return 5;
    return ratio <= 1e10 ? std::clamp(0.9 * std::pow(ratio, -0.25), 0.2, 5.0) : 0.2;
  }

  const ActivityOperator& op_;
  Vector h_;
  OdeControl control_;
};

}  // namespace

std::unique_ptr<StepRule> make_ode_rule(EquilibriumSolver solver, const ActivityOperator& op,
                                        double step) {
  if (solver == EquilibriumSolver::kEuler)
    return std::make_unique<FixedSteps<odeint::euler<State>>>(op, step);
  return std::make_unique<FixedSteps<Heun>>(op, step);
}

std::unique_ptr<StepRule> make_dopri5_rule(const ActivityOperator& op, const Batch& batch,
                                           double step, OdeControl control) {
  return std::make_unique<Dopri5>(op, batch.z.cols(), step, control);
}

}  // namespace saddlescope::iteration

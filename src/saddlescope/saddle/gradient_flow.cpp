#include "saddlescope/saddle/gradient_flow.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>
#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/saddle/flow_system.hpp"

namespace saddlescope {
namespace flow {
namespace {

// A record every `stride` steps; where they become too many every other one is dropped.
class Recorder {
 public:
  explicit Recorder(Index wanted) : wanted_(wanted) {}
  [[nodiscard]] bool due(Index step) const { return step % stride_ == 0; }
  void add(Index step, const FlowRecord& record) {
    records_.push_back(record);
    steps_.push_back(step);
    if (static_cast<Index>(records_.size()) <= 2 * wanted_) return;
    stride_ *= 2;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < records_.size(); ++i)
      if (steps_[i] % stride_ == 0) {
        records_[kept] = records_[i];
        steps_[kept++] = steps_[i];
      }
    records_.resize(kept);
    steps_.resize(kept);
  }
  std::vector<FlowRecord> finish(const FlowRecord& last) {
    if (records_.empty() || records_.back().time < last.time) records_.push_back(last);
    return std::move(records_);
  }

 private:
  Index wanted_;
  Index stride_ = 1;
  std::vector<FlowRecord> records_;
  std::vector<Index> steps_;
};

class Integration {
 public:
  Integration(const System& system, const Vector& center, const Vector& displacement,
              const FlowOptions& options)
      : system_(system),
        center_(center),
        options_(options),
        recorder_(options.records),
        start_(center + displacement) {
    state_.assign(static_cast<std::size_t>(system.dim() + system.n_integrals()), 0);
    std::copy(displacement.begin(), displacement.end(), state_.begin());
  }

  FlowResult run() {
    try {
      start();
      steps();
    } catch (const NotComputable& why) {
      result_.end = FlowEnd::kNotComputable;
      result_.summary = {why.status, why.what()};
    } catch (const boost::numeric::odeint::odeint_error& error) {
      result_.end = FlowEnd::kStepLimit;
      result_.summary = {Status::kNotConverged,
                         fmt::format("gradient flow: no step was small enough for the tolerance "
                                     "{:.1e} at time {:.4g}: {}",
                                     options_.tolerance, result_.time, error.what())};
    }
    result_.theta = theta_of(state_);
    result_.records = recorder_.finish(last_);
    if (scale_ > 0) result_.balance_residual = worst_defect_ / scale_;
    return std::move(result_);
  }

 private:
  void start() {
    const double size =
        Eigen::Map<const Vector>(state_.data(), system_.dim()).lpNorm<Eigen::Infinity>();
    stepper_.emplace(boost::numeric::odeint::make_dense_output(
        options_.tolerance * (size > 0 ? size : 1.0), options_.tolerance, Pair()));
    const System::Local local = visit(0);
    double first = options_.duration / 1000;
    if (local.hessian_size > 0) first = std::min(first, 0.1 / local.hessian_size);
    stepper_->initialize(state_, 0, first);
  }

  // Records the present state and updates the ends that depend on it.
  System::Local visit(Index step) {
    const Vector theta = theta_of(state_);
    System::Local local = system_.local(theta);
    last_ = local.record;
    last_.time = result_.time;
    last_.radius = radius_of(state_);
    recorder_.add(step, last_);
    largest_gradient_ = std::max(largest_gradient_, last_.gradient_norm);
    stationary_ = last_.gradient_norm <=
                  std::max(local.gradient_bound, options_.gradient_tolerance * largest_gradient_);
    const System::Balance balance = system_.balance(start_, theta, state_.data() + system_.dim());
    worst_defect_ = std::max(worst_defect_, balance.defect);
    scale_ = std::max(scale_, balance.scale);
    return local;
  }

  void steps() {
    const auto rate = [this](const State& state, State& derivative, double /*time*/) {
      ++result_.evaluations;
      system_.derivative(theta_of(state), derivative);
    };
    while (!stationary_) {
      if (result_.steps == options_.max_steps) {
        result_.end = FlowEnd::kStepLimit;
        result_.summary = {Status::kNotConverged,
                           fmt::format("gradient flow: {} steps reached time {:.6g} of {:.6g}",
                                       result_.steps, result_.time, options_.duration)};
        return;
      }
      stepper_->do_step(rate);
      ++result_.steps;
      double time = std::min(stepper_->current_time(), options_.duration);
      stepper_->calc_state(time, state_);
      if (options_.radius > 0 && radius_of(state_) >= options_.radius) {
        time = crossing(time);
        result_.end = FlowEnd::kRadius;
      }
      result_.time = time;
      if (options_.progress) options_.progress(time / options_.duration);
      const bool over = result_.end == FlowEnd::kRadius || time >= options_.duration;
      if (over || recorder_.due(result_.steps)) visit(result_.steps);
      if (over) return;
    }
    result_.end = FlowEnd::kStationary;
  }

  // Where |delta| = radius within the last step, to the last bits of the time.
  double crossing(double high) {
    double low = stepper_->previous_time();
    for (int halving = 0; halving < 60; ++halving) {
      const double middle = low + (high - low) / 2;
      stepper_->calc_state(middle, state_);
      (radius_of(state_) >= options_.radius ? high : low) = middle;
    }
    stepper_->calc_state(high, state_);
    return high;
  }

  [[nodiscard]] Vector theta_of(const State& state) const {
    return center_ + Eigen::Map<const Vector>(state.data(), system_.dim());
  }
  [[nodiscard]] double radius_of(const State& state) const {
    return Eigen::Map<const Vector>(state.data(), system_.dim()).norm();
  }

  using Pair = boost::numeric::odeint::runge_kutta_dopri5<State>;
  using Stepper = boost::numeric::odeint::result_of::make_dense_output<Pair>::type;

  const System& system_;
  const Vector& center_;
  const FlowOptions& options_;
  Recorder recorder_;
  Vector start_;
  State state_;
  std::optional<Stepper> stepper_;
  FlowResult result_;
  FlowRecord last_;
  double largest_gradient_ = 0, worst_defect_ = 0, scale_ = 0;
  bool stationary_ = false;
};

}  // namespace

FlowResult integrate(const System& system, const Vector& center, const Vector& displacement,
                     const FlowOptions& options) {
  require(center.size() == system.dim() && displacement.size() == system.dim(),
          "gradient flow: expected center and displacement of {} parameters, got {} and {}",
          system.dim(), center.size(), displacement.size());
  require(center.allFinite() && displacement.allFinite(),
          "gradient flow: expected finite center and displacement");
  require(options.duration > 0 && std::isfinite(options.duration),
          "gradient flow: duration: expected a positive number, got {}", options.duration);
  require(options.radius >= 0, "gradient flow: radius: expected >= 0, got {}", options.radius);
  require(options.tolerance >= 1e-14 && options.tolerance <= 0.1,
          "gradient flow: tolerance: expected 1e-14 .. 0.1, got {}", options.tolerance);
  require(options.gradient_tolerance >= 0,
          "gradient flow: gradient_tolerance: expected >= 0, got {}", options.gradient_tolerance);
  require(options.max_steps >= 1, "gradient flow: max_steps: expected >= 1, got {}",
          options.max_steps);
  require(options.records >= 1, "gradient flow: records: expected >= 1, got {}", options.records);
  return Integration(system, center, displacement, options).run();
}

Runaway find_runaway(const std::vector<FlowRecord>& records, double lambda) {
  Runaway runaway;
  if (records.size() < 3) return runaway;
  const FlowRecord& end = records.back();
  const auto middle = std::find_if(records.begin(), records.end(), [&](const FlowRecord& record) {
    return record.time >= end.time / 2;
  });
  if (middle->time >= end.time || !(middle->value > 0) || !(middle->loss > 0)) return runaway;
  runaway.value_drop = (middle->value - end.value) / middle->value;
  runaway.loss_change = std::abs(end.loss - middle->loss) / middle->loss;
  runaway.S_growth = end.S_norm / middle->S_norm;
  runaway.weight_growth = end.squared_weights / middle->squared_weights;
  runaway.found = runaway.value_drop > 1e-4 && runaway.loss_change < 1e-2 && runaway.S_growth > 1 &&
                  runaway.weight_growth > 1 &&
                  middle->value - end.value > 10 * lambda * std::abs(end.loss - middle->loss);
  if (runaway.found)
    runaway.message = fmt::format(
        "run-away: from time {:.4g} to {:.4g} the energy fell by {:.2g} % to {:.4g} while the loss "
        "stayed at {:.4g} (changed by {:.1e} of itself); |S| grew by the factor {:.3g} and the "
        "squared weights by {:.4g}: no minimum on the way",
        middle->time, end.time, 100 * runaway.value_drop, end.value, end.loss, runaway.loss_change,
        runaway.S_growth, runaway.weight_growth);
  return runaway;
}

}  // namespace flow

std::string name(FlowEnd end) {
  switch (end) {
    case FlowEnd::kDuration:
      return "duration";
    case FlowEnd::kRadius:
      return "radius";
    case FlowEnd::kStationary:
      return "stationary";
    case FlowEnd::kStepLimit:
      return "step limit";
    case FlowEnd::kNotComputable:
      break;
  }
  return "not computable";
}

FlowResult gradient_flow(const Objective<double>& objective, const Vector& center,
                         const Vector& displacement, const FlowOptions& options) {
  return flow::integrate(*flow::plain_system(objective), center, displacement, options);
}

FlowResult gradient_flow(const LinearLandscape& landscape, const Vector& center,
                         const Vector& displacement, const FlowOptions& options) {
  FlowResult result =
      flow::integrate(*flow::linear_system(landscape), center, displacement, options);
  if (landscape.which() == LinearObjective::kEnergy)
    // Targets that a linear map explains have a minimum: what looks like a run-away is a plateau.
    if (landscape.unexplained() > 0)
      result.runaway = flow::find_runaway(result.records, landscape.architecture().lambda());
  return result;
}

}  // namespace saddlescope

#include "saddlescope/training/twin_run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/hessian/weight_penalty.hpp"

namespace saddlescope {
namespace {

OptimiserOptions optimiser_options(const TwinOptions& options, const Architecture& architecture) {
  OptimiserOptions out = options.optimiser;
  out.decayed = weight_ranges(architecture);
  return out;
}

}  // namespace

std::vector<EntryRange> weight_ranges(const Architecture& architecture) {
  std::vector<EntryRange> out;
  for (Index l = 0; l < architecture.depth(); ++l) {
    const Index begin = architecture.offset(l);
    out.push_back({begin, begin + architecture.rows(l) * architecture.cols(l)});
  }
  return out;
}

template <class T>
TwinRun<T>::TwinRun(TrainingAlgorithm algorithm, const NetworkEnergy<T>& energy,
                    const TwinOptions& options, const Vector& theta)
    : algorithm_(algorithm),
      energy_(energy),
      options_(options),
      objective_(
          make_batch_objective<T>(algorithm, energy, options.inference, options.incremental)),
      optimiser_(make_optimiser<T>(optimiser_options(options, energy.architecture()))),
      theta_(theta.cast<T>()) {
  state_.algorithm = name(algorithm);
  state_.best_loss = std::numeric_limits<double>::max();
}

template <class T>
T TwinRun<T>::gradient_factor(Index n) const {
  const double share = static_cast<double>(n) / static_cast<double>(options_.batch);
  if (options_.normalisation == Normalisation::kMatched) return T(share);
  if (algorithm_ == TrainingAlgorithm::kPc) return static_cast<T>(n);
  return T(2 * share / static_cast<double>(energy_.architecture().output()));
}

template <class T>
void TwinRun<T>::stop(Status status, const std::string& message) {
  state_.ended = true;
  state_.summary = {status, message};
}

template <class T>
bool TwinRun<T>::update(const VectorOf<T>& gradient, T factor, Index done) {
  const Architecture& net = energy_.architecture();
  Index layer = first_layer_not_finite<T>(net, gradient);
  if (layer == 0) {
    next_ = theta_;
    const WeightPenalty penalty{0, options_.spectral_penalty};
    if (factor == T(1) && penalty.spectral == 0) {
      optimiser_->step(gradient, next_);
    } else {
      scaled_ = factor * gradient;
      if (penalty.spectral != 0) add_penalty_gradient<T>(penalty, net, theta_, T(1), scaled_);
      optimiser_->step(scaled_, next_);
    }
    layer = first_layer_not_finite<T>(net, next_);
    if (layer == 0) {
      theta_.swap(next_);
      return true;
    }
    stop(Status::kNotFinite,
         fmt::format("update {}: the new weights of layer {} are not finite", done + 1, layer));
  } else {
    stop(Status::kNotFinite,
         fmt::format("update {}: the gradient of layer {} is not finite", done + 1, layer));
  }
  return false;
}

template <class T>
void TwinRun<T>::descend(ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y, double rate, Index done) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const T factor = gradient_factor(x.cols());
  const auto n = static_cast<double>(x.cols());
  optimiser_->set_learning_rate(rate);
  double first_value = 0, first_square = 0;
  bool first = true;
  const Summary summary =
      objective_->descend(theta_, x, y, [&](double value, const VectorOf<T>& gradient) {
        if (std::exchange(first, false)) {
          first_value = value;
          first_square = static_cast<double>(gradient.squaredNorm());
        }
        return update(gradient, factor, done);
      });
  if (!summary.ok()) stop(summary.status, fmt::format("update {}: {}", done + 1, summary.message));
  if (state_.ended) return;
  ++state_.updates;
  state_.objective_sum += n * first_value;
  state_.gradient_sum += n * first_square;
  state_.converged_sum += n * objective_->share_converged();
  state_.objective_samples += n;
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  state_.seconds += seconds;
  times_.push_back(seconds);
}

template <class T>
auto TwinRun<T>::take_means() -> std::optional<Means> {
  const double n = std::exchange(state_.objective_samples, 0);
  const double objective = std::exchange(state_.objective_sum, 0);
  const double gradient = std::exchange(state_.gradient_sum, 0);
  const double converged = std::exchange(state_.converged_sum, 0);
  if (n == 0) return std::nullopt;
  return Means{objective / n, std::sqrt(gradient / n), converged / n};
}

template <class T>
void TwinRun<T>::judge(const Score& train, Index done, bool epoch_ends) {
  if (!state_.ended && !std::isfinite(train.loss)) {
    stop(Status::kNotFinite, fmt::format("update {}: the training loss at the new weights is not "
                                         "finite: the output, layer {}, overflows",
                                         done, energy_.architecture().depth()));
  } else if (!state_.ended) {
    state_.ended = options_.target_loss > 0 && train.loss <= options_.target_loss;
    if (epoch_ends && train.loss < state_.best_loss) {
      state_.best_loss = train.loss;
      state_.epochs_without = 0;
    } else if (epoch_ends && ++state_.epochs_without == options_.patience) {
      state_.ended = true;
    }
  }
  state_.closed = state_.ended;
}

template <class T>
RunState TwinRun<T>::save() const {
  RunState out = state_;
  const OptimiserState<T>& optimiser = optimiser_->state();
  out.theta = theta_.template cast<double>();
  out.first = optimiser.first.template cast<double>();
  out.second = optimiser.second.template cast<double>();
  out.optimiser_steps = optimiser.steps;
  return out;
}

template <class T>
void TwinRun<T>::restore(const RunState& state) {
  const Index p = theta_.size();
  require(state.algorithm == state_.algorithm, "state of a run: expected algorithm {}, got {}",
          state_.algorithm, state.algorithm);
  require(state.theta.size() == p && (state.first.size() == 0 || state.first.size() == p) &&
              (state.second.size() == 0 || state.second.size() == p),
          "state of run {}: expected {} parameters, got {}", state.algorithm, p,
          state.theta.size());
  state_ = state;
  theta_ = state.theta.cast<T>();
  optimiser_->restore({state.optimiser_steps, state.first.cast<T>(), state.second.cast<T>()});
}

template <class T>
double TwinRun<T>::seconds_per_update() const {
  if (times_.size() < 2) return 0;
  std::vector<double> times(times_.begin() + 1, times_.end());
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

template class TwinRun<double>;
template class TwinRun<float>;

}  // namespace saddlescope

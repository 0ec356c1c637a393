#include "saddlescope/training/optimiser.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope {
namespace {

constexpr std::array<std::pair<const char*, OptimiserKind>, 5> kNames{{
    {"gd", OptimiserKind::kGradientDescent},
    {"momentum", OptimiserKind::kMomentum},
    {"adam", OptimiserKind::kAdam},
    {"adamw", OptimiserKind::kAdamW},
    {"sgd", OptimiserKind::kGradientDescent},
}};

constexpr Index kChunk = 4096;      // entries that are updated together: they stay in the cache
constexpr Index kParallel = 65536;  // entries from which threads pay

// Chunks are fixed, and every entry is computed from its own numbers alone: the same bits for any
// number of threads.
template <class T>
class Rule final : public OptimiserOf<T> {
 public:
  explicit Rule(OptimiserOptions options) : options_(std::move(options)) {
    if (options_.decayed.empty() && options_.weight_decay > 0)
      options_.decayed.push_back({0, std::numeric_limits<Index>::max()});
  }

  void step(const Eigen::Ref<const VectorOf<T>>& gradient, Eigen::Ref<VectorOf<T>> theta) override {
    const Index p = theta.size();
    const bool adam = is_adam();
    if (state_.first.size() == 0 && options_.kind != OptimiserKind::kGradientDescent)
      state_.first = VectorOf<T>::Zero(p);
    if (state_.second.size() == 0 && adam) state_.second = VectorOf<T>::Zero(p);
    ++state_.steps;
    const auto t = static_cast<double>(state_.steps);
    bias1_ = 1 - std::pow(options_.beta1, t);
    bias2_ = 1 - std::pow(options_.beta2, t);
    const Index chunks = (p + kChunk - 1) / kChunk;
    const auto task = [&](Index c) {
      const Index begin = c * kChunk;
      update(gradient, theta, begin, std::min(kChunk, p - begin));
    };
    if (p >= kParallel) {
      parallel_for(chunks, task);
    } else {
      for (Index c = 0; c < chunks; ++c) task(c);
    }
  }

  void set_learning_rate(double rate) override {
    require(std::isfinite(rate) && rate > 0, "learning rate: expected a finite number > 0, got {}",
            rate);
    options_.learning_rate = rate;
  }
  [[nodiscard]] const OptimiserState<T>& state() const override { return state_; }
  void restore(OptimiserState<T> state) override { state_ = std::move(state); }

 private:
  using Chunk = Eigen::Array<T, Eigen::Dynamic, 1, 0, kChunk, 1>;

  [[nodiscard]] bool is_adam() const {
    return options_.kind == OptimiserKind::kAdam || options_.kind == OptimiserKind::kAdamW;
  }

  void update(const Eigen::Ref<const VectorOf<T>>& gradient, Eigen::Ref<VectorOf<T>>& theta,
              Index begin, Index size) {
    const double rate = options_.learning_rate;
    auto x = theta.segment(begin, size).array();
    Chunk g = gradient.segment(begin, size).array();
    for (const EntryRange& range : options_.decayed) {
      const Index first = std::max(range.first - begin, Index{0});
      const Index last = std::min(range.last - begin, size);
      if (first >= last || options_.weight_decay == 0) continue;
      auto weights = x.segment(first, last - first);
      if (options_.kind == OptimiserKind::kAdamW) {
        weights *= T(1 - rate * options_.weight_decay);
      } else {
        g.segment(first, last - first) += T(options_.weight_decay) * weights;
      }
    }
    if (options_.kind == OptimiserKind::kGradientDescent) {
      x -= T(rate) * g;
      return;
    }
    auto mean = state_.first.segment(begin, size).array();
    if (options_.kind == OptimiserKind::kMomentum) {
      mean = T(options_.momentum) * mean + g;
      x -= T(rate) * mean;
      return;
    }
    auto square = state_.second.segment(begin, size).array();
    mean = T(options_.beta1) * mean + T(1 - options_.beta1) * g;
    square = T(options_.beta2) * square + T(1 - options_.beta2) * g.square();
    x -= T(rate / bias1_) * mean / ((square / T(bias2_)).sqrt() + T(options_.epsilon));
  }

  OptimiserOptions options_;
  OptimiserState<T> state_;
  double bias1_ = 0, bias2_ = 0;  // 1 - b1^t, 1 - b2^t
};

void require_fraction(const char* what, double value) {
  require(value >= 0 && value < 1, "{}: expected 0 <= .. < 1, got {}", what, value);
}

}  // namespace

OptimiserKind parse_optimiser(const std::string& name) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& entry) { return name == entry.first; });
  if (found == kNames.end()) require_known("optimiser", {"gd", "momentum", "adam", "adamw"}, name);
  return found->second;
}

std::string name(OptimiserKind kind) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& entry) { return kind == entry.second; });
  return found->first;
}

template <class T>
std::unique_ptr<OptimiserOf<T>> make_optimiser(const OptimiserOptions& options) {
  require(std::isfinite(options.learning_rate) && options.learning_rate > 0,
          "learning rate: expected a finite number > 0, got {}", options.learning_rate);
  require(std::isfinite(options.weight_decay) && options.weight_decay >= 0,
          "weight decay: expected a finite number >= 0, got {}", options.weight_decay);
  if (options.kind == OptimiserKind::kMomentum) require_fraction("momentum", options.momentum);
  if (options.kind == OptimiserKind::kAdam || options.kind == OptimiserKind::kAdamW) {
    require_fraction("Adam's beta1", options.beta1);
    require_fraction("Adam's beta2", options.beta2);
    require(options.epsilon > 0, "Adam's epsilon: expected > 0, got {}", options.epsilon);
  }
  return std::make_unique<Rule<T>>(options);
}

template std::unique_ptr<OptimiserOf<double>> make_optimiser<double>(const OptimiserOptions&);
template std::unique_ptr<OptimiserOf<float>> make_optimiser<float>(const OptimiserOptions&);

}  // namespace saddlescope

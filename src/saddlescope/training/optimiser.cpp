#include "saddlescope/training/optimiser.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

constexpr std::array<std::pair<const char*, OptimiserKind>, 3> kNames{{
    {"gd", OptimiserKind::kGradientDescent},
    {"momentum", OptimiserKind::kMomentum},
    {"adam", OptimiserKind::kAdam},
}};

class GradientDescent final : public Optimiser {
 public:
  explicit GradientDescent(double rate) : rate_(rate) {}
  void step(ConstVectorRef gradient, VectorRef theta) override { theta -= rate_ * gradient; }

 private:
  double rate_;
};

class Momentum final : public Optimiser {
 public:
  Momentum(double rate, double momentum) : rate_(rate), momentum_(momentum) {}
  void step(ConstVectorRef gradient, VectorRef theta) override {
    if (velocity_.size() == 0) velocity_ = Vector::Zero(gradient.size());
    velocity_ = momentum_ * velocity_ + gradient;
    theta -= rate_ * velocity_;
  }

 private:
  double rate_, momentum_;
  Vector velocity_;
};

class Adam final : public Optimiser {
 public:
  explicit Adam(const OptimiserOptions& options) : options_(options) {}
  void step(ConstVectorRef gradient, VectorRef theta) override {
    const auto& [kind, rate, momentum, beta1, beta2, epsilon] = options_;
    if (mean_.size() == 0) mean_ = square_ = Vector::Zero(gradient.size());
    bias1_ *= beta1;
    bias2_ *= beta2;
    mean_ = beta1 * mean_ + (1 - beta1) * gradient;
    square_.array() = beta2 * square_.array() + (1 - beta2) * gradient.array().square();
    theta.array() -=
        (rate / (1 - bias1_)) * mean_.array() / ((square_.array() / (1 - bias2_)).sqrt() + epsilon);
  }

 private:
  OptimiserOptions options_;
  Vector mean_, square_;
  double bias1_ = 1, bias2_ = 1;  // b1^t, b2^t
};

void require_fraction(const char* what, double value) {
  require(value >= 0 && value < 1, "{}: expected 0 <= .. < 1, got {}", what, value);
}

}  // namespace

OptimiserKind parse_optimiser(const std::string& name) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& entry) { return name == entry.first; });
  require(found != kNames.end(), "optimiser: expected gd, momentum or adam, got '{}'", name);
  return found->second;
}

std::string name(OptimiserKind kind) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& entry) { return kind == entry.second; });
  return found->first;
}

std::unique_ptr<Optimiser> make_optimiser(const OptimiserOptions& options) {
  require(std::isfinite(options.learning_rate) && options.learning_rate > 0,
          "learning rate: expected a finite number > 0, got {}", options.learning_rate);
  switch (options.kind) {
    case OptimiserKind::kMomentum:
      require_fraction("momentum", options.momentum);
      return std::make_unique<Momentum>(options.learning_rate, options.momentum);
    case OptimiserKind::kAdam:
      require_fraction("Adam's beta1", options.beta1);
      require_fraction("Adam's beta2", options.beta2);
      require(options.epsilon > 0, "Adam's epsilon: expected > 0, got {}", options.epsilon);
      return std::make_unique<Adam>(options);
    case OptimiserKind::kGradientDescent:
      break;
  }
  return std::make_unique<GradientDescent>(options.learning_rate);
}

}  // namespace saddlescope

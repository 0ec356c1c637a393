#include "saddlescope/training/batch_objective.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/backpropagation.hpp"

namespace saddlescope {
namespace {

// Equal blocks of columns, at most eight, so that gradients of blocks stay few; their number depends
// on the batch alone.
constexpr Index kColumns = 32;
constexpr Index kMostBlocks = 8;

template <class T>
class LossObjective final : public BatchObjective<T> {
 public:
  explicit LossObjective(const NetworkEnergy<T>& energy)
      : architecture_(energy.architecture()), targets_(energy.clamping().targets) {}

  Summary descend(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
                  const typename BatchObjective<T>::OnGradient& on_gradient) override {
    const Index N = x.cols();
    const Index count = std::clamp((N + kColumns - 1) / kColumns, Index{1}, kMostBlocks);
    blocks_.resize(static_cast<std::size_t>(count));
    parallel_for(count, [&](Index b) {
      const Index begin = b * N / count, size = (b + 1) * N / count - begin;
      run(theta, x.middleCols(begin, size), y.middleCols(begin, size), N,
          blocks_[static_cast<std::size_t>(b)]);
    });
    double value = 0;
    for (const Block& block : blocks_) value += block.value;
    value /= static_cast<double>(N);
    if (!std::isfinite(value)) return not_finite();
    VectorOf<T>& gradient = blocks_.front().gradient;
    for (std::size_t b = 1; b < blocks_.size(); ++b) gradient += blocks_[b].gradient;
    on_gradient(value, gradient);
    return {};
  }

 private:
  struct Block {
    NetworkPass<T> pass;
    VectorOf<T> gradient;
    double value = 0;  // sum over its samples
  };

  void run(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y, Index N,
           Block& block) const {
    backpropagate<T>(architecture_, theta, x, y, block.pass, targets_);
    block.value =
        output_energies<T>(architecture_, y, block.pass.layers.back().prediction, targets_)
            .template cast<double>()
            .sum();
    block.gradient.resize(architecture_.n_parameters());
    for (Index l = 0; l < architecture_.depth(); ++l) {
      const auto at = static_cast<std::size_t>(l);
      parameter_adjoint<T>(architecture_, l, block.pass.layers[at], block.pass.z[at],
                           block.pass.delta[at], T(-1) / static_cast<T>(N), block.gradient);
    }
  }

  [[nodiscard]] Summary not_finite() const {
    for (Index l = 0; l < architecture_.depth(); ++l)
      for (const Block& block : blocks_)
        if (!block.pass.layers[static_cast<std::size_t>(l)].prediction.allFinite())
          return {Status::kNotFinite,
                  fmt::format("the forward pass is not finite from layer {} on", l + 1)};
    return {Status::kNotFinite,
            fmt::format("the loss overflows at the output, layer {}", architecture_.depth())};
  }

  Architecture architecture_;
  Targets targets_;
  std::vector<Block> blocks_;
};

template <class T>
class EnergyObjective final : public BatchObjective<T> {
 public:
  EnergyObjective(const NetworkEnergy<T>& energy, const BatchInferenceOptions& options,
                  bool incremental)
      : energy_(energy),
        options_(options),
        incremental_(incremental),
        inference_(energy, options) {}

  Summary descend(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
                  const typename BatchObjective<T>::OnGradient& on_gradient) override {
    if (!incremental_) return pass_on(inference_.run(theta, x, y, pass_), on_gradient).first;
    inference_.start(theta, x, y, pass_);
    for (Index t = 0; t < options_.max_steps; ++t) {
      const auto [summary, go_on] = pass_on(inference_.advance(theta, 1, pass_), on_gradient);
      if (!summary.ok() || !go_on) return summary;
    }
    return {};
  }

  [[nodiscard]] double share_converged() const override { return share_; }

 private:
  // Diverging or unfinished inference is counted; what is not finite ends the batch.
  std::pair<Summary, bool> pass_on(const BatchInferenceReport& report,
                                   const typename BatchObjective<T>::OnGradient& on_gradient) {
    if (report.summary.status == Status::kNotFinite) return {report.summary, false};
    if (!report.verdicts.empty())
      share_ = static_cast<double>(report.converged) / static_cast<double>(report.samples);
    return {{}, on_gradient(report.energy, energy_.parameter_gradient(pass_))};
  }

  NetworkEnergy<T> energy_;
  BatchInferenceOptions options_;
  bool incremental_;
  BatchInference<T> inference_;
  NetworkPass<T> pass_;
  double share_ = 1;
};

}  // namespace

TrainingAlgorithm parse_training_algorithm(const std::string& name) {
  require_known("algorithm", {"pc", "bp"}, name);
  return name == "pc" ? TrainingAlgorithm::kPc : TrainingAlgorithm::kBp;
}

std::string name(TrainingAlgorithm algorithm) {
  return algorithm == TrainingAlgorithm::kPc ? "pc" : "bp";
}

template <class T>
std::unique_ptr<BatchObjective<T>> make_batch_objective(TrainingAlgorithm algorithm,
                                                        const NetworkEnergy<T>& energy,
                                                        const BatchInferenceOptions& inference,
                                                        bool incremental) {
  if (algorithm == TrainingAlgorithm::kBp || energy.dim() == 0)
    return std::make_unique<LossObjective<T>>(energy);
  require(
      !incremental || (inference.method != InferenceMethod::kNewton && inference.max_steps >= 1),
      "incremental predictive coding: expected an inference method of single steps and at least "
      "one of them, got {} and {}",
      name(inference.method), inference.max_steps);
  BatchInferenceOptions options = inference;
  options.threads = threads();
  options.record = false;
  options.certify = options.tolerance > 0;
  return std::make_unique<EnergyObjective<T>>(energy, options, incremental);
}

template <class T>
Index first_layer_not_finite(const Architecture& architecture, const VectorOf<T>& theta) {
  if (theta.allFinite()) return 0;
  for (Index l = 0; l < architecture.depth(); ++l)
    if (!theta.segment(architecture.offset(l), architecture.offset(l + 1) - architecture.offset(l))
             .allFinite())
      return l + 1;
  return 0;
}

template std::unique_ptr<BatchObjective<double>> make_batch_objective<double>(
    TrainingAlgorithm, const NetworkEnergy<double>&, const BatchInferenceOptions&, bool);
template std::unique_ptr<BatchObjective<float>> make_batch_objective<float>(
    TrainingAlgorithm, const NetworkEnergy<float>&, const BatchInferenceOptions&, bool);
template Index first_layer_not_finite<double>(const Architecture&, const Vector&);
template Index first_layer_not_finite<float>(const Architecture&, const VectorOf<float>&);

}  // namespace saddlescope

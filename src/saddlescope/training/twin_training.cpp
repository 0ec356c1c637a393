#include "saddlescope/training/twin_training.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/hessian/weight_penalty.hpp"
#include "saddlescope/training/batches.hpp"
#include "saddlescope/training/conditioning_probe.hpp"
#include "saddlescope/training/hessian_probe.hpp"
#include "saddlescope/training/probes.hpp"
#include "saddlescope/training/twin_run.hpp"

namespace saddlescope {
namespace {

template <class T>
NetworkEnergy<double> in_double(const NetworkEnergy<T>& energy) {
  return NetworkEnergy<double>(energy.architecture(), energy.activity_decay(), energy.clamping());
}

void check_data(const Architecture& net, Dataset data, Targets targets) {
  check_targets(net, data.y, targets);
  data.y = data.y.array().isNaN().select(0.0, data.y);
  check(data);
  require(data.x.rows() == net.input(), "inputs of {}: expected n_0 = {} rows, got {}", data.name,
          net.input(), data.x.rows());
}

void check_options(const TwinOptions& options) {
  require(!options.algorithms.empty(), "algorithms: expected pc, bp or both, got none");
  for (const TrainingAlgorithm algorithm : options.algorithms)
    require(std::count(options.algorithms.begin(), options.algorithms.end(), algorithm) == 1,
            "algorithms: expected each once, got {} twice", name(algorithm));
  require(options.updates >= 0, "updates: expected >= 0, got {}", options.updates);
  require(options.patience >= 0, "patience: expected >= 0 epochs, got {}", options.patience);
  require(options.target_loss >= 0 && std::isfinite(options.target_loss),
          "target loss: expected a finite number >= 0, got {}", options.target_loss);
  check(options.schedule);
  check(WeightPenalty{0, options.spectral_penalty});
}

template <class T>
class Twins final : public TwinTraining {
 public:
  Twins(const NetworkEnergy<T>& energy, const TwinOptions& options, const Vector& theta,
        const Dataset& train, const Dataset& test)
      : energy_(energy),
        options_(options),
        batches_(train.n_samples(), options.batch, options.seed),
        x_(train.x.cast<T>()),
        y_(train.y.cast<T>()),
        test_x_(test.x.cast<T>()),
        test_y_(test.y.cast<T>()) {
    RandomStream stream(options.seed, "probe samples");
    const Index n = std::min(options.probe_samples, train.n_samples());
    probed_ = select(train, stream.sample(train.n_samples(), n));
    runs_.reserve(options.algorithms.size());
    for (const TrainingAlgorithm algorithm : options_.algorithms)
      runs_.push_back(std::make_unique<TwinRun<T>>(algorithm, energy_, options_, theta));
  }

  [[nodiscard]] std::vector<std::pair<std::string, Index>> columns(
      const ProbeSelection& probes) const override {
    std::vector<std::pair<std::string, Index>> out;
    for (const char* one : {"train_loss", "train_accuracy", "test_loss", "test_accuracy",
                            "objective", "gradient_norm", "converged", "learning_rate", "seconds"})
      out.emplace_back(one, 0);
    const bool labels = are_labels<T>(y_) && are_labels<T>(test_y_);
    std::erase_if(out, [&](const auto& column) {
      return (!labels && column.first.ends_with("accuracy")) ||
             (options_.inference.tolerance == 0 && column.first == "converged");
    });
    const NetworkEnergy<double> energy = in_double(energy_);
    const auto add = [&](bool wanted, auto&& columns_of) {
      if (!wanted) return;
      for (auto& column : columns_of()) out.push_back(std::move(column));
    };
    add(probes.network, [&] { return probe_columns(energy.architecture(), options_.inference); });
    add(probes.conditioning, [&] { return conditioning_columns(energy); });
    add(probes.hessian, [&] { return hessian_columns(); });
    return out;
  }
  [[nodiscard]] Index updates_per_epoch() const override { return batches_.per_epoch(); }
  [[nodiscard]] Index update() const override { return update_; }

  bool advance() override {
    const auto goes_on = [](const auto& run) { return !run->ended(); };
    if (update_ == options_.updates || std::none_of(runs_.begin(), runs_.end(), goes_on))
      return false;
    const std::span<const Index> columns = batches_.at(update_);
    const auto n = static_cast<Index>(columns.size());
    batch_x_.resize(x_.rows(), n);
    batch_y_.resize(y_.rows(), n);
    for (Index i = 0; i < n; ++i) {
      batch_x_.col(i) = x_.col(columns[static_cast<std::size_t>(i)]);
      batch_y_.col(i) = y_.col(columns[static_cast<std::size_t>(i)]);
    }
    const double rate = learning_rate();
    for (const auto& run : runs_)
      if (!run->ended()) run->descend(batch_x_, batch_y_, rate, update_);
    ++update_;
    return true;
  }

  [[nodiscard]] std::vector<TrainingRecord> record(const ProbeSelection& probes) override {
    std::vector<TrainingRecord> out;
    for (const auto& run : runs_) {
      if (run->closed()) continue;
      const Score train =
          score<T>(energy_.architecture(), run->theta(), x_, y_, energy_.clamping().targets);
      const Score test = score<T>(energy_.architecture(), run->theta(), test_x_, test_y_,
                                  energy_.clamping().targets);
      run->judge(train, update_, update_ > 0 && update_ % batches_.per_epoch() == 0);
      if (!std::isfinite(train.loss) || !std::isfinite(test.loss)) continue;
      TrainingRecord& one = out.emplace_back();
      one.algorithm = name(run->algorithm());
      one.update = run->updates();
      one.epoch = static_cast<double>(one.update) / static_cast<double>(batches_.per_epoch());
      append(train, test, *run, one);
      look(probes, run->theta().template cast<double>(), one);
    }
    return out;
  }

  [[nodiscard]] TrainingState save() const override {
    TrainingState out;
    out.update = update_;
    for (const auto& run : runs_) out.runs.push_back(run->save());
    return out;
  }

  void restore(const TrainingState& state) override {
    require(state.runs.size() == runs_.size(), "state to resume: expected {} runs, got {}",
            runs_.size(), state.runs.size());
    require(state.update >= 0 && state.update <= options_.updates,
            "state to resume: expected at most {} updates, got {}", options_.updates, state.update);
    for (std::size_t i = 0; i < runs_.size(); ++i) runs_[i]->restore(state.runs[i]);
    update_ = state.update;
  }

  [[nodiscard]] double seconds_per_update(std::size_t run) const override {
    return runs_[run]->seconds_per_update();
  }

 private:
  [[nodiscard]] double learning_rate() const {
    const Index k = std::min(update_, std::max(options_.updates - 1, Index{0}));
    return options_.optimiser.learning_rate *
           schedule_factor(options_.schedule, k, std::max(options_.updates, Index{1}));
  }

  void look(const ProbeSelection& probes, const Vector& theta, TrainingRecord& out) const {
    const NetworkEnergy<double> energy = in_double(energy_);
    const auto add = [&](bool wanted, auto&& values_of) {
      if (!wanted) return;
      for (auto& value : values_of()) out.values.push_back(std::move(value));
    };
    add(probes.network, [&] { return probe_network(energy, theta, probed_, options_.inference); });
    add(probes.conditioning, [&] { return probe_conditioning(energy, theta, probed_); });
    add(probes.hessian,
        [&] { return probe_hessians(energy, theta, probed_, options_.dense_hessian); });
  }

  void append(const Score& train, const Score& test, TwinRun<T>& run, TrainingRecord& out) const {
    const auto add = [&](const char* quantity, double value) {
      out.values.emplace_back(quantity, Vector::Constant(1, value));
    };
    add("train_loss", train.loss);
    if (train.accuracy) add("train_accuracy", *train.accuracy);
    add("test_loss", test.loss);
    if (test.accuracy) add("test_accuracy", *test.accuracy);
    if (const auto means = run.take_means()) {
      add("objective", means->objective);
      add("gradient_norm", means->gradient_norm);
      if (run.algorithm() == TrainingAlgorithm::kPc && options_.inference.tolerance > 0)
        add("converged", means->converged);
    }
    add("learning_rate", learning_rate());
    add("seconds", run.seconds());
  }

  NetworkEnergy<T> energy_;
  TwinOptions options_;
  BatchSequence batches_;
  MatrixOf<T> x_, y_, test_x_, test_y_, batch_x_, batch_y_;
  Dataset probed_;
  std::vector<std::unique_ptr<TwinRun<T>>> runs_;
  Index update_ = 0;
};

}  // namespace

Normalisation parse_normalisation(const std::string& name) {
  require_known("normalisation", {"matched", "pc-saddles"}, name);
  return name == "matched" ? Normalisation::kMatched : Normalisation::kPcSaddles;
}

std::string name(Normalisation normalisation) {
  return normalisation == Normalisation::kMatched ? "matched" : "pc-saddles";
}

template <class T>
std::unique_ptr<TwinTraining> make_twin_training(const NetworkEnergy<T>& energy,
                                                 const TwinOptions& options, const Vector& theta,
                                                 const Dataset& train, const Dataset& test) {
  const Architecture& net = energy.architecture();
  check_options(options);
  check_data(net, train, energy.clamping().targets);
  check_data(net, test, energy.clamping().targets);
  require(energy.clamping().input && energy.clamping().output,
          "clamping: expected input and output clamped, as in supervised training");
  require(options.probe_samples >= 1, "probe samples: expected >= 1, got {}",
          options.probe_samples);
  require(theta.size() == net.n_parameters() && theta.allFinite(),
          "parameters theta: expected {} finite numbers, got {} entries", net.n_parameters(),
          theta.size());
  return std::make_unique<Twins<T>>(energy, options, theta, train, test);
}

template std::unique_ptr<TwinTraining> make_twin_training<double>(const NetworkEnergy<double>&,
                                                                  const TwinOptions&, const Vector&,
                                                                  const Dataset&, const Dataset&);
template std::unique_ptr<TwinTraining> make_twin_training<float>(const NetworkEnergy<float>&,
                                                                 const TwinOptions&, const Vector&,
                                                                 const Dataset&, const Dataset&);

}  // namespace saddlescope

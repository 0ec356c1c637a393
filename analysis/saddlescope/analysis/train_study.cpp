#include "saddlescope/analysis/train_study.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include <fmt/format.h>

#include "saddlescope/analysis/train_floor.hpp"
#include "saddlescope/analysis/work_progress.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/training/learning_rate.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// All that the numbers depend on.
std::string config_of(TrainOptions options, const TrainProblem& problem) {
  nlohmann::ordered_json json;
  json["options"] = describe(options).to_json();
  json["train_checksum"] = checksum(problem.train);
  json["test_checksum"] = checksum(problem.test);
  const Matrix theta = problem.problem.network.theta;
  json["weights_checksum"] = checksum({&theta});
  return json.dump();
}

// Data files may have changed since.
void require_same_problem(const fs::path& file, const std::string& stored,
                          const std::string& config) {
  const auto was = nlohmann::ordered_json::parse(stored);
  const auto is = nlohmann::ordered_json::parse(config);
  for (const char* key : {"train_checksum", "test_checksum", "weights_checksum"})
    require(was.at(key) == is.at(key), "{}: {}: expected {}, found {}: the run began with other {}",
            file.string(), key, is.at(key).dump(), was.at(key).dump(),
            key == std::string("weights_checksum") ? "weights" : "data");
}

// Whether the log ends with the runs as they stand.
bool is_current(const TrainLog& log, const TrainingState& state) {
  return std::all_of(state.runs.begin(), state.runs.end(), [&](const RunState& run) {
    const auto series = log.series(run.algorithm, "train_loss");
    return !series.empty() && series.back().update == run.updates && run.ended == run.closed;
  });
}

double learning_rate(const TrainOptions& options, const Network& network) {
  if (!options.scale_learning_rate) return *options.learning_rate;
  ArchitectureOptions shape;
  shape.widths = network.architecture.widths;
  shape.parameterisation = parse_parameterisation(network.parameterisation);
  shape.gamma = network.gamma;
  const std::vector<int>& skips = network.architecture.skips;
  shape.skips = std::count(skips.begin(), skips.end(), 1) > 0;
  return scaled_learning_rate(*options.learning_rate, parse_optimiser(options.optimiser), shape);
}

BatchInferenceOptions inference_options(const TrainOptions& options) {
  BatchInferenceOptions out;
  out.method = parse_inference_method(options.inference_method);
  out.step = options.inference_step.value_or(0);
  out.momentum = options.inference_momentum.value_or(out.momentum);
  out.max_steps = *options.inference_steps;
  out.tolerance = options.tolerance.value_or(0);
  out.batch_mean_step = options.batch_mean_step;
  out.threads = threads();
  return out;
}

Index total_updates(const TrainOptions& options, Index per_epoch) {
  const Index by_epochs =
      options.epochs ? *options.epochs * per_epoch : std::numeric_limits<Index>::max();
  return std::min(by_epochs, options.max_steps.value_or(std::numeric_limits<Index>::max()));
}

TwinOptions twin_options(const TrainOptions& options, const TrainProblem& problem) {
  const Index N = problem.train.n_samples();
  TwinOptions out;
  out.algorithms.clear();
  for (const TrainingAlgorithm algorithm : {TrainingAlgorithm::kPc, TrainingAlgorithm::kBp})
    if (options.algorithm == "both" || options.algorithm == name(algorithm))
      out.algorithms.push_back(algorithm);
  out.optimiser.kind = parse_optimiser(options.optimiser);
  out.optimiser.learning_rate = learning_rate(options, problem.problem.network);
  out.optimiser.momentum = options.momentum.value_or(out.optimiser.momentum);
  out.optimiser.weight_decay = options.weight_decay;
  out.batch = batch_size(options, N);
  out.spectral_penalty = options.spectral_penalty;
  const Index per_epoch = (N + out.batch - 1) / out.batch;
  out.schedule.kind = parse_schedule(options.schedule);
  out.schedule.factor = options.schedule_factor.value_or(1);
  out.schedule.interval = options.schedule_interval.value_or(1) * per_epoch;
  out.normalisation = parse_normalisation(options.normalisation);
  out.inference = inference_options(options);
  out.incremental = options.incremental;
  out.updates = total_updates(options, per_epoch);
  out.patience = options.patience;
  out.target_loss = options.target_loss;
  out.probe_samples = options.probe_samples.value_or(1);
  out.dense_hessian = options.hessian_dense.value_or(out.dense_hessian);
  out.seed = options.problem.seed;
  return out;
}

std::unique_ptr<TwinTraining> make_training(const TrainOptions& options,
                                            const TrainProblem& problem, const TwinOptions& twins) {
  const Network& network = problem.problem.network;
  if (options.precision == "double") {
    const NetworkEnergy<double> energy(network.architecture, network.activity_decay);
    return make_twin_training<double>(energy, twins, network.theta, problem.train, problem.test);
  }
  const NetworkEnergy<float> energy(network.architecture, network.activity_decay);
  return make_twin_training<float>(energy, twins, network.theta, problem.train, problem.test);
}

bool due(Index update, Index every) { return every > 0 && update % every == 0; }

std::string progress_text(const TwinTraining& training, const TwinOptions& twins,
                          const TrainLog& log, double seconds, Index since) {
  const Index done = training.update();
  std::string text = fmt::format("update {} of {}", done, twins.updates);
  for (const TrainingAlgorithm algorithm : twins.algorithms)
    for (const char* column : {"train_loss", "test_accuracy"})
      if (const auto series = log.series(name(algorithm), column); !series.empty())
        text += fmt::format(", {} {} {:.4g}", name(algorithm),
                            column == std::string("train_loss") ? "loss" : "accuracy",
                            series.back().value);
  if (done > since) {
    const double left =
        seconds / static_cast<double>(done - since) * static_cast<double>(twins.updates - done);
    text += fmt::format(", about {} left", duration_text(left));
  }
  return text;
}

}  // namespace

Index batch_size(const TrainOptions& options, Index n_samples) {
  if (options.batch == 0 || options.batch == TrainOptions{}.batch)
    return options.batch == 0 ? n_samples : std::min(options.batch, n_samples);
  require(options.batch <= n_samples, "--batch: expected at most the {} training samples, got {}",
          n_samples, options.batch);
  return options.batch;
}

TrainResult train_study(const TrainOptions& given, const fs::path& folder,
                        const std::function<void(const std::string&)>& progress) {
  const Clock::time_point begin = Clock::now();
  const TrainOptions options = effective(given);
  TrainResult result;
  result.problem = make_train_problem(options);
  const TwinOptions twins = twin_options(options, result.problem);
  const auto training = make_training(options, result.problem, twins);
  const auto columns = training->columns(
      {options.probe_every > 0, options.condition_every > 0, options.hessian_every > 0});
  const std::string config = config_of(options, result.problem);
  const fs::path checkpoint = folder / "checkpoint.h5";

  const auto record = [&](TrainLog& log) {
    const Index k = training->update();
    const auto rows =
        training->record({due(k, options.probe_every), due(k, options.condition_every),
                          due(k, options.hessian_every)});
    std::string text;
    for (const TrainingRecord& row : rows) {
      log.append(row);
      text += log.last_row();
    }
    return text;
  };
  if (options.resume.empty()) {
    fs::remove(checkpoint);
    result.log = TrainLog(columns);
    static_cast<void>(record(result.log));
  } else {
    const Checkpoint found = read_checkpoint(checkpoint);
    require_same_problem(checkpoint, found.config, config);
    require(found.state.update <= twins.updates,
            "{}: the run has done {} updates already, expected at most the {} of --epochs or "
            "--max-steps: more of them go on beyond its end",
            checkpoint.string(), found.state.update, twins.updates);
    training->restore(found.state);
    result.log = TrainLog(columns, found.log, checkpoint.string() + ": log");
    result.resumed_at = found.state.update;
  }
  LiveFile live(folder / "log.csv", result.log.text());
  const auto save = [&] {
    write_checkpoint(checkpoint, {config, result.log.text(), training->save()});
  };
  if (options.resume.empty()) save();

  const Clock::time_point first = Clock::now();
  double shown = -1;
  TrainFloor floor(result.problem.problem.network.architecture, twins, options.precision);
  while (training->advance()) {
    const Index k = training->update();
    floor.measure(k);
    const bool epoch = due(k, training->updates_per_epoch());
    if (epoch || k == twins.updates || due(k, options.log_every) || due(k, options.probe_every) ||
        due(k, options.condition_every) || due(k, options.hessian_every))
      live.append(record(result.log));
    if (epoch || due(k, options.checkpoint_every)) save();
    const double seconds = seconds_since(first);
    if (progress && seconds > shown + 0.2) {
      shown = seconds;
      progress(progress_text(*training, twins, result.log, seconds, result.resumed_at));
    }
  }
  if (!is_current(result.log, training->save())) live.append(record(result.log));
  save();
  result.state = training->save();
  for (std::size_t i = 0; i < twins.algorithms.size(); ++i) {
    const double seconds = training->seconds_per_update(i);
    result.seconds_per_update.push_back(seconds > 0 ? std::optional(seconds) : std::nullopt);
    result.gemm_multiple.push_back(floor.multiple(i, seconds));
  }
  result.seconds = seconds_since(begin);
  return result;
}

}  // namespace saddlescope::analysis

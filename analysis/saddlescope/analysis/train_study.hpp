// Training by predictive coding and backpropagation on a dataset, with its log, checkpoints and
// resumption.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/analysis/train_log.hpp"
#include "saddlescope/training/training_state.hpp"

namespace saddlescope::analysis {

// Members left empty take the default that describe() states.
struct TrainOptions {
  ProblemOptions problem;
  Index seeds = 1;
  double test_fraction = 0.2;
  bool shuffle_labels = false;
  std::string algorithm = "both";
  std::string optimiser = "adam";
  std::optional<double> learning_rate;
  bool scale_learning_rate = false;
  std::optional<double> momentum;
  double weight_decay = 0;
  double spectral_penalty = 0;
  std::string schedule = "constant";
  std::optional<double> schedule_factor;
  std::optional<Index> schedule_interval;
  Index batch = 64;
  std::optional<Index> epochs;
  std::optional<Index> max_steps;
  Index patience = 0;
  double target_loss = 0;
  std::optional<Index> inference_steps;
  std::optional<double> tolerance;
  std::string inference_method = "descent";
  std::optional<double> inference_step;
  std::optional<double> inference_momentum;
  bool batch_mean_step = false;
  bool incremental = false;
  std::string normalisation = "matched";
  std::string precision = "double";
  Index log_every = 0;
  Index probe_every = 0;
  Index condition_every = 0;
  Index hessian_every = 0;
  std::optional<Index> hessian_dense;
  std::optional<Index> probe_samples;
  Index checkpoint_every = 0;
  std::string resume;
  int threads = 0;
  std::string out = "out/train";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(TrainOptions& options);
// Every default spelled out. Throws std::invalid_argument where options contradict each other.
[[nodiscard]] TrainOptions effective(TrainOptions options);
// With --resume DIR the options of the run or runs in DIR, else `given`. Throws
// std::invalid_argument for flags given beside it that say otherwise; a higher number of epochs or
// steps is taken where the learning rate does not depend on it, and more seeds where there are
// several.
[[nodiscard]] TrainOptions resumed_options(const TrainOptions& given);

// The data, split, and the network at its initial weights.
struct TrainProblem {
  Problem problem;  // the whole data
  Dataset train, test;
};
[[nodiscard]] TrainProblem make_train_problem(const TrainOptions& options);

struct TrainResult {
  TrainProblem problem;
  TrainLog log;
  TrainingState state;
  // Per run, in the order of state.runs: seconds per mini-batch now, and that over the time of the
  // matrix products it cannot do without (inference/gemm_floor.hpp); empty where not measured.
  std::vector<std::optional<double>> seconds_per_update, gemm_multiple;
  Index resumed_at = 0;  // the update from which this process went on; 0: the start
  double seconds = 0;
};

// Logs to log.csv and keeps checkpoint.h5 in `folder`, which must exist; goes on from the checkpoint
// there when `options` name one to resume.
// Samples in a mini-batch of a training set of n_samples: --batch, or all for 0; the default takes all
// of a smaller set. Throws std::invalid_argument where another number exceeds the set.
[[nodiscard]] Index batch_size(const TrainOptions& options, Index n_samples);

[[nodiscard]] TrainResult train_study(const TrainOptions& options,
                                      const std::filesystem::path& folder,
                                      const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis

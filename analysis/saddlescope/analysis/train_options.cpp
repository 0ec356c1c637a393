#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/train_study.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/inference/batch_inference_options.hpp"

namespace saddlescope::analysis {
namespace {

void describe_network(TrainOptions& o, OptionTable& table) {
  describe(o.problem, table, "init");
  table.add("seeds", &o.seeds,
            "train anew for each of the seeds --seed, --seed + 1, ..: this many, >= 1; from 2 on "
            "with means, paired differences and their intervals [1]");
  table.add("test-fraction", &o.test_fraction,
            "share of the samples held out for testing, a seeded draw, 0 < .. < 1 [0.2]");
  table.add("shuffle-labels", &o.shuffle_labels,
            "control: training targets in random order, test targets as they are");
}

void describe_optimiser(TrainOptions& o, OptionTable& table) {
  table.add("algorithm", &o.algorithm,
            "pc, bp or both: twins from the same weights on the same batches [both]");
  table.add("optimiser", &o.optimiser, "gd (sgd), momentum, adam or adamw [adam]");
  table.add("learning-rate", &o.learning_rate,
            "step of the weights, > 0 [0.001 of adam and adamw, 0.01 of momentum, 0.1 of gd]");
  table.add("scale-learning-rate", &o.scale_learning_rate,
            "carry it over to the network's width and depth by the rule of its parameterisation");
  table.add("momentum", &o.momentum, "0 <= .. < 1, with --optimiser momentum [0.9]");
  table.add("weight-decay", &o.weight_decay,
            "penalty (w/2)|W|^2 on weights, not biases, >= 0; decoupled under adamw [0]");
  table.add("spectral-penalty", &o.spectral_penalty,
            "penalty (s/2)|W'W - I|^2 on weights, not biases, >= 0, added to the gradient [0]");
  table.add("schedule", &o.schedule, "of the learning rate: constant, cosine or step [constant]");
  table.add("schedule-factor", &o.schedule_factor,
            "what cosine ends at, or step multiplies by, 0 to 1 [0 of cosine, 0.1 of step]");
  table.add("schedule-interval", &o.schedule_interval,
            "epochs between two steps, >= 1, with --schedule step [10]");
  table.add("batch", &o.batch,
            "samples in a mini-batch, >= 1; 0: all [64, or all where there are fewer]");
  table.add("epochs", &o.epochs, "passes through the training samples, >= 0 [20]");
  table.add("max-steps", &o.max_steps,
            "mini-batches at most, >= 0; without --epochs as many epochs as that takes [no limit]");
  table.add("patience", &o.patience,
            "epochs without a lower training loss that end a run; 0: any number [0]");
  table.add("target-loss", &o.target_loss,
            "a run ends where the log finds the training loss at it or below, >= 0 [0: never]");
  table.add("normalisation", &o.normalisation,
            "matched (means over samples) or pc-saddles (as published: pc sums over the batch, bp "
            "takes the mean over samples and outputs without 1/2) [matched]");
  table.add("precision", &o.precision, "double or single [double]");
}

void describe_inference(TrainOptions& o, OptionTable& table) {
  table.add("inference-steps", &o.inference_steps,
            "steps of inference on a mini-batch, exactly, or at most with --tolerance, >= 0 [20; "
            "200 with --tolerance]");
  table.add("tolerance", &o.tolerance,
            "a sample stops where |dF/dz| is within it times the norms of its terms, > 0 [none]");
  table.add("inference-method", &o.inference_method,
            fmt::format("one of {}; newton computes in double in either precision [descent]",
                        fmt::join(inference_method_names(), ", ")));
  table.add("inference-step", &o.inference_step,
            "step of the activities on the energy of one sample, > 0 [the largest stable one, "
            "bounded anew for each batch]");
  table.add("inference-momentum", &o.inference_momentum,
            "0 <= .. < 1, with --inference-method momentum [0.9]");
  table.add("batch-mean-step", &o.batch_mean_step,
            "take --inference-step on the mean over the batch, as JPC does");
  table.add("incremental", &o.incremental, "update the weights after every step of inference");
}

void describe_run(TrainOptions& o, OptionTable& table) {
  table.add("log-every", &o.log_every,
            "mini-batches between two rows of the log; 0: epochs only [0]");
  table.add("probe-every", &o.probe_every,
            "mini-batches between two probes of loss, energy, gradients, activities and Jacobians; "
            "0: none [0]");
  table.add("condition-every", &o.condition_every,
            "mini-batches between two probes of kappa(H_z), and of S in linear networks; 0: none "
            "[0]");
  table.add("hessian-every", &o.hessian_every,
            "mini-batches between two probes of the extreme Hessian eigenvalues and the inertia of "
            "loss and energy; 0: none [0]");
  table.add("hessian-dense", &o.hessian_dense,
            "parameters up to which those Hessians are formed and every sign of their spectra is "
            "counted, >= 0; beyond, Lanczos finds the ends and counts what it can; 24 p^2 bytes, "
            "4/3 p^3 flops, with --hessian-every [1500]");
  table.add("probe-samples", &o.probe_samples, "training samples that probes look at, >= 1 [64]");
  table.add("checkpoint-every", &o.checkpoint_every,
            "mini-batches between two checkpoints; 0: epochs only [0]", OptionRole::kRun);
  table.add("resume", &o.resume, "folder of a run to go on with from its last checkpoint",
            OptionRole::kRun);
  table.add("threads", &o.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &o.out, "folder for the results [out/train]", OptionRole::kRun);
  table.add("no-figures", &o.no_figures, "write numbers only", OptionRole::kRun);
}

void require_positive(const char* flag, const std::optional<double>& value) {
  require(!value || (std::isfinite(*value) && *value > 0),
          "{}: expected a finite number > 0, got {}", flag, value.value_or(0));
}

// A flag that the choice made elsewhere gives nothing to act on.
void belongs(bool given, bool used, const char* flag, const char* owner) {
  require(!given || used, "{}: expected with {} only", flag, owner);
}

void fill_optimiser(TrainOptions& o) {
  require_known("--algorithm", {"pc", "bp", "both"}, o.algorithm);
  const OptimiserKind kind = parse_optimiser(o.optimiser);
  o.optimiser = name(kind);
  if (!o.learning_rate) {
    const bool adam = kind == OptimiserKind::kAdam || kind == OptimiserKind::kAdamW;
    o.learning_rate = adam ? 1e-3 : kind == OptimiserKind::kMomentum ? 0.01 : 0.1;
  }
  require_positive("--learning-rate", o.learning_rate);
  const bool has_momentum = kind == OptimiserKind::kMomentum;
  belongs(o.momentum.has_value(), has_momentum, "--momentum", "--optimiser momentum");
  if (has_momentum) o.momentum = o.momentum.value_or(0.9);
  const ScheduleKind schedule = parse_schedule(o.schedule);
  belongs(o.schedule_factor.has_value(), schedule != ScheduleKind::kConstant, "--schedule-factor",
          "--schedule cosine or step");
  belongs(o.schedule_interval.has_value(), schedule == ScheduleKind::kStep, "--schedule-interval",
          "--schedule step");
  if (schedule == ScheduleKind::kCosine) o.schedule_factor = o.schedule_factor.value_or(0);
  if (schedule == ScheduleKind::kStep) {
    o.schedule_factor = o.schedule_factor.value_or(0.1);
    o.schedule_interval = o.schedule_interval.value_or(10);
    require(*o.schedule_interval >= 1, "--schedule-interval: expected >= 1, got {}",
            *o.schedule_interval);
  }
  require(std::isfinite(o.spectral_penalty) && o.spectral_penalty >= 0,
          "--spectral-penalty: expected a finite number >= 0, got {}", o.spectral_penalty);
  require(o.batch >= 0, "--batch: expected >= 1, or 0 for all, got {}", o.batch);
  if (!o.epochs && !o.max_steps) o.epochs = 20;
  require(o.epochs.value_or(0) >= 0, "--epochs: expected >= 0, got {}", o.epochs.value_or(0));
  require(o.max_steps.value_or(0) >= 0, "--max-steps: expected >= 0, got {}",
          o.max_steps.value_or(0));
  (void)parse_normalisation(o.normalisation);
}

void fill_inference(TrainOptions& o) {
  const InferenceMethod method = parse_inference_method(o.inference_method);
  require_positive("--tolerance", o.tolerance);
  o.inference_steps = o.inference_steps.value_or(o.tolerance ? 200 : 20);
  require(*o.inference_steps >= 0, "--inference-steps: expected >= 0, got {}", *o.inference_steps);
  require_positive("--inference-step", o.inference_step);
  belongs(o.inference_step.has_value(), has_step(method), "--inference-step",
          "methods that take steps of a given size (not cg, not newton)");
  belongs(o.inference_momentum.has_value(), method == InferenceMethod::kMomentum,
          "--inference-momentum", "--inference-method momentum");
  if (method == InferenceMethod::kMomentum)
    o.inference_momentum = o.inference_momentum.value_or(0.9);
  belongs(o.batch_mean_step, o.inference_step.has_value(), "--batch-mean-step", "--inference-step");
}

}  // namespace

OptionTable describe(TrainOptions& options) {
  OptionTable table;
  describe_network(options, table);
  describe_optimiser(options, table);
  describe_inference(options, table);
  describe_run(options, table);
  return table;
}

TrainOptions effective(TrainOptions o) {
  if (!o.problem.point) o.problem.point = o.problem.network.empty() ? "init" : "network";
  o.problem = effective(o.problem);
  require(o.seeds >= 1, "--seeds: expected >= 1, got {}", o.seeds);
  require(o.test_fraction > 0 && o.test_fraction < 1,
          "--test-fraction: expected 0 < .. < 1, got {}", o.test_fraction);
  fill_optimiser(o);
  fill_inference(o);
  require_known("--precision", {"double", "single"}, o.precision);
  const bool probes = o.probe_every > 0 || o.condition_every > 0 || o.hessian_every > 0;
  belongs(o.probe_samples.has_value(), probes, "--probe-samples",
          "--probe-every, --condition-every or --hessian-every");
  belongs(o.hessian_dense.has_value(), o.hessian_every > 0, "--hessian-dense", "--hessian-every");
  require(o.hessian_dense.value_or(0) >= 0, "--hessian-dense: expected >= 0, got {}",
          o.hessian_dense.value_or(0));
  if (o.hessian_every > 0) o.hessian_dense = o.hessian_dense.value_or(1500);
  if (probes) o.probe_samples = o.probe_samples.value_or(64);
  for (const auto& [flag, value] :
       {std::pair("--log-every", o.log_every), std::pair("--probe-every", o.probe_every),
        std::pair("--condition-every", o.condition_every),
        std::pair("--hessian-every", o.hessian_every),
        std::pair("--checkpoint-every", o.checkpoint_every), std::pair("--patience", o.patience)})
    require(value >= 0, "{}: expected >= 0, got {}", flag, value);
  require(o.threads >= 0, "--threads: expected >= 1, got {}", o.threads);
  require(!o.out.empty(), "--out: expected a folder, got an empty name");
  return o;
}

}  // namespace saddlescope::analysis

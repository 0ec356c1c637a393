// mupc-fig1 [mu]: residual networks of many layers trained by PC at one learning rate.
//
// phi before W, identity skips, no biases, one-hot targets, mean squared error, Adam, batches of
// 64, as many inference steps as hidden layers.
#include <fmt/format.h>

#include "saddlescope/analysis/mupc_depth.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/data/load.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

constexpr Index kBatch = 64;
constexpr double kPublishedInferenceStep = 0.5;  // on the batch mean

DepthSizes sizes_of(StudyScale scale) {
  if (scale == StudyScale::kQuick) return {{2, 6}, 32, 600, 6, 1};
  if (scale == StudyScale::kFull) return {{8, 16, 32, 64, 128}, 512, 0, 1, 3};
  return {};
}

void train(const StudyContext& context, const DepthSizes& sizes, const Dataset& data,
           DepthJob& job) {
  const Split parts = split(data, 0.8, job.seed);
  const DepthSetting& setting = *job.setting;
  ArchitectureOptions shape;
  shape.widths.assign(static_cast<std::size_t>(job.depth) + 2, sizes.width);
  shape.widths.front() = data.x.rows();
  shape.widths.back() = data.y.rows();
  shape.parameterisation = setting.parameterisation;
  shape.skips = true;
  shape.activation = Activation::kRelu;
  const NetworkEnergy<float> energy(make_architecture(shape));
  InitialiseOptions init;
  init.parameterisation = setting.parameterisation;
  init.kind = setting.parameterisation == Parameterisation::kSp ? Initialisation::kUniform
                                                                : Initialisation::kNormal;
  RandomStream stream(job.seed, "weights");
  const Vector theta = initialise(energy.architecture(), init, stream);
  TwinOptions options;
  options.algorithms = {parse_training_algorithm(setting.algorithm)};
  options.optimiser.kind = OptimiserKind::kAdam;
  options.optimiser.learning_rate = setting.rate;
  options.inference.max_steps = job.depth;
  options.inference.step = setting.published_inference ? kPublishedInferenceStep : 0;
  options.inference.batch_mean_step = setting.published_inference;
  options.batch = kBatch;
  options.seed = job.seed;
  const Index per_epoch = (parts.train.n_samples() + kBatch - 1) / kBatch;
  options.updates = sizes.epochs * per_epoch;
  job.run = run_for_study<float>(
      energy, options, theta, parts.train, parts.test, per_epoch, {},
      kept_run(context, fmt::format("{}_{}_{}", setting.name, job.depth, job.seed)));
}

Json configuration(const DepthSizes& sizes, const Dataset& data) {
  Json json = {{"data", data.name},
               {"normalisation", data.normalisation},
               {"samples", data.n_samples()},
               {"train_fraction", 0.8},
               {"hidden_layers", sizes.depths},
               {"width", sizes.width},
               {"activation", "relu"},
               {"placement", "pre"},
               {"skips", true},
               {"batch", kBatch},
               {"epochs", sizes.epochs},
               {"seeds", sizes.seeds},
               {"optimiser", "adam"},
               {"precision", "single"},
               {"inference_steps", "hidden layers"}};
  for (const DepthSetting& setting : depth_settings())
    json["settings"][setting.name] = {
        {"algorithm", setting.algorithm},
        {"parameterisation", name(setting.parameterisation)},
        {"learning_rate", setting.rate},
        {"inference_step", setting.published_inference
                               ? fmt::format("{:g} on the batch mean", kPublishedInferenceStep)
                               : "the largest stable one of a sample"}};
  return json;
}

StudyResult summarise(const std::vector<DepthJob>& jobs, const DepthSizes& sizes,
                      const Dataset& data) {
  StudyResult out;
  out.configuration = configuration(sizes, data);
  bool agrees = true;
  for (const Index depth : sizes.depths) {
    const DepthCell mupc = depth_cell(jobs, depth_settings().front(), depth);
    out.ours += fmt::format("{}H = {}:", out.ours.empty() ? "test accuracy, " : "; ", depth);
    for (const DepthSetting& setting : depth_settings()) {
      const DepthCell one = depth_cell(jobs, setting, depth);
      Json& json = out.quantities[setting.name][std::to_string(depth)];
      json = {{"test_accuracy", one.accuracies.empty() ? Json() : Json(one.mean())},
              {"seeds_not_finite", one.not_finite}};
      out.ours += fmt::format("{} {} {}", &setting == &depth_settings().front() ? "" : ",",
                              setting.label, one.text());
    }
    const DepthCell sp = depth_cell(jobs, depth_settings()[2], depth);
    agrees = agrees && mupc.not_finite == 0 && mupc.mean() >= kDepthGoal &&
             (sp.accuracies.empty() || sp.mean() < mupc.mean());
  }
  out.agreement = agreement_of(agrees);
  out.judgement = fmt::format(
      "µPC {} {:g} % at every depth at one learning rate with SP lower or not finite "
      "there",
      agrees ? "reaches" : "does not reach", 100 * kDepthGoal);
  out.tables = {depth_accuracy_table(jobs), depth_curves_table(jobs)};
  out.figure = depth_figure(jobs, sizes, data.name);
  return out;
}

StudyResult run(const StudyContext& context) {
  const DepthSizes sizes = sizes_of(context.scale);
  DataOptions source;
  if (!context.data.empty()) source.source = context.data;
  source.samples = sizes.samples;
  const Dataset data = load(source);
  std::vector<DepthJob> jobs;
  // The deepest first, which take longest.
  for (auto depth = sizes.depths.rbegin(); depth != sizes.depths.rend(); ++depth)
    for (const DepthSetting& setting : depth_settings())
      for (Index seed = 0; seed < sizes.seeds; ++seed)
        jobs.push_back({&setting, *depth, static_cast<std::uint64_t>(seed), {}});
  run_jobs(
      static_cast<Index>(jobs.size()),
      [&](Index i) { train(context, sizes, data, jobs[static_cast<std::size_t>(i)]); },
      context.progress);
  return summarise(jobs, sizes, data);
}

}  // namespace

Study mupc_depth_study() {
  return {
      "mupc-fig1",
      "muPC trains residual networks of more than 100 layers at one learning rate, SP does not",
      "muPC networks of 8 to 128 hidden layers train at one weight and one activity rate (Adam "
      "0.1, 0.5); SP degrades with depth [mu]",
      {"the activity step was taken on the mean over the batch, 0.5/64 of a sample's. Here the "
       "largest stable one of a sample; the published one runs beside as 'published inference "
       "step'",
       "BP's loss was a mean over outputs without 1/2, which Adam hides. Here BP descends the "
       "same loss as PC",
       "digits of 8 x 8 pixels stand in for MNIST unless it is given by --data"},
      true,
      run,
      "2 and 6 hidden layers for 8, 32 and 128, width 32 for 64, 600 samples, one seed for three",
      false};
}

}  // namespace saddlescope::analysis

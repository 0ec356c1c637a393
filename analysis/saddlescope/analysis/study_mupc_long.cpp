// mupc-long [mu]: residual networks of 128 hidden layers over many epochs.
#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/mupc_depth.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/data/draw.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kBatch = 64;
constexpr double kGoal = 0.95;  // test accuracy

struct Sizes {
  Index hidden = 128, width = 64, samples = 0, epochs = 12;
};
Sizes sizes_of(StudyScale scale) {
  if (scale == StudyScale::kQuick) return {16, 64, 0, 8};
  if (scale == StudyScale::kFull) return {128, 512, 0, 5};
  return {};
}

// The setting of mupc-fig1 with the longest stable step of inference, PC or its BP twin.
StudyRun train(const StudyContext& context, const Split& parts, const Sizes& sizes,
               const DepthSetting& setting) {
  ArchitectureOptions shape;
  shape.widths = study_widths(parts.train, sizes.width, sizes.hidden);
  shape.parameterisation = setting.parameterisation;
  shape.skips = true;
  shape.activation = Activation::kRelu;
  const NetworkEnergy<float> energy(make_architecture(shape));
  TwinOptions options;
  options.algorithms = {parse_training_algorithm(setting.algorithm)};
  options.optimiser.kind = OptimiserKind::kAdam;
  options.optimiser.learning_rate = setting.rate;
  options.inference.max_steps = sizes.hidden;
  options.batch = kBatch;
  const Index per_epoch = (parts.train.n_samples() + kBatch - 1) / kBatch;
  options.updates = sizes.epochs * per_epoch;
  return run_for_study<float>(
      energy, options, study_weights(energy.architecture(), setting.parameterisation, 0),
      parts.train, parts.test, per_epoch, {}, kept_run(context, setting.name));
}

StudyResult run(const StudyContext& context) {
  const Sizes sizes = sizes_of(context.scale);
  const Split parts = split(study_images(context, sizes.samples), 0.8, 0);
  const DepthSetting settings[] = {depth_settings().front(), depth_settings().back()};
  std::vector<StudyRun> runs(2);
  run_jobs(
      2,
      [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        runs[at] = train(context, parts, sizes, settings[at]);
      },
      context.progress);
  StudyResult out;
  out.configuration = {{"data", parts.train.name}, {"hidden_layers", sizes.hidden},
                       {"width", sizes.width},     {"activation", "relu"},
                       {"epochs", sizes.epochs},   {"batch", kBatch},
                       {"optimiser", "adam"},      {"learning_rate", settings[0].rate},
                       {"precision", "single"},    {"inference_steps", "hidden layers"}};
  StudyPanel panel = {parts.train.name, "epochs", "test accuracy (%)"};
  for (std::size_t i = 0; i < 2; ++i) {
    StudyLine line = {settings[i].label, settings[i].ink};
    line.points = true;
    line.dashed = settings[i].algorithm == "bp";
    for (std::size_t k = 0; k < runs[i].curve.size(); ++k)
      line.add(static_cast<double>(k), 100 * runs[i].curve[k].test_accuracy.value_or(0));
    out.quantities[settings[i].name] = {
        {"test_accuracy", line.y.back() / 100},
        {"best", *std::max_element(line.y.begin(), line.y.end()) / 100},
        {"message", runs[i].summary.message}};
    out.ours += fmt::format("{}{}: {:.1f} % after {} epochs", i > 0 ? "; " : "", line.title,
                            line.y.back(), runs[i].curve.size() - 1);
    panel.lines.push_back(line);
  }
  const std::vector<StudyPanel> panels = {panel};
  const double pc = panel.lines[0].y.back();
  out.rules = {{fmt::format("PC reaches {:g} % test accuracy", 100 * kGoal),
                "before results were seen, for digits", pc >= 100 * kGoal},
               {fmt::format("PC reaches {:g} %", 100 * kDepthGoal), "after the first results",
                pc >= 100 * kDepthGoal}};
  out.agreement = agreement_of(out.rules[0].met);
  out.judgement = fmt::format("{} hidden layers {} {:g} % under PC", sizes.hidden,
                              out.rules[0].met ? "reach" : "do not reach", 100 * kGoal);
  out.tables = {{"accuracy", panel_table(panels)}};
  out.figure = panel_figure(
      "mupc-long",
      fmt::format("{} hidden layers of width {}   |   µPC, ReLU", sizes.hidden, sizes.width),
      panels, 1);
  return out;
}

}  // namespace

Study mupc_long_study() {
  return {
      "mupc-long",
      "PC trains 128 hidden layers over many epochs",
      "about 98 % on MNIST after 5 epochs, 89 % on Fashion-MNIST after 15 (unconfirmed) [mu]",
      {"the activity step was divided by the batch size; here it is the longest stable one of a "
       "sample",
       "one setting of both algorithms, no search of rates"},
      true,
      run,
      "16 hidden layers for 128, 8 epochs for 12",
      false};
}

}  // namespace saddlescope::analysis

// mupc-decay [mu]: test accuracy of linear networks under activity decay alpha.
#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/inference/conditioning.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kDecays[] = {0, 0.01, 0.05, 0.1, 0.5, 1};
constexpr double kRate = 1e-3;
constexpr Index kBatch = 64;

struct Sizes {
  Index hidden = 8, width = 128, samples = 0, updates = 300;
};
Sizes sizes_of(StudyScale scale) {
  return scale == StudyScale::kQuick ? Sizes{4, 32, 800, 100} : Sizes{};
}

struct Decayed {
  double accuracy = 0, condition = 0;
};
Decayed train(const Split& parts, const Sizes& sizes, double alpha) {
  ArchitectureOptions shape;
  shape.widths = study_widths(parts.train, sizes.width, sizes.hidden);
  const NetworkEnergy<float> energy(make_architecture(shape), alpha);
  TwinOptions options;
  options.algorithms = {TrainingAlgorithm::kPc};
  options.optimiser.kind = OptimiserKind::kAdam;
  options.optimiser.learning_rate = kRate;
  options.inference.method = InferenceMethod::kConjugateGradients;
  options.inference.max_steps = 100;
  options.inference.tolerance = 1e-4;
  options.batch = kBatch;
  options.updates = sizes.updates;
  const Vector start = study_weights(energy.architecture(), Parameterisation::kSp, 0);
  const StudyRun run =
      run_for_study<float>(energy, options, start, parts.train, parts.test, sizes.updates / 10);
  Decayed out;
  for (const CurvePoint& point : run.curve)
    out.accuracy = std::max(out.accuracy, point.test_accuracy.value_or(0));
  ConditionOptions condition;
  condition.activity_decay = alpha;
  condition.tolerance = 0.01;
  out.condition = activity_conditioning(energy.architecture(), start, condition).condition_number;
  return out;
}

StudyResult run(const StudyContext& context) {
  const Sizes sizes = sizes_of(context.scale);
  const Split parts = split(study_images(context, sizes.samples), 0.8, 0);
  std::vector<Decayed> all(std::size(kDecays));
  run_jobs(
      static_cast<Index>(all.size()),
      [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        all[at] = train(parts, sizes, kDecays[at]);
      },
      context.progress);
  StudyResult out;
  out.configuration = {{"data", parts.train.name},
                       {"hidden_layers", sizes.hidden},
                       {"width", sizes.width},
                       {"activation", "identity"},
                       {"parameterisation", "sp"},
                       {"optimiser", "adam"},
                       {"learning_rate", kRate},
                       {"batch", kBatch},
                       {"updates", sizes.updates},
                       {"decays", kDecays},
                       {"inference", "conjugate gradients to 1e-4 of the gradient's terms"}};
  StudyPanel accuracy = {"accuracy", "activity decay alpha", "best test accuracy (%)"};
  StudyPanel condition = {"conditioning at random weights", "activity decay alpha",
                          "condition number"};
  StudyLine line = {"PC", colour::kEnergy};
  line.points = true;
  StudyLine kappa = line;
  bool improves = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    line.add(kDecays[i], 100 * all[i].accuracy);
    kappa.add(kDecays[i], all[i].condition);
    improves = improves && (i == 0 || all[i].condition < all[i - 1].condition);
    out.quantities[fmt::format("alpha={:g}", kDecays[i])] = {
        {"best_test_accuracy", all[i].accuracy}, {"condition_number", all[i].condition}};
    out.ours += fmt::format("{}alpha {:g}: {:.1f} %, kappa {}", i > 0 ? "; " : "", kDecays[i],
                            100 * all[i].accuracy, short_number(all[i].condition));
  }
  accuracy.lines = {line};
  condition.lines = {kappa};
  const std::vector<StudyPanel> panels = {accuracy, condition};
  const bool agrees = improves && all.back().accuracy < all.front().accuracy;
  out.agreement = Agreement::kUndecided;  // no headline is known
  out.judgement = agrees ? "decay improves the conditioning and costs accuracy"
                         : "decay does not both improve the conditioning and cost accuracy";
  out.judgement = "no headline of the original is known to compare with; here " + out.judgement;
  out.tables = {{"decay", panel_table(panels)}};
  out.figure = panel_figure("mupc-decay",
                            fmt::format("Activity decay   |   linear, {} hidden layers of width {}",
                                        sizes.hidden, sizes.width),
                            panels, 2);
  return out;
}

}  // namespace

Study activity_decay_study() {
  return {"mupc-decay",
          "what activity decay does to conditioning and accuracy",
          "best accuracy at alpha = 1, .5, .1, .05, .01, 0; no headline is known [mu]",
          {"the activity Hessian had 1 where alpha belongs; here alpha"},
          true,
          run,
          "4 hidden layers for 8, width 32 for 128, 800 samples, 100 updates for 300"};
}

}  // namespace saddlescope::analysis

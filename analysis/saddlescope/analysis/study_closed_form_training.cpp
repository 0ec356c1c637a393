// dmft-1 [inf]: training on the closed form of F* and by 50 steps of inference, one output, muPC,
// lambda = gamma^2 n L.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/training/full_batch.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kHidden = 3;
constexpr Index kInference = 50;
constexpr Index kUpdates = 100;
constexpr double kRate = 0.2;

StudyLine closed_form(const Architecture& net, const Dataset& data, const Vector& start,
                      double rate) {
  const auto factor = compress(data_factor<double>(data));
  const auto energy = equilibrated_energy<double>(net, factor);
  const auto loss = mse_loss<double>(net, factor);
  OptimiserOptions options;
  options.learning_rate = rate;
  FullBatchTrainer trainer(*energy, start, options);
  StudyLine out = {"gradient of F*", colour::kTheory};
  out.dashed = true;
  train(trainer, kUpdates, [&](const FullBatchTrainer& at) {
    const Evaluation<double> here = loss->at(at.theta());
    if (here.summary.ok()) out.add(static_cast<double>(at.step()), here.point->value());
  });
  return out;
}

StudyLine trained(const Architecture& net, const Dataset& data, const Vector& start, double rate,
                  bool pc) {
  TwinOptions options;
  options.algorithms = {pc ? TrainingAlgorithm::kPc : TrainingAlgorithm::kBp};
  options.optimiser.learning_rate = rate;
  options.inference.max_steps = kInference;
  options.batch = data.n_samples();
  options.updates = kUpdates;
  const StudyRun run =
      run_for_study<double>(NetworkEnergy<double>(net), options, start, data, data, 1);
  StudyLine out = {pc ? "50 steps of inference" : "BP, lambda L",
                   pc ? colour::kEnergy : colour::kLoss};
  for (const CurvePoint& point : run.curve)
    out.add(static_cast<double>(point.update), point.train_loss);
  return out;
}

StudyResult run(const StudyContext& context) {
  const std::vector<Index> widths = context.scale == StudyScale::kQuick
                                        ? std::vector<Index>{16, 64}
                                        : std::vector<Index>{16, 64, 256};
  TeacherOptions source;
  source.samples = 20;
  source.input = 40;
  source.output = 1;
  const Dataset data = linear_teacher(source);
  StudyResult out;
  out.configuration = {{"data", "linear teacher, 20 samples of 40 inputs, one output"},
                       {"hidden_layers", kHidden},
                       {"widths", widths},
                       {"parameterisation", "mupc"},
                       {"lambda", "gamma^2 n L, gamma = 1"},
                       {"updates", kUpdates},
                       {"learning_rate", "0.2 gamma^2 n / lambda"},
                       {"inference", "50 steps of the longest stable size"}};
  std::vector<StudyPanel> panels;
  double worst = 0;
  for (const Index n : widths) {
    ArchitectureOptions shape;
    shape.widths = study_widths(data, n, kHidden);
    shape.parameterisation = Parameterisation::kMupc;
    shape.lambda = static_cast<double>(n * (kHidden + 1));
    const Architecture net = make_architecture(shape);
    const Vector start = study_weights(net, Parameterisation::kMupc, 0);
    const double rate = kRate * static_cast<double>(n) / shape.lambda;
    StudyPanel panel = {fmt::format("width {}", n), "updates", "loss", false, true};
    const StudyLine closed = closed_form(net, data, start, rate);
    const StudyLine steps = trained(net, data, start, rate, true);
    double gap = 0;
    for (std::size_t t = 0; t < std::min(closed.y.size(), steps.y.size()); ++t)
      gap = std::max(gap, std::abs(steps.y[t] - closed.y[t]) / closed.y[0]);
    worst = std::max(worst, gap);
    panel.lines = {trained(net, data, start, rate, false), steps, closed};
    out.quantities[panel.title] = {{"largest_gap_of_initial_loss", gap},
                                   {"loss_closed_form", closed.y.back()},
                                   {"loss_50_steps", steps.y.back()},
                                   {"loss_bp", panel.lines[0].y.back()}};
    out.ours += fmt::format("{}width {}: losses differ by at most {} of the first",
                            out.ours.empty() ? "" : "; ", n, short_number(gap));
    panels.push_back(panel);
  }
  const bool agrees = worst < 0.05;
  out.agreement = agreement_of(agrees);
  out.judgement = agrees ? "50 steps of inference train as the closed form does, within 5 %"
                         : "50 steps of inference do not train as the closed form does: with "
                           "lambda = gamma^2 n L the output pulls hard and inference is slow";
  out.tables = {{"losses", panel_table(panels)}};
  out.figure = panel_figure(
      "dmft-1", "Closed form and 50 steps of inference in training   |   µPC, one output", panels,
      panels.size());
  return out;
}

}  // namespace

Study closed_form_training_study() {
  return {
      "dmft-1",
      "training by 50 steps of inference follows the closed form of F*",
      "closed form and 50 steps of gradient descent agree (unconfirmed) [inf]",
      {"lambda = gamma^2 n L scales the energy: rates here are divided by it, so that all lines "
       "have BP's step"},
      false,
      run,
      "widths 16 and 64 for 16, 64 and 256"};
}

}  // namespace saddlescope::analysis

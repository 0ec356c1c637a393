// limits-fig4 [inf], part a: PC and BP in residual networks of tanh and ReLU, by width. Parts b
// and c are convolutional networks and transformers.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/training/batch_objective.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kSamples = 32;

struct Sizes {
  Index hidden = 15;
  std::vector<Index> widths = {8, 32, 128};
};
Sizes sizes_of(StudyScale scale) {
  if (scale == StudyScale::kQuick) return {5, {8, 16, 32, 64}};
  if (scale == StudyScale::kFull) return {31, {8, 32, 128, 512}};
  return {};
}

struct Gradient {
  double value = 0, converged = 1;
  Vector gradient;
};
Gradient gradient_of(const NetworkEnergy<double>& energy, const Dataset& data, const Vector& theta,
                     bool pc) {
  BatchInferenceOptions inference;
  inference.method = InferenceMethod::kConjugateGradients;
  inference.max_steps = 3000;
  inference.tolerance = 1e-6;
  const auto objective = make_batch_objective<double>(
      pc ? TrainingAlgorithm::kPc : TrainingAlgorithm::kBp, energy, inference, false);
  Gradient out;
  const Summary summary =
      objective->descend(theta, data.x, data.y, [&](double value, const Vector& gradient) {
        out.value = value;
        out.gradient = gradient;
        return true;
      });
  require(summary.ok(), "limits-fig4: {}", summary.message);
  out.converged = objective->share_converged();
  return out;
}

struct Cell {
  double cosine = 0, ratio = 0, converged = 0;
};
Cell measure(const Dataset& data, Activation activation, Index hidden, Index width) {
  ArchitectureOptions shape;
  shape.widths = study_widths(data, width, hidden);
  shape.parameterisation = Parameterisation::kMupc;
  shape.skips = true;
  shape.activation = activation;
  const NetworkEnergy<double> energy(make_architecture(shape));
  const Vector theta = study_weights(energy.architecture(), Parameterisation::kMupc, 0);
  const Gradient pc = gradient_of(energy, data, theta, true);
  const Gradient bp = gradient_of(energy, data, theta, false);
  return {pc.gradient.dot(bp.gradient) / (pc.gradient.norm() * bp.gradient.norm()),
          bp.value / pc.value, pc.converged};
}

StudyResult run(const StudyContext& context) {
  const Sizes sizes = sizes_of(context.scale);
  const Dataset data = study_images(context, kSamples);
  const std::vector<Activation> activations = {Activation::kTanh, Activation::kRelu};
  const std::size_t n = sizes.widths.size();
  std::vector<Cell> cells(2 * n);
  run_jobs(
      static_cast<Index>(cells.size()),
      [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        cells[at] = measure(data, activations[at / n], sizes.hidden, sizes.widths[at % n]);
      },
      context.progress);
  StudyResult out;
  out.configuration = {{"data", data.name},
                       {"samples", kSamples},
                       {"hidden_layers", sizes.hidden},
                       {"widths", sizes.widths},
                       {"parameterisation", "mupc"},
                       {"skips", true},
                       {"point", "random weights"},
                       {"inference", "conjugate gradients to 1e-6 of the gradient's terms"}};
  StudyPanel cosines = {"gradients", "width n", "cosine of PC and BP", true};
  StudyPanel ratios = {"objectives", "width n", "loss/F* - 1", true, true};
  bool agrees = true;
  for (std::size_t a = 0; a < 2; ++a) {
    StudyLine line = {a == 0 ? "tanh" : "ReLU", other_ink(a)};
    line.points = true;
    StudyLine ratio = line;
    double converged = 1;
    for (std::size_t w = 0; w < n; ++w) {
      const Cell& cell = cells[a * n + w];
      line.add(static_cast<double>(sizes.widths[w]), cell.cosine);
      ratio.add(static_cast<double>(sizes.widths[w]), cell.ratio - 1);
      converged = std::min(converged, cell.converged);
    }
    out.quantities[line.title] = {{"widths", sizes.widths},
                                  {"cosine", line.y},
                                  {"loss_over_energy_less_1", ratio.y},
                                  {"share_of_samples_converged", converged}};
    out.ours += fmt::format(
        "{}{}: cosine {:.4f} at width {}, {:.4f} at {} ({:.0f} % of equilibria "
        "converged)",
        a > 0 ? "; " : "", line.title, line.y.front(), sizes.widths.front(), line.y.back(),
        sizes.widths.back(), 100 * converged);
    agrees = agrees && line.y.back() > line.y.front() && line.y.back() > 0.95;
    cosines.lines.push_back(line);
    ratios.lines.push_back(ratio);
  }
  out.agreement = agreement_of(agrees);
  out.judgement = agrees ? "the cosine goes to 1 with the width in nonlinear networks too"
                         : "the cosine does not rise above 0.95 with the width for both";
  out.judgement += "; parts b (convolution) and c (attention) are not reproducible yet";
  const std::vector<StudyPanel> panels = {cosines, ratios};
  out.tables = {{"cosines", panel_table(panels)}};
  out.figure = panel_figure(
      "limits-fig4",
      fmt::format("PC and BP in nonlinear residual networks   |   µPC, {} hidden layers",
                  sizes.hidden),
      panels, 2);
  return out;
}

}  // namespace

Study nonlinear_width_study() {
  return {
      "limits-fig4",
      "PC becomes BP with the width in nonlinear residual networks",
      "loss and cosine agree with BP at equilibrium, in residual, convolutional and transformer "
      "networks [inf]",
      {"inference of a fixed number of steps is short of the equilibrium; here it converges, and "
       "the share of samples that did is told"},
      true,
      run,
      "5 hidden layers for 15, widths to 64 for 128"};
}

}  // namespace saddlescope::analysis

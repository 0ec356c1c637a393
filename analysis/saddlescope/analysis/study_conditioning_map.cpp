// mupc-fig2 [mu]: the condition number of the activity Hessian by width and depth, linear networks.
#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/phase_study.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_setup.hpp"

namespace saddlescope::analysis {
namespace {

PhaseOptions options_of(StudyScale scale) {
  PhaseOptions out;
  out.inits = {"uniform", "normal", "orthogonal"};
  out.widths = {{4, 8, 16, 32, 64}};
  out.hidden_layers = {{2, 4, 8, 16, 32}};
  out.output = 4;
  out.seeds = 2;
  if (scale == StudyScale::kQuick) {
    out.widths = {{8, 16, 32}};
    out.hidden_layers = {{2, 4, 8, 16}};
    out.inits = {"normal"};
  }
  if (scale == StudyScale::kFull) {
    out.widths = {{4, 8, 16, 32, 64, 128}};
    out.hidden_layers = {{2, 4, 8, 16, 32, 64, 128}};
  }
  return effective(out);
}

StudyPanel panel_of(const PhaseResult& study, const PhaseDiagram& diagram) {
  StudyPanel out = {diagram.name(), "hidden layers H", "condition number", true, true};
  for (std::size_t w = 0; w < study.widths.size(); ++w) {
    StudyLine line = {fmt::format("width {}", study.widths[w]), graded_ink(w, study.widths.size())};
    line.points = true;
    for (std::size_t h = 0; h < study.hidden_layers.size(); ++h)
      line.add(static_cast<double>(study.hidden_layers[h]), study.cell(diagram, w, h).median);
    out.lines.push_back(line);
  }
  return out;
}

StudyResult run(const StudyContext& context) {
  const PhaseOptions options = options_of(context.scale);
  const PhaseResult study = phase_study(options, context.progress);
  StudyResult out;
  out.configuration = {{"widths", study.widths},    {"hidden_layers", study.hidden_layers},
                       {"outputs", options.output}, {"seeds", *options.seeds},
                       {"inits", options.inits},    {"activity_decay", 0},
                       {"activation", "identity"}};
  std::vector<StudyPanel> panels;
  Index grows_with_depth = 0;
  double weakest = 1e300;
  double strongest = 0;
  for (const PhaseDiagram& diagram : study.diagrams) {
    panels.push_back(panel_of(study, diagram));
    const std::vector<double>& y = panels.back().lines.back().y;
    const double growth = y.back() / y.front();
    grows_with_depth += growth > 1 ? 1 : 0;
    weakest = std::min(weakest, growth);
    strongest = std::max(strongest, growth);
    out.quantities[diagram.name()] = {
        {"growth_with_depth", growth},
        {"depth_exponent", diagram.depth_growth.law.exponent},
        {"depth_exponent_error", diagram.depth_growth.law.standard_error},
        {"width_exponent", diagram.width_growth.law.exponent}};
  }
  const auto diagrams = static_cast<Index>(study.diagrams.size());
  const bool agrees = grows_with_depth == diagrams;
  out.agreement = agreement_of(agrees);
  out.ours = fmt::format(
      "at width {}, from H = {} to {}, kappa grows by factors of {} to {}, in {} of {} diagrams",
      study.widths.back(), study.hidden_layers.front(), study.hidden_layers.back(),
      short_number(weakest), short_number(strongest), grows_with_depth, diagrams);
  out.judgement = agrees ? "kappa grows with depth under every parameterisation, init and skips"
                         : "kappa does not grow with depth everywhere";
  out.tables = {{"kappa", panel_table(panels)}};
  const bool few = panels.size() <= 6;
  out.figure = panel_figure(
      "mupc-fig2",
      fmt::format("Conditioning of inference   |   linear, {} outputs", options.output), panels,
      few ? 2 : 4);
  return out;
}

}  // namespace

Study conditioning_map_study() {
  return {
      "mupc-fig2",
      "how the conditioning of inference grows with width, depth and skips",
      "kappa grows with the width, more with depth and skips [mu]",
      {"the published matrix ignored gamma and took activity decay as 1; here the Hessian of the "
       "energy that is minimised",
       "tanh and ReLU networks are not mapped here: `inference spectrum --activation` has one"},
      false,
      run,
      "widths to 32, at most 16 hidden layers, normal weights alone"};
}

}  // namespace saddlescope::analysis

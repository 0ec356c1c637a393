// limits-fig3 [inf]: F(z*) against F(z_T) by parameterisation, width and depth.
#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/analysis/unfinished_inference.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kBatch = 64;
const std::vector<Index>& horizons() {
  static const std::vector<Index> all = {0, 1, 2, 5, 10, 20, 50, 100, 200, 500};
  return all;
}

Index width_of(StudyScale scale) {
  if (scale == StudyScale::kQuick) return 128;
  return scale == StudyScale::kFull ? 2048 : 512;
}

StudyResult run(const StudyContext& context) {
  const Index width = width_of(context.scale);
  const Dataset data = study_images(context, kBatch);
  const auto factor = compress(data_factor<double>(data));
  const std::vector<Index> depths = {1, 3, 7};
  StudyResult out;
  out.configuration = {
      {"data", data.name}, {"samples", kBatch},
      {"width", width},    {"hidden_layers", depths},
      {"skips", true},     {"inference", "H * 100 steps of the longest stable step"}};
  std::vector<StudyPanel> panels;
  double worst = 0;
  double start_mupc = 0;
  double start_sp = 0;
  for (const Parameterisation kind : {Parameterisation::kSp, Parameterisation::kMupc}) {
    const bool mupc = kind == Parameterisation::kMupc;
    StudyPanel panel = {mupc ? "µPC" : "SP", "steps of inference T (0 drawn at 0.5)", "F(T)/F* - 1",
                        true, true};
    for (std::size_t i = 0; i < depths.size(); ++i) {
      const Index hidden = depths[i];
      ArchitectureOptions shape;
      shape.widths = study_widths(data, width, hidden);
      shape.parameterisation = kind;
      shape.skips = true;
      const Architecture net = make_architecture(shape);
      const Vector theta = study_weights(net, kind, 0);
      const double step = stable_step(net, theta);
      StudyLine line = gap_line(net, theta, factor, horizons(), step, fmt::format("H = {}", hidden),
                                graded_ink(i, depths.size()));
      const double finished = energy_gap(net, theta, factor, 100 * hidden, step);
      worst = std::max(worst, finished);
      double& start = mupc ? start_mupc : start_sp;
      start = std::max(start, line.y[0]);
      out.quantities[mupc ? "mupc" : "sp"][std::to_string(hidden)] = {
          {"step", step}, {"gap_at_forward_pass", line.y[0]}, {"gap_after_100_H_steps", finished}};
      line.x[0] = 0.5;
      panel.lines.push_back(line);
    }
    panel.settings = "set yrange [1e-12:*]";
    panels.push_back(panel);
  }
  out.ours = fmt::format(
      "at the forward pass F is up to {} (µPC) and {} (SP) above F*, relatively; after 100 H steps "
      "at most {}",
      short_number(start_mupc), short_number(start_sp), short_number(worst));
  out.agreement = Agreement::kUndecided;  // no headline is known
  out.judgement = fmt::format(
      "no headline of the original is known to compare with; here 100 H steps {} F* to 1 % in "
      "every "
      "network",
      worst < 0.01 ? "reach" : "do not reach");
  out.tables = {{"gaps", panel_table(panels)}};
  out.figure = panel_figure(
      "limits-fig3",
      fmt::format("Energy after inference over its equilibrium   |   width {}", width), panels, 2);
  return out;
}

}  // namespace

Study unfinished_inference_study() {
  return {"limits-fig3",
          "how near the energy after inference is to its equilibrium",
          "F(z*) against F(z_T) under SP and muPC; no headline is known (number unconfirmed) [inf]",
          {"`n_infer_iters` was ignored: inference took 100 H steps; so here, and by T"},
          true,
          run,
          "width 128 for 512"};
}

}  // namespace saddlescope::analysis

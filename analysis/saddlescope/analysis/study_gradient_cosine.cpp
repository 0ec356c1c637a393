// limits-fig1 [inf]: PC's gradient turns into BP's where width outgrows depth.
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/limits_panels.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_setup.hpp"

namespace saddlescope::analysis {
namespace {

LimitsOptions options_of(const StudyContext& context) {
  LimitsOptions out;
  if (!context.data.empty()) out.data.source = context.data;
  out.parameterisations = {"mupc"};
  out.widths = {{8, 32, 128, 512}};
  out.hidden_layers = {{1, 3, 7, 15}};
  out.seeds = 3;
  if (context.scale == StudyScale::kQuick) {
    out.widths = {{8, 32, 128}};
    out.hidden_layers = {{1, 3, 7}};
  }
  if (context.scale == StudyScale::kFull) {
    out.widths = {{2, 8, 32, 128, 512, 2048}};
    out.hidden_layers = {{1, 3, 7, 15, 31}};
  }
  out.training_widths = out.widths;
  out.steps = 50;
  out.probe_every = 50;
  return effective(out);
}

StudyResult run(const StudyContext& context) {
  const LimitsOptions options = options_of(context);
  const Dataset data = load(options.data);
  const std::vector<MapCell> map = limits_map(options, data, context.progress);
  const std::vector<TwinRun> runs = limits_training(options, data, context.progress);
  const auto cosine = [](const LimitsPoint& point) { return point.cosine[0]; };
  StudyPanel start = width_panel(map, options, "mupc", "random weights", "cosine of PC and BP",
                                 [&](const MapCell& cell) { return cosine(cell.point); });
  StudyPanel end = start;
  end.title = fmt::format("after {} updates", options.steps);
  StudyPanel excess = width_panel(map, options, "mupc", "random weights", "|S| - 1",
                                  [](const MapCell& cell) { return cell.point.spectral_excess; });
  excess.log_y = true;
  double first = 1;
  double last = 1;
  const std::vector<Index>& depths = *options.hidden_layers;
  for (std::size_t i = 0; i < depths.size(); ++i) {
    for (std::size_t w = 0; w < options.widths->size(); ++w)
      end.lines[i].y[w] =
          training_median(runs, "mupc", options.widths->at(w), depths[i], options.steps,
                          [&](const TwinRecord& record) { return cosine(record.at_pc); });
    first = std::fmin(first, start.lines[i].y.front());
    last = std::fmin(last, std::fmin(start.lines[i].y.back(), end.lines[i].y.back()));
  }
  StudyResult out;
  out.configuration = {{"data", data.name},          {"samples", data.n_samples()},
                       {"widths", *options.widths},  {"hidden_layers", depths},
                       {"parameterisation", "mupc"}, {"skips", true},
                       {"optimiser", "adam"},        {"learning_rate", "1e-3/sqrt(n L)"},
                       {"updates", options.steps},   {"seeds", options.seeds}};
  for (std::size_t i = 0; i < depths.size(); ++i)
    out.quantities[fmt::format("H={}", depths[i])] = {{"widths", *options.widths},
                                                      {"cosine_initial", start.lines[i].y},
                                                      {"cosine_trained", end.lines[i].y},
                                                      {"excess", excess.lines[i].y}};
  out.ours = fmt::format(
      "the smallest cosine over depths is {:.4f} at width {} and {:.4f} at width {}, during "
      "training "
      "too",
      first, options.widths->front(), last, options.widths->back());
  const bool agrees = last > 0.99 && last > first;
  out.agreement = agreement_of(agrees);
  out.judgement = agrees ? "the cosine goes to 1 with the width at every depth"
                         : "the cosine stays below 0.99 at the largest width and some depth";
  const std::vector<StudyPanel> panels = {start, end, excess};
  out.tables = {{"maps", panel_table(panels)}};
  out.figure =
      panel_figure("limits-fig1",
                   fmt::format("PC and BP by width and depth   |   µPC, {}", data.name), panels, 3);
  return out;
}

}  // namespace

Study gradient_cosine_study() {
  return {"limits-fig1",
          "PC's gradient becomes BP's where width outgrows depth",
          "the cosine of both gradients goes to 1 with the width, linear muPC networks with skips "
          "[inf]",
          {"PC's loss was logged after the update, BP's before; here both at the same weights",
           "inference was a number of steps; here its equilibrium in closed form"},
          true,
          run,
          "widths to 128, at most 7 hidden layers"};
}

}  // namespace saddlescope::analysis

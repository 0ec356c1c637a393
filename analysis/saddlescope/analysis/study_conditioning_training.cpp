// mupc-fig3 [mu]: the condition number of inference along training of linear residual networks.
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/limits_panels.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_setup.hpp"

namespace saddlescope::analysis {
namespace {

struct Setting {
  const char* parameterisation;
  const char* label;
  double rate;
};
constexpr Setting kSettings[] = {{"mupc", "µPC", 0.1}, {"sp", "SP", 1e-3}};

LimitsOptions options_of(const StudyContext& context, const Setting& setting) {
  LimitsOptions out;
  if (!context.data.empty()) out.data.source = context.data;
  out.parts = {"training"};
  out.parameterisations = {setting.parameterisation};
  out.training_widths = {{128}};
  out.hidden_layers = {{8, 16, 32}};
  out.steps = 100;
  out.seeds = 1;
  if (context.scale == StudyScale::kQuick) {
    out.training_widths = {{32}};
    out.hidden_layers = {{2, 4, 8}};
    out.steps = 40;
  }
  if (context.scale == StudyScale::kFull) out.steps = 500;
  out.probe_every = out.steps / 10;
  out.optimiser = "adam";
  out.learning_rate = setting.rate;
  return effective(out);
}

StudyResult run(const StudyContext& context) {
  StudyResult out;
  std::vector<StudyPanel> panels;
  std::string growth;
  bool cured = true;
  for (const Setting& setting : kSettings) {
    const LimitsOptions options = options_of(context, setting);
    const Dataset data = load(options.data);
    const Index width = options.training_widths->at(0);
    const std::vector<TwinRun> runs = limits_training(options, data, context.progress);
    StudyPanel panel = {setting.label, "updates", "condition number", false, true};
    const std::vector<Index>& depths = *options.hidden_layers;
    for (std::size_t i = 0; i < depths.size(); ++i) {
      StudyLine line = {fmt::format("H = {}", depths[i]), graded_ink(i, depths.size())};
      line.points = true;
      for (Index step = 0; step <= options.steps; step += options.probe_every)
        line.add(static_cast<double>(step),
                 training_median(runs, setting.parameterisation, width, depths[i], step,
                                 [](const TwinRecord& record) { return record.condition_number; }));
      out.quantities[setting.parameterisation][fmt::format("H={}", depths[i])] = line.y;
      panel.lines.push_back(line);
    }
    const std::vector<double>& shallow = panel.lines.front().y;
    const std::vector<double>& deep = panel.lines.back().y;
    growth += fmt::format("{}{}: {} at H = {} and {} at H = {} before training, {} and {} after",
                          growth.empty() ? "" : "; ", setting.label, short_number(shallow.front()),
                          depths.front(), short_number(deep.front()), depths.back(),
                          short_number(shallow.back()), short_number(deep.back()));
    if (setting.parameterisation == std::string("mupc")) {
      cured = !(deep.front() > 2 * shallow.front() && !(deep.back() < 2 * shallow.back()));
      out.configuration = {{"data", data.name},
                           {"samples", data.n_samples()},
                           {"width", width},
                           {"hidden_layers", depths},
                           {"updates", options.steps},
                           {"skips", true},
                           {"optimiser", "adam"},
                           {"learning_rates",
                            "muPC 0.1, SP 1e-3, by the "
                            "rule 1/sqrt(n L)"}};
    }
    panels.push_back(panel);
  }
  out.ours = "condition number, " + growth;
  const bool agrees = !cured;
  out.agreement = agreement_of(agrees);
  out.judgement = cured ? "under µPC the condition number does not grow with depth"
                        : "under µPC too the condition number grows with depth, before and after "
                          "training";
  out.tables = {{"conditioning", panel_table(panels)}};
  out.figure = panel_figure("mupc-fig3",
                            "Conditioning of inference in training   |   linear, skips", panels, 2);
  return out;
}

}  // namespace

Study conditioning_training_study() {
  return {
      "mupc-fig3",
      "inference stays ill-conditioned in training, under muPC too",
      "muPC does not cure the growth of the condition number with depth [mu]",
      {"the activity Hessian of the original had one sample; for linear networks it is the same "
       "for all",
       "learning rates scale with width and depth here; the original's did not"},
      true,
      run,
      "width 32, at most 8 hidden layers, 40 updates"};
}

}  // namespace saddlescope::analysis

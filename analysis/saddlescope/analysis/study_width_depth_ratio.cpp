// mupc-fig6 [mu]: loss over F* during training of linear residual networks, by width and depth.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/limits_panels.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_setup.hpp"

namespace saddlescope::analysis {
namespace {

// One learning rate for both parameterisations is the rule of `inference limits`; the published
// ones differ (muPC .1, SP 1e-4), so each runs by itself.
struct Setting {
  const char* parameterisation;
  const char* label;
  double rate;
};
constexpr Setting kSettings[] = {{"mupc", "µPC", 0.1}, {"sp", "SP", 1e-4}};

LimitsOptions options_of(const StudyContext& context, const Setting& setting) {
  LimitsOptions out;
  if (!context.data.empty()) out.data.source = context.data;
  out.parts = {"training"};
  out.parameterisations = {setting.parameterisation};
  out.training_widths = {{4, 16, 64, 256}};
  out.hidden_layers = {{1, 4, 16}};
  out.steps = 100;
  out.seeds = 3;
  if (context.scale == StudyScale::kQuick) {
    out.training_widths = {{4, 16, 64}};
    out.hidden_layers = {{1, 4, 8}};
    out.steps = 40;
    out.seeds = 1;
  }
  if (context.scale == StudyScale::kFull) {
    out.training_widths = {{1, 2, 4, 8, 16, 32, 64}};
    out.hidden_layers = {{1, 2, 4, 8, 16, 32, 64}};
    out.steps = 900;
  }
  out.probe_every = out.steps;
  out.optimiser = "adam";
  out.learning_rate = setting.rate;
  return effective(out);
}

StudyResult run(const StudyContext& context) {
  StudyResult out;
  std::vector<StudyPanel> panels;
  bool agrees = true;
  for (const Setting& setting : kSettings) {
    const LimitsOptions options = options_of(context, setting);
    const Dataset data = load(options.data);
    const std::vector<TwinRun> runs = limits_training(options, data, context.progress);
    StudyPanel panel = {fmt::format("{}, after {} updates", setting.label, options.steps),
                        "width n", "loss/F* - 1", true, true};
    const std::vector<Index>& depths = *options.hidden_layers;
    for (std::size_t i = 0; i < depths.size(); ++i) {
      StudyLine line = {fmt::format("H = {}", depths[i]), graded_ink(i, depths.size())};
      line.points = true;
      for (const Index width : *options.training_widths)
        line.add(static_cast<double>(width),
                 training_median(runs, setting.parameterisation, width, depths[i], options.steps,
                                 [](const TwinRecord& record) { return record.at_pc.ratio - 1; }));
      out.quantities[setting.parameterisation][fmt::format("H={}", depths[i])] = line.y;
      panel.lines.push_back(line);
    }
    const double narrow = panel.lines.back().y.front();
    const double wide = panel.lines.front().y.back();
    out.ours +=
        fmt::format("{}{}: loss/F* - 1 is {} at width {}, H = {}, and {} at width {}, H = {}",
                    out.ours.empty() ? "" : "; ", setting.label, short_number(narrow),
                    options.training_widths->front(), depths.back(), short_number(wide),
                    options.training_widths->back(), depths.front());
    if (setting.parameterisation == std::string("mupc")) {
      out.configuration = {{"data", data.name},
                           {"samples", data.n_samples()},
                           {"widths", *options.training_widths},
                           {"hidden_layers", depths},
                           {"updates", options.steps},
                           {"seeds", options.seeds},
                           {"skips", true},
                           {"optimiser", "adam"},
                           {"learning_rates", "muPC 0.1, SP 1e-4, by the rule 1/sqrt(n L)"}};
      agrees = wide < 0.1 && !(narrow <= wide);
    }
    panels.push_back(panel);
  }
  out.agreement = agreement_of(agrees);
  out.judgement = agrees ? "under µPC the ratio goes to 1 where width outgrows depth"
                         : "under µPC the ratio does not come within 10 % of 1";
  out.tables = {{"ratios", panel_table(panels)}};
  out.figure =
      panel_figure("mupc-fig6", "Loss over F* by width and depth   |   linear, skips", panels, 2);
  return out;
}

}  // namespace

Study width_depth_ratio_study() {
  return {"mupc-fig6",
          "the loss equals F* in training where width outgrows depth",
          "under muPC loss/F* goes to 1 for n >> L [mu]",
          {"the activity step was divided by the batch size; here F* in closed form",
           "learning rates scale with width and depth here; the original's did not"},
          true,
          run,
          "three widths and depths, 40 updates, one seed"};
}

}  // namespace saddlescope::analysis

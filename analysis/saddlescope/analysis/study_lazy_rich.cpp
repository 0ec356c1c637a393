// limits-figA3 [inf]: lazy and rich training, by gamma, of wide linear networks under PC.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/mean_field_panels.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_setup.hpp"

namespace saddlescope::analysis {
namespace {

MeanFieldStudyOptions options_of(StudyScale scale) {
  MeanFieldStudyOptions out;
  out.gamma = {{0.1, 0.5, 1, 2, 4}};
  out.hidden_layers = {{3}};
  out.learning_rate = 0.1;
  out.samples = 10;
  out.steps = 50;
  out.seeds = 2;
  out.widths = {{scale == StudyScale::kFull ? 4096 : 512}};
  return out;
}

// How far the kernel of the last hidden layer has moved, relative to its start, in the limit.
double kernel_motion(const MeanFieldSolution& theory) {
  const Index P = theory.n_samples;
  const Index last = theory.loss.size() - 1;
  const Matrix& H = theory.H.back();
  const Matrix start = H.block(0, 0, P, P);
  return (H.block(last * P, last * P, P, P) - start).norm() / start.norm();
}

constexpr double kOff = 0.25;  // of the initial loss

// The output at random weights has the variance 1/(gamma^2 n) where the limit has 0: on targets of
// size 1 that moves the loss, (y - f)^2, by 2 |f| + f^2 relatively, f its deviation.
double start_noise(double gamma, Index width) {
  const double f = 1 / (gamma * std::sqrt(static_cast<double>(width)));
  return 2 * f + f * f;
}

StudyResult run(const StudyContext& context) {
  const MeanFieldStudyOptions options = effective(options_of(context.scale));
  const MeanFieldStudyResult study = mean_field_study(options, context.progress);
  StudyResult out;
  out.configuration = {{"gamma", *options.gamma},
                       {"hidden_layers", *options.hidden_layers},
                       {"width", options.widths->at(0)},
                       {"updates", options.steps},
                       {"learning_rate", options.learning_rate},
                       {"samples", options.samples},
                       {"seeds", options.seeds}};
  std::vector<StudyPanel> panels;
  std::vector<double> motion;
  double worst = 0;
  double beyond_bp = 0;
  double worst_told = 0;  // at those gamma where the start is no reason
  std::string untold;
  for (const MeanFieldCase& one : study.cases) {
    StudyPanel panel = mean_field_panel(one, LinearObjective::kMse, "");
    panel.title = fmt::format("gamma = {:g}", one.gamma);
    panel.lines[0].title = "BP";
    panel.lines[0].ink = colour::kLoss;
    StudyLine pc = mean_field_panel(one, LinearObjective::kEnergy, "").lines[0];
    pc.title = "PC";
    pc.ink = colour::kEnergy;
    panel.lines.insert(panel.lines.begin() + 1, pc);
    panels.push_back(panel);
    motion.push_back(kernel_motion(one.theory));
    const double deviation = mean_field_deviations(one, LinearObjective::kEnergy)[0];
    worst = std::max(worst, deviation);
    const double bp = mean_field_deviations(one, LinearObjective::kMse)[0];
    beyond_bp = std::max(beyond_bp, deviation - bp);
    const double noise = start_noise(one.gamma, options.widths->at(0));
    if (noise > kOff) {
      untold += fmt::format("{}{:g}", untold.empty() ? "" : ", ", one.gamma);
    } else {
      worst_told = std::max(worst_told, deviation);
    }
    out.quantities["cases"].push_back({{"gamma", one.gamma},
                                       {"kernel_motion_in_the_limit", motion.back()},
                                       {"bp_deviation", bp},
                                       {"pc_deviation", deviation},
                                       {"deviation_of_the_start_in_theory", noise}});
  }
  const bool lazy_to_rich = std::is_sorted(motion.begin(), motion.end());
  out.ours = fmt::format(
      "the last hidden kernel moves by {} of itself at gamma {:g} and by {} at {:g}; PC at width "
      "{} "
      "is off the limit by at most {} of the initial loss, most of it the random output that a "
      "finite "
      "network starts with at small gamma: beyond BP's by at most {}",
      short_number(motion.front()), options.gamma->front(), short_number(motion.back()),
      options.gamma->back(), options.widths->at(0), short_number(worst), short_number(beyond_bp));
  out.rules = {
      {"the kernel moves the more the larger gamma, and PC is off the limit by less than "
       "0.25 of the initial loss at every gamma",
       "before results were seen", lazy_to_rich && worst < kOff},
      {"the kernel moves the more the larger gamma, and PC is off the limit by less than 0.1 "
       "more than BP is",
       "after the first results", lazy_to_rich && beyond_bp < 0.1},
      {"the first rule at those gamma where the random output that a network of this width "
       "starts with moves its loss by less than 0.25",
       "after the first results, from its variance 1/(gamma^2 n)",
       lazy_to_rich && worst_told < kOff}};
  const bool told = lazy_to_rich && worst_told < kOff;
  out.agreement = !told            ? Agreement::kDiffers
                  : untold.empty() ? Agreement::kAgrees
                                   : Agreement::kUndecided;
  out.judgement =
      !told ? "features do not move the more the larger gamma, or PC does not follow the limit"
      : untold.empty()
          ? "features move the more the larger gamma, and PC follows the limit"
          : fmt::format(
                "features move the more the larger gamma, and PC follows the limit, but for "
                "gamma {} width {} cannot tell: its networks start too far from it",
                untold, options.widths->at(0));
  out.tables = {{"losses", panel_table(panels)}};
  out.figure = panel_figure(
      "limits-figA3",
      fmt::format("From lazy to rich   |   width {}, 3 hidden layers", options.widths->at(0)),
      panels, 3);
  return out;
}

}  // namespace

Study lazy_rich_study() {
  return {"limits-figA3",
          "gamma takes PC from lazy to rich training, as it does BP",
          "lazy at small gamma, rich at large; PC's curves are those of the limit [inf]",
          {"one seed; here two, and the exact limit beside them"},
          false,
          run};
}

}  // namespace saddlescope::analysis

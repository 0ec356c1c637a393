#include "saddlescope/analysis/mean_field_panels.hpp"

#include <fmt/format.h>

namespace saddlescope::analysis {

StudyPanel mean_field_panel(const MeanFieldCase& one, LinearObjective objective,
                            const std::string& title) {
  StudyPanel panel = {title, "updates", "loss / its start in the limit"};
  const double unit = one.theory.loss[0];
  std::size_t widths = 0;
  for (const WidthComparison& at : one.widths) widths += at.objective == objective ? 1 : 0;
  std::size_t i = 0;
  for (const WidthComparison& at : one.widths) {
    if (at.objective != objective) continue;
    StudyLine line = {fmt::format("width {}", at.width), graded_ink(i++, widths)};
    for (Index t = 0; t < at.losses.cols(); ++t) {
      line.add(static_cast<double>(t), at.losses.col(t).mean() / unit);
      line.low.push_back(at.losses.col(t).minCoeff() / unit);
      line.high.push_back(at.losses.col(t).maxCoeff() / unit);
    }
    panel.lines.push_back(line);
  }
  StudyLine theory = {"infinitely wide (BP)", colour::kTheory};
  theory.dashed = true;
  for (Index t = 0; t < one.theory.loss.size(); ++t)
    theory.add(static_cast<double>(t), one.theory.loss[t] / unit);
  panel.lines.push_back(theory);
  return panel;
}

std::vector<double> mean_field_deviations(const MeanFieldCase& one, LinearObjective objective) {
  std::vector<double> out;
  for (const WidthComparison& at : one.widths)
    if (at.objective == objective) out.push_back(at.seed_deviation);
  return out;
}

}  // namespace saddlescope::analysis

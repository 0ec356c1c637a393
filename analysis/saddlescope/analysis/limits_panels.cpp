#include "saddlescope/analysis/limits_panels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/study_run.hpp"

namespace saddlescope::analysis {

StudyPanel width_panel(const std::vector<MapCell>& map, const LimitsOptions& options,
                       const std::string& parameterisation, const std::string& title,
                       const std::string& y_label,
                       const std::function<double(const MapCell&)>& value) {
  StudyPanel out = {title, "width n", y_label, true};
  const std::vector<Index>& depths = *options.hidden_layers;
  for (std::size_t i = 0; i < depths.size(); ++i) {
    StudyLine line = {fmt::format("H = {}", depths[i]), graded_ink(i, depths.size())};
    line.points = true;
    for (const Index width : *options.widths)
      line.add(static_cast<double>(width),
               seed_median(map, parameterisation, width, depths[i], value));
    out.lines.push_back(line);
  }
  return out;
}

double training_median(const std::vector<TwinRun>& runs, const std::string& parameterisation,
                       Index width, Index hidden_layers, Index step,
                       const std::function<double(const TwinRecord&)>& value) {
  std::vector<double> values;
  for (const TwinRun& run : runs) {
    if (run.cell.parameterisation != parameterisation || run.cell.width != width ||
        run.cell.hidden_layers != hidden_layers)
      continue;
    const auto found = std::find_if(run.records.begin(), run.records.end(),
                                    [&](const TwinRecord& record) { return record.step == step; });
    if (found == run.records.end()) return std::numeric_limits<double>::quiet_NaN();
    const double here = value(*found);
    if (std::isnan(here)) return here;
    values.push_back(here);
  }
  return values.empty() ? std::numeric_limits<double>::quiet_NaN() : median(values);
}

}  // namespace saddlescope::analysis

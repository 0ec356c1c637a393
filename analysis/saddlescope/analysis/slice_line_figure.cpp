#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "saddlescope/analysis/slice_figure.hpp"

namespace saddlescope::analysis {
namespace {

// s, value, quadratic model, |value - model|. Differences below the rounding of the two are left
// out: they would draw noise.
std::string line_csv(const SliceStudyResult& result, const SlicedObjective& one) {
  CsvTable table;
  table.header = {"s", "value", "quadratic", "residual"};
  for (Index i = 0; i < result.grid.s.size(); ++i) {
    const double s = result.grid.s[i], value = one.surface.values(i, 0);
    std::vector<std::string> row = {csv_number(s), std::isfinite(value) ? csv_number(value) : "NaN",
                                    "NaN", "NaN"};
    if (!one.models.empty()) {
      const double model = one.models.front().at(s), residual = std::abs(value - model);
      const double rounding =
          16 * std::numeric_limits<double>::epsilon() * (std::abs(value) + std::abs(model));
      row[2] = csv_number(model);
      if (residual > rounding) row[3] = csv_number(residual);
    }
    table.rows.push_back(std::move(row));
  }
  return csv_text(table);
}

}  // namespace

Figure slice_line_figure(const SliceStudyResult& result) {
  Figure figure;
  figure.name = "slice";
  figure.title = "Loss and energy along a line through a point";
  figure.caption =
      "Left: values along the line with their quadratic models dashed. Right: what the model "
      "leaves, on logarithmic axes, beside cubic and quartic slopes.";
  figure.width = 1700;
  figure.height = 800;
  std::string values, residuals;
  double largest = 0;
  for (const SlicedObjective& one : result.surfaces) {
    const std::string file = fmt::format("slice_{}_line.csv", one.name);
    figure.data.push_back({file, line_csv(result, one)});
    values +=
        fmt::format("{}'{}' skip 1 using 1:2 with lines lw 2.5 lc rgb '{}' title {}",
                    values.empty() ? "plot " : ", ", file, slice_ink(one.name), quoted(one.title));
    if (one.models.empty()) continue;
    values += fmt::format(
        ", '' skip 1 using 1:3 with lines lw 1.6 dt 2 lc rgb '{}' title 'its quadratic model, "
        "curvature {:.4g}'",
        slice_ink(one.name), one.models.front().curvature);
    residuals += fmt::format(
        "{0}'{1}' skip 1 using (abs($1)):($1 > 0 ? $4 : NaN) with lines lw 2.5 lc rgb '{2}' title "
        "'{3} (dotted: s < 0)', '' skip 1 using (abs($1)):($1 < 0 ? $4 : NaN) with lines lw 2 dt 3 "
        "lc rgb '{2}' notitle",
        residuals.empty() ? "plot " : ", ", file, slice_ink(one.name), one.title);
    for (Index i = 0; i < result.grid.s.size(); ++i) {
      const double residual =
          std::abs(one.surface.values(i, 0) - one.models.front().at(result.grid.s[i]));
      if (std::isfinite(residual)) largest = std::max(largest, residual);
    }
  }
  // The smallest |s| that is not the point itself.
  double nearest = result.range;
  for (const double at : result.grid.s)
    if (at != 0) nearest = std::min(nearest, std::abs(at));
  if (!residuals.empty() && largest > 0)
    residuals += fmt::format(
        ", {0:.9g}*(x/{1:.9g})**3 with lines lw 1.2 lc rgb '{2}' title '|s|^3', "
        "{0:.9g}*(x/{1:.9g})**4 with lines lw 1.2 dt 4 lc rgb '{2}' title '|s|^4'",
        largest, result.range, colour::kMuted);
  figure.commands = fmt::format(
      "set multiplot layout 1,2 margins 0.1,0.985,0.14,0.7 spacing 0.1,0 title {} noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\nset tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set key at graph 0,1.36 left top Left reverse samplen 2\n"
      "set xrange [{:.9g}:{:.9g}]\nset xlabel {} noenhanced\nset ylabel 'value of loss or "
      "energy'\n{}\n",
      slice_title(result), colour::kMuted, -result.range, result.range,
      quoted("s along " + slice_axis_label(result.axes[0])), values);
  if (!residuals.empty() && largest > 0)
    figure.commands += fmt::format(
        "set logscale xy\nset format xy '10^{{%T}}'\nset xrange [{:.9g}:{:.9g}]\n"
        "set yrange [*:{:.9g}]\nset xlabel '|s|'\n"
        "set ylabel '|value − quadratic model|' offset 0.5,0\n{}\n",
        nearest, result.range, 2 * largest, residuals);
  figure.commands += "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis

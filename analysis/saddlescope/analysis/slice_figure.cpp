#include "saddlescope/analysis/slice_figure.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/slice_files.hpp"
#include "saddlescope/analysis/slice_scale.hpp"

namespace saddlescope::analysis {

const char* slice_ink(const std::string& name) {
  if (is_loss(name)) return colour::kLoss;
  return name == "energy" ? colour::kEnergy : "#009E73";  // Okabe and Ito's bluish green
}

std::string slice_title(const SliceStudyResult& result) {
  return quoted(data_title(result.problem) + "   |   " + network_title(result.problem));
}

std::string slice_axis_label(const SliceAxis& axis) {
  std::string label = axis.label;
  if (axis.index > 0) label += fmt::format(", λ = {:.3g}", axis.eigenvalue);
  if (axis.variance > 0) label += fmt::format(" ({:.3g} %)", 100 * axis.variance);
  return label;
}

namespace {

std::string plain(double value) {
  return std::isfinite(value) ? fmt::format("{:.9g}", value) : std::string("NaN");
}

// s t value, an empty line between rows of the grid: what gnuplot's surfaces and contours read.
std::string surface_data(const SliceStudyResult& result, const SliceSurface& surface) {
  std::string text;
  for (Index i = 0; i < result.grid.s.size(); ++i) {
    for (Index j = 0; j < result.grid.t.size(); ++j)
      text += fmt::format("{:.9g} {:.9g} {}\n", result.grid.s[i], result.grid.t[j],
                          plain(surface.values(i, j)));
    text += "\n";
  }
  return text;
}

// s t, then the value of each surface there.
std::string trajectory_data(const SliceTrajectory& one) {
  std::string text;
  for (Index k = 0; k < one.values.size(); ++k) {
    text += fmt::format("{:.9g} {:.9g}", one.projected.coordinates(0, k),
                        one.projected.coordinates(1, k));
    for (Index f = 0; f < one.on_plane.cols(); ++f)
      text += fmt::format(" {}", plain(one.on_plane(k, f)));
    text += "\n";
  }
  return text;
}

// Arrows on about 21 x 21 points: s t ds dt, lengths proportional to the root of |descent| and at
// most `longest`, centred on the point. Points where nothing moves have none.
std::string arrow_data(const SliceStudyResult& result, const SliceSurface& surface) {
  const Index n = result.grid.s.size();
  const Index stride = std::max<Index>(1, (n - 1) / 20), first = ((n - 1) % stride) / 2;
  const auto size = [&](Index i, Index j) {
    return std::hypot(surface.descent_s(i, j), surface.descent_t(i, j));
  };
  double largest = 0;
  for (Index i = first; i < n; i += stride)
    for (Index j = first; j < n; j += stride)
      if (std::isfinite(size(i, j))) largest = std::max(largest, size(i, j));
  const double longest = 1.15 * result.range * static_cast<double>(2 * stride) /
                         static_cast<double>(std::max<Index>(n - 1, 1));
  std::string text;
  for (Index i = first; i < n; i += stride)
    for (Index j = first; j < n; j += stride) {
      const double length = size(i, j);
      if (!std::isfinite(length) || length == 0) continue;
      const double factor = longest * std::sqrt(length / largest) / length;
      const double ds = factor * surface.descent_s(i, j), dt = factor * surface.descent_t(i, j);
      text += fmt::format("{:.6g} {:.6g} {:.6g} {:.6g}\n", result.grid.s[i] - ds / 2,
                          result.grid.t[j] - dt / 2, ds, dt);
    }
  return text;
}

// Curves of equal value as data blocks $contour_<name>.
std::string contour_blocks(const SliceStudyResult& result) {
  std::string commands = "set contour base\nunset surface\n";
  for (const SlicedObjective& one : result.surfaces)
    commands += fmt::format(
        "set table $contour_{0}\nsplot 'slice_{0}.dat' using 1:2:(g($3))\nunset table\n", one.name);
  return commands + "unset contour\nset surface\n";
}

std::string ways_on_map(const SliceStudyResult& result, bool starts) {
  std::string plots;
  for (const SliceTrajectory& one : result.trajectories) {
    if (one.values.size() == 0) continue;
    plots += fmt::format(
        ", 'slice_{0}_way.dat' using 1:2 with lines lw 3.2 lc rgb '#ffffff' notitle, "
        "'' using 1:2 with linespoints lw 1.8 pt 7 ps 0.35 lc rgb '{1}' notitle",
        one.objective, slice_ink(one.objective));
    if (starts)
      plots += fmt::format(
          ", '' every ::{0}::{0} using 1:2 with points pt 7 ps 1.5 lc rgb '{1}' notitle",
          one.values.size() - 1, slice_ink(one.objective));
  }
  if (starts && !result.trajectories.empty())
    plots += fmt::format(
        ", 'slice_{}_way.dat' every ::0::0 using 1:2 with points pt 6 ps 1.6 lw 1.6 lc rgb '{}' "
        "notitle",
        result.trajectories.front().objective, colour::kTheory);
  return plots;
}

std::string way_legend(const SliceStudyResult& result) {
  std::string text;
  for (const SliceTrajectory& one : result.trajectories)
    text += fmt::format("{}{}", text.empty() ? "" : ", ",
                        is_loss(one.objective) ? "blue: descent on the loss (BP)"
                                               : "vermillion: descent on F* (PC)");
  return text.empty() ? text : text + "; ring: start, dot: end";
}

std::string common(const SliceStudyResult& result) {
  return fmt::format(
      "set datafile separator whitespace\n"
      "set border lw 0.8 lc rgb '{0}'\n"
      "set tics textcolor rgb '#000000'\n"
      "unset key\n"
      "set xrange [{1:.9g}:{2:.9g}]\nset yrange [{1:.9g}:{2:.9g}]\n"
      "set palette defined (0 '#FFFFFF', 0.35 '#E3E3E3', 1 '#8C8C8C')\n",
      colour::kMuted, -result.range, result.range);
}

void add_data(const SliceStudyResult& result, Figure& figure) {
  for (const SlicedObjective& one : result.surfaces)
    figure.data.push_back(
        {fmt::format("slice_{}.dat", one.name), surface_data(result, one.surface)});
  for (const SliceTrajectory& one : result.trajectories)
    figure.data.push_back({fmt::format("slice_{}_way.dat", one.objective), trajectory_data(one)});
}

Figure plane_figure(const SliceStudyResult& result) {
  const auto n = static_cast<double>(result.surfaces.size());
  Figure figure;
  figure.name = "slice";
  figure.title = "Loss and energy on a plane through a point";
  figure.caption =
      "Contours of each objective on one scale over the plane, with the paths of training "
      "projected onto it where asked for; below them the same as surfaces.";
  figure.width = static_cast<int>(260 + 640 * n);
  figure.height = 1400;
  add_data(result, figure);
  const double left = 100.0 / figure.width, width = 640.0 / figure.width;
  const std::string x = quoted(slice_axis_label(result.axes[0]));
  const std::string y = quoted(slice_axis_label(result.axes[1]));
  // Text is sized for one row of panels; here are two.
  std::string commands =
      "if (format eq 'pdf') { set termoption font 'DejaVu Sans,8.6' } else "
      "{ set termoption font 'DejaVu Sans,19' }\n" +
      common(result) + slice_scale_commands(slice_scale(result.surfaces)) + contour_blocks(result);
  commands += fmt::format("set multiplot title {} noenhanced offset 0,-0.3\n", slice_title(result));
  const std::string legend = way_legend(result);
  if (!legend.empty())
    commands +=
        fmt::format("set label 1 {} at screen 0.5,0.95 center noenhanced\n", quoted(legend));
  for (std::size_t i = 0; i < result.surfaces.size(); ++i) {
    const SlicedObjective& one = result.surfaces[i];
    const double x0 = left + width * static_cast<double>(i);
    commands += fmt::format(
        "unset pm3d\nset size square\nset tics nomirror out\nset grid noxtics noytics\n"
        "set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\n"
        "set bmargin at screen 0.52\nset tmargin at screen 0.905\n"
        "set title {} noenhanced offset 0,-0.6\nset xlabel {} noenhanced\n{}\n",
        x0 + 0.06 * width, x0 + 0.94 * width, quoted(one.title), x,
        i == 0 ? fmt::format("set ylabel {} noenhanced offset 0.5,0", y)
               : std::string("unset ylabel"));
    commands += i + 1 < result.surfaces.size()
                    ? std::string("unset colorbox\n")
                    : fmt::format(
                          "set colorbox user origin {:.4f},0.53 size {:.4f},0.365\n"
                          "set cblabel 'value of loss or energy'\n",
                          x0 + 0.97 * width, 0.035 * width);
    commands += fmt::format(
        "plot 'slice_{0}.dat' using 1:2:(g($3)) with image, $contour_{0} using 1:2 with lines lw "
        "0.7 lc rgb '#555555'{1}\n",
        one.name, ways_on_map(result, true));
    commands += "unset label 1\n";
  }
  // The surfaces below their maps.
  commands +=
      "unset colorbox\nset view 50,35,1.0,1.0\nset xyplane relative 0.02\nset size nosquare\n"
      "unset lmargin\nunset rmargin\nunset bmargin\nunset tmargin\n"
      "set pm3d scansautomatic border lc rgb '#9a9a9a' lw 0.15\n"
      "set format x '%.2g'\nset format y '%.2g'\nset xtics 0.8*GPVAL_X_MAX\n"
      "set ytics 0.8*GPVAL_Y_MAX\nset xlabel 's'\nset ylabel 't'\nset title offset 0,0\n";
  for (std::size_t i = 0; i < result.surfaces.size(); ++i) {
    const SlicedObjective& one = result.surfaces[i];
    const double x0 = left + width * static_cast<double>(i);
    commands += fmt::format(
        "set origin {:.4f},0\nset size {:.4f},0.46\nset title {} noenhanced\n"
        "splot 'slice_{}.dat' using 1:2:(g($3)) with pm3d",
        x0 - 0.04 * width, 1.04 * width, quoted(one.title), one.name);
    for (const SliceTrajectory& way : result.trajectories)
      if (way.values.size() > 0)
        commands +=
            fmt::format(", 'slice_{}_way.dat' using 1:2:(g(${})) with lines lw 2.4 lc rgb '{}'",
                        way.objective, i + 3, slice_ink(way.objective));
    commands += "\n";
  }
  figure.commands = commands + "unset multiplot\n";
  return figure;
}

Figure field_figure(const SliceStudyResult& result) {
  Figure figure;
  figure.name = "slice_field";
  figure.title = "Descent fields on the plane";
  figure.caption =
      "Arrows point down the gradient, their length grows with the root of its norm; lines join "
      "equal values.";
  add_data(result, figure);
  std::vector<const SlicedObjective*> fields;
  for (const SlicedObjective& one : result.surfaces)
    if (one.surface.descent_t.size() > 0) fields.push_back(&one);
  const auto n = static_cast<double>(fields.size());
  figure.width = static_cast<int>(40 + 830 * n);
  figure.height = 900;
  const bool whole = result.plane->center().size() == 2;
  std::string commands =
      common(result) + slice_scale_commands(slice_scale(result.surfaces)) + contour_blocks(result);
  commands += fmt::format(
      "set multiplot layout 1,{} margins {:.4f},{:.4f},0.145,0.82 spacing {:.4f},0 title {} "
      "noenhanced offset 0,-0.3\nset size square\nset tics nomirror out\nunset colorbox\n"
      "set label 1 {} at screen 0.5,0.905 center noenhanced\n",
      fields.size(), 170.0 / figure.width, 1 - 30.0 / figure.width, 170.0 / figure.width,
      slice_title(result),
      quoted(fmt::format("arrows: −grad{}, length ∝ √|−grad|; lines: equal values",
                         whole ? "" : " projected onto the plane")));
  for (const SlicedObjective* one : fields) {
    const std::string arrows = fmt::format("slice_{}_field.dat", one->name);
    figure.data.push_back({arrows, arrow_data(result, one->surface)});
    commands += fmt::format(
        "set title {0} noenhanced offset 0,-0.5\nset xlabel {1} noenhanced\nset ylabel {2} "
        "noenhanced offset 0.5,0\n"
        "plot $contour_{3} using 1:2 with lines lw 0.7 lc rgb '#bbbbbb', '{4}' using 1:2:3:4 with "
        "vectors head size screen 0.005,22 filled lw 1.1 lc rgb '#444444'{5}\nunset label 1\n",
        quoted(one->title), quoted(slice_axis_label(result.axes[0])),
        quoted(slice_axis_label(result.axes[1])), one->name, arrows, ways_on_map(result, true));
  }
  figure.commands = commands + "unset multiplot\n";
  return figure;
}

std::string steps_csv(const SliceTrajectory& one) {
  CsvTable table;
  table.header = {"step", "value", "off_slice", "distance"};
  for (Index k = 0; k < one.values.size(); ++k)
    table.rows.push_back({fmt::format("{}", k), csv_number(one.values[k]),
                          csv_number(one.projected.off_plane[k]),
                          csv_number(one.projected.distance[k])});
  return csv_text(table);
}

Figure trajectory_figure(const SliceStudyResult& result) {
  Figure figure;
  figure.name = "slice_trajectory";
  figure.title = "Training on the plane: values, and distance from the plane";
  figure.caption =
      "Left: value against the optimiser step. Right: distance of the weights from the slice, and "
      "from its centre (dotted).";
  figure.width = 1700;
  figure.height = 760;
  std::string value, distance;
  for (const SliceTrajectory& one : result.trajectories) {
    if (one.values.size() == 0) continue;
    const std::string file = fmt::format("slice_{}_steps.csv", one.objective);
    figure.data.push_back({file, steps_csv(one)});
    const char* ink = slice_ink(one.objective);
    const char* label =
        is_loss(one.objective) ? "loss, descent on the loss (BP)" : "energy F*, descent on F* (PC)";
    value += fmt::format("{}'{}' skip 1 using 1:2 with lines lw 2.5 lc rgb '{}' title '{}'",
                         value.empty() ? "plot " : ", ", file, ink, label);
    distance += fmt::format(
        "{0}'{1}' skip 1 using 1:3 with lines lw 2.5 lc rgb '{2}' title '{3}: off the slice', '' "
        "skip 1 using 1:4 with lines lw 1.5 dt 3 lc rgb '{2}' title '{3}: from its centre'",
        distance.empty() ? "plot " : ", ", file, ink, is_loss(one.objective) ? "BP" : "PC");
  }
  figure.commands = fmt::format(
      "set multiplot layout 1,2 margins 0.085,0.985,0.14,0.74 spacing 0.105,0 title {} noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\nset tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\nset xlabel 'optimiser steps'\n"
      "set key at graph 0,1.27 left top Left reverse samplen 2\n"
      "set ylabel 'value'\nset yrange [0:*]\n{}\n"
      "set ylabel 'distance |θ − nearest point|'\n{}\nunset multiplot\n",
      slice_title(result), colour::kMuted, value, distance);
  return figure;
}

}  // namespace

std::vector<Figure> slice_figures(const SliceStudyResult& result) {
  std::vector<Figure> figures;
  if (result.axes.size() == 1) {
    figures.push_back(slice_line_figure(result));
  } else {
    figures.push_back(plane_figure(result));
    figures.push_back(field_figure(result));
  }
  const bool moved = std::any_of(result.trajectories.begin(), result.trajectories.end(),
                                 [](const SliceTrajectory& one) { return one.values.size() > 1; });
  if (moved) figures.push_back(trajectory_figure(result));
  return figures;
}

}  // namespace saddlescope::analysis

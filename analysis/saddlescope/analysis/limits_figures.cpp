// The pictures of the width and depth limits.
#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "saddlescope/analysis/limits_files.hpp"
#include "saddlescope/analysis/problem_title.hpp"

namespace saddlescope::analysis {
namespace {

// Depths and widths in the order of their axis: Okabe and Ito's palette.
constexpr const char* kInks[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                 "#E69F00", "#56B4E9", "#000000"};

const char* ink(std::size_t i) { return kInks[i % std::size(kInks)]; }

const std::string kAxes = fmt::format(
    "set border 3 lw 0.8 lc rgb '{}'\n"
    "set tics nomirror out textcolor rgb '#000000'\n"
    "set grid lc rgb '#dddddd' lt 1 lw 0.6\n",
    colour::kMuted);

std::string title_of(const LimitsResult& result, const std::string& what) {
  return quoted(fmt::format("{}   |   {}, λ = {:g}{}", what, data_title(result.data),
                            result.options.lambda, result.options.no_skips ? "" : ", skips"));
}

// A grid of panels below one title.
struct Grid {
  std::size_t rows, columns;
  double left, right, bottom, top, gap_x, gap_y;

  [[nodiscard]] std::string place(std::size_t row, std::size_t column) const {
    const double w =
        (right - left - gap_x * static_cast<double>(columns - 1)) / static_cast<double>(columns);
    const double h =
        (top - bottom - gap_y * static_cast<double>(rows - 1)) / static_cast<double>(rows);
    const double x = left + static_cast<double>(column) * (w + gap_x);
    const double y = top - static_cast<double>(row + 1) * h - static_cast<double>(row) * gap_y;
    return fmt::format(
        "set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\n"
        "set bmargin at screen {:.4f}\nset tmargin at screen {:.4f}\n",
        x, x + w, y, y + h);
  }
};

// Where n = L lies on the axis of widths, whose ticks are 0, 1, ..; linear in log n between them.
double width_position(const std::vector<Index>& widths, Index n) {
  const auto above = std::lower_bound(widths.begin(), widths.end(), n);
  if (above == widths.begin() || above == widths.end())
    return *widths.begin() == n ? 0 : std::nan("");
  const auto i = static_cast<double>(above - widths.begin());
  const double low = std::log(static_cast<double>(*(above - 1)));
  return i - 1 +
         (std::log(static_cast<double>(n)) - low) / (std::log(static_cast<double>(*above)) - low);
}

struct MapPanel {
  const char* file;
  const char* title;
  const char* range;
  std::function<double(const MapCell&)> value;
};

std::string ticks(const char* axis, const std::vector<Index>& values, std::size_t every) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); i += every)
    text += fmt::format("{}'{}' {}", text.empty() ? "" : ", ", values[i], i);
  return fmt::format("set {}tics ({})\n", axis, text);
}

Figure maps(const LimitsResult& result) {
  const LimitsOptions& o = result.options;
  const MapPanel panels[] = {{"cosine", "log_{10}(1 − cos(PC, BP))", "[-6:0]",
                              [](const MapCell& c) { return std::log10(1 - c.point.cosine[0]); }},
                             {"ratio", "log_{10}(λL/F* − 1)", "[-4:4]",
                              [](const MapCell& c) { return std::log10(c.point.ratio - 1); }},
                             {"excess", "log_{10}(|S|_2 − 1/λ)", "[-4:4]",
                              [](const MapCell& c) { return std::log10(c.point.spectral_excess); }},
                             {"gauss_newton", "cos(PC, Gauss−Newton)", "[0:0.4]",
                              [](const MapCell& c) { return c.point.cosine[1]; }}};
  Figure figure;
  figure.name = "limits_maps";
  figure.title = "Where predictive coding becomes backpropagation: maps over width and depth";
  figure.caption =
      "Colour shows a quantity at random weights against the width n and the hidden layers H, a "
      "row per parameterisation; on the white line width and depth are equal.";
  figure.width = 2000;
  const std::size_t rows = o.parameterisations.size();
  figure.height = 150 + 420 * static_cast<int>(rows);
  CsvTable boundary;
  boundary.header = {"width_index", "depth_index"};
  for (std::size_t h = 0; h < o.hidden_layers->size(); ++h)
    boundary.rows.push_back(
        {csv_number(width_position(*o.widths, (*o.hidden_layers)[h] + 1)), std::to_string(h)});
  figure.data.push_back({"limits_maps_boundary.csv", csv_text(boundary)});
  const Grid grid = {rows, 4, 0.06, 0.945, 0.11, 0.86, 0.062, 0.17};
  figure.commands =
      fmt::format("set multiplot title {} noenhanced font ',18' offset 0,-0.2\n",
                  title_of(result, "PC against BP at random weights (white: n = L)")) +
      "set palette defined (0 '#440154', 1 '#3b528b', 2 '#21918c', 3 '#5ec962', 4 '#fde725')\n"
      "set tics out nomirror scale 0.4 font ',13'\nunset key\nset border lw 0.8\n"
      "set cbtics font ',12'\n" +
      ticks("x", *o.widths, o.widths->size() > 6 ? 2 : 1) +
      fmt::format("set xrange [-0.5:{}]\nset yrange [-0.5:{}]\n",
                  static_cast<double>(o.widths->size()) - 0.5,
                  static_cast<double>(o.hidden_layers->size()) - 0.5);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t k = 0; k < std::size(panels); ++k) {
      CsvTable table;
      table.header = {"width_index", "depth_index", "value"};
      for (std::size_t h = 0; h < o.hidden_layers->size(); ++h)
        for (std::size_t w = 0; w < o.widths->size(); ++w)
          table.rows.push_back(
              {std::to_string(w), std::to_string(h),
               csv_number(seed_median(result.map, o.parameterisations[row], (*o.widths)[w],
                                      (*o.hidden_layers)[h], panels[k].value))});
      const std::string file =
          fmt::format("limits_maps_{}_{}.csv", o.parameterisations[row], panels[k].file);
      figure.data.push_back({file, csv_text(table)});
      figure.commands +=
          grid.place(row, k) +
          fmt::format("set title '{}: {}' font ',15' offset 0,-0.6\nset cbrange {}\n",
                      parameterisation_label(o.parameterisations[row]), panels[k].title,
                      panels[k].range) +
          (k == 0 ? "set ylabel 'hidden layers H' font ',15' offset 1,0\n" +
                        ticks("y", *o.hidden_layers, 1)
                  : "unset ylabel\nset ytics format ''\n") +
          (row + 1 == rows ? "set xlabel 'width n' font ',15' offset 0,0.3\n" : "unset xlabel\n") +
          fmt::format(
              "plot '{}' skip 1 using 1:2:3 with image, 'limits_maps_boundary.csv' skip 1 "
              "using 1:2 with lines lw 2 dt 2 lc rgb '#ffffff'\n",
              file);
    }
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

// 1 - cos and tr S/d_y - 1/lambda against width, a line per depth.
Figure laws(const LimitsResult& result) {
  const LimitsOptions& o = result.options;
  Figure figure;
  figure.name = "limits_laws";
  figure.title = "How fast predictive coding approaches backpropagation as networks grow";
  figure.caption =
      "Left: one minus the cosine of both gradients against the width, with the slope 1/n² dashed. "
      "Right: the excess of S over 1/λ, draws as dots and the exact mean as lines. One colour per "
      "depth.";
  figure.width = 1700;
  figure.font = 20;
  const std::size_t rows = o.parameterisations.size();
  figure.height = 240 + 470 * static_cast<int>(rows);
  const Grid grid = {rows, 2, 0.095, 0.985, 0.17, 0.89, 0.1, 0.11};
  figure.commands =
      fmt::format("set multiplot title {} noenhanced offset 0,-0.2\n",
                  title_of(result, "Limits of width and depth at random weights")) +
      kAxes +
      "set logscale xy\nset format y '10^{%T}'\n"
      "set pointsize 1.1\nset format x '%g'\n"
      "set xtics (2, 8, 32, 128, 512, 2048, 8192)\n" +
      fmt::format("set xrange [{}:{}]\nunset key\n", 0.8 * static_cast<double>(o.widths->front()),
                  1.25 * static_cast<double>(o.widths->back()));
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string& one = o.parameterisations[row];
    CsvTable table;
    table.header = {"width"};
    for (const Index H : *o.hidden_layers)
      for (const char* what : {"one_minus_cosine", "mean_excess", "expected_excess"})
        table.header.push_back(fmt::format("H{}_{}", H, what));
    for (const Index n : *o.widths) {
      std::vector<std::string> line = {std::to_string(n)};
      for (const Index H : *o.hidden_layers)
        for (const auto& value : std::vector<std::function<double(const MapCell&)>>{
                 [](const MapCell& c) { return 1 - c.point.cosine[0]; },
                 [](const MapCell& c) { return c.point.mean_excess; },
                 [](const MapCell& c) { return c.expected_excess; }})
          line.push_back(csv_number(seed_median(result.map, one, n, H, value)));
      table.rows.push_back(std::move(line));
    }
    const std::string file = fmt::format("limits_laws_{}.csv", one);
    figure.data.push_back({file, csv_text(table)});
    std::string cosines, excess;
    for (std::size_t h = 0; h < o.hidden_layers->size(); ++h) {
      cosines += fmt::format("{}'{}' skip 1 using 1:{} with linespoints pt 7 lw 2 lc rgb '{}'",
                             h == 0 ? "plot " : ", ", file, 2 + 3 * h, ink(h));
      excess += fmt::format(
          "{0}'{1}' skip 1 using 1:{2} with points pt 7 lc rgb '{3}', '' skip 1 using 1:{4} "
          "with lines lw 1.6 lc rgb '{3}'",
          h == 0 ? "plot " : ", ", file, 3 + 3 * h, ink(h), 4 + 3 * h);
    }
    const std::string label = parameterisation_label(one);
    figure.commands +=
        (row + 1 == rows ? "set xlabel 'width n' offset 0,0.3\n" : "") + grid.place(row, 0) +
        fmt::format("set title '{}: cosine of PC and BP' offset 0,-0.5\n", label) +
        "set ylabel '1 − cos(PC, BP)' offset 0.5,0\nset yrange [1e-8:4]\n" + cosines +
        ", 0.5*x**(-2) with lines dt 2 lw 1.6 lc rgb '#000000'\n" + grid.place(row, 1) +
        fmt::format("set title '{}: S, draws (dots) and exact mean (lines)'\n", label) +
        "set ylabel 'tr S/d_y − 1/λ' offset 0.5,0\nset yrange [*:*]\n" + excess + "\n";
  }
  std::string entries;
  for (std::size_t h = 0; h < o.hidden_layers->size(); ++h)
    entries += fmt::format("NaN with linespoints pt 7 lw 2 lc rgb '{}' title 'H = {}', ", ink(h),
                           (*o.hidden_layers)[h]);
  entries += "NaN with lines dt 2 lw 1.6 lc rgb '#000000' title '∝ n^{−2}'";
  figure.commands += legend_strip(entries, 0.06, figure.font) + "unset multiplot\n";
  return figure;
}

// Up to four widths from narrow to wide, the widest among them.
std::vector<Index> chosen_widths(const std::vector<Index>& widths) {
  std::vector<Index> out;
  const std::size_t step = std::max<std::size_t>(1, (widths.size() + 3) / 4);
  for (std::size_t i = (widths.size() - 1) % step; i < widths.size(); i += step)
    out.push_back(widths[i]);
  return out;
}

struct CurvePanel {
  const char* title;
  const char* axis;  // commands
  std::function<double(const TwinRecord&)> value;
  bool probes;  // known at probes only
};

Figure training(const LimitsResult& result) {
  const LimitsOptions& o = result.options;
  const std::vector<CurvePanel> panels = {
      {"loss L", "set logscale y\nset format y '%g'\n",
       [](const TwinRecord& r) { return r.at_pc.loss; }, false},
      {"1 − cos(PC, BP)", "set logscale y\nset format y '10^{%T}'\n",
       [](const TwinRecord& r) { return 1 - r.at_pc.cosine[0]; }, false},
      {"λL/F* − 1", "set logscale y\nset format y '10^{%T}'\n",
       [](const TwinRecord& r) { return r.at_pc.ratio - 1; }, false},
      {"κ(H_z) of inference", "set logscale y\nset format y '10^{%T}'\n",
       [](const TwinRecord& r) { return r.condition_number; }, true}};
  const Index H = (*o.hidden_layers)[(o.hidden_layers->size() - 1) / 2];
  const std::vector<Index> widths = chosen_widths(*o.training_widths);
  Figure figure;
  figure.name = "limits_training";
  figure.title = "Training of both kinds from the same weights, over widths";
  figure.caption =
      "Quantities along training against the step, a row per parameterisation and a colour per "
      "width; the twin trained by backpropagation is dashed.";
  figure.width = 2000;
  const std::size_t rows = o.parameterisations.size();
  figure.height = 200 + 430 * static_cast<int>(rows);
  const Grid grid = {rows, panels.size(), 0.045, 0.985, 0.17, 0.87, 0.05, 0.11};
  figure.commands =
      fmt::format(
          "set multiplot title {} noenhanced font ',18' offset 0,-0.2\n",
          title_of(result, fmt::format("Along training, {} hidden layers, {}", H, o.optimiser))) +
      kAxes + fmt::format("set tics font ',14'\nset xrange [0:{}]\nunset key\n", o.steps);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string& one = o.parameterisations[row];
    for (std::size_t k = 0; k < panels.size(); ++k) {
      std::string plots;
      for (std::size_t w = 0; w < widths.size(); ++w) {
        const auto run = std::find_if(
            result.training.begin(), result.training.end(), [&](const TwinRun& candidate) {
              return candidate.cell.parameterisation == one && candidate.cell.hidden_layers == H &&
                     candidate.cell.width == widths[w] && candidate.cell.seed == o.seed;
            });
        if (run == result.training.end() || run->records.empty()) continue;
        CsvTable table;
        table.header = {"step", "value", "bp_loss"};
        for (const TwinRecord& record : run->records)
          if (!panels[k].probes || record.probed)
            table.rows.push_back({std::to_string(record.step), csv_number(panels[k].value(record)),
                                  csv_number(record.bp_loss)});
        const std::string file = fmt::format("limits_training_{}_{}_{}.csv", one, k + 1, widths[w]);
        figure.data.push_back({file, csv_text(table)});
        plots += fmt::format("{}'{}' skip 1 using 1:2 with {} lw 2 lc rgb '{}'",
                             plots.empty() ? "plot " : ", ", file,
                             panels[k].probes ? "linespoints pt 7" : "lines", ink(w));
        if (k == 0)
          plots += fmt::format(", '' skip 1 using 1:3 with lines lw 2 dt 2 lc rgb '{}'", ink(w));
      }
      if (plots.empty()) continue;
      figure.commands += (row + 1 == rows ? "set xlabel 'step' font ',15' offset 0,0.3\n" : "") +
                         grid.place(row, k) +
                         fmt::format("set title '{}: {}' font ',15' offset 0,-0.5\n",
                                     parameterisation_label(one), panels[k].title) +
                         panels[k].axis + "set yrange [*:*]\n" + plots + "\n";
    }
  }
  std::string entries;
  for (std::size_t w = 0; w < widths.size(); ++w)
    entries += fmt::format("NaN with lines lw 2 lc rgb '{}' title 'n = {}', ", ink(w), widths[w]);
  entries += "NaN with lines lw 2 dt 2 lc rgb '#000000' title 'BP''s twin'";
  figure.commands += legend_strip(entries, 0.06, 15) + "unset multiplot\n";
  return figure;
}

}  // namespace

std::vector<Figure> limits_figures(const LimitsResult& result) {
  std::vector<Figure> figures;
  if (!result.map.empty()) {
    figures.push_back(maps(result));
    figures.push_back(laws(result));
  }
  if (!result.training.empty()) figures.push_back(training(result));
  return figures;
}

}  // namespace saddlescope::analysis

// The pictures of the phase diagram.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "saddlescope/analysis/phase_files.hpp"

namespace saddlescope::analysis {
namespace {

// kappa beyond 1e10 is a lower bound at best: the colour scale and the curves end there.
constexpr double kLargestShown = 10;  // log10

std::string subtitle(const PhaseOptions& options) {
  std::string text = fmt::format("linear networks, d_y = {}, median of {} seed{}", options.output,
                                 *options.seeds, *options.seeds == 1 ? "" : "s");
  if (options.lambda != 1) text += fmt::format(", λ = {:g}", options.lambda);
  if (options.activity_decay != 0) text += fmt::format(", α = {:g}", options.activity_decay);
  return text;
}

// Okabe and Ito's colours that mean neither loss nor energy.
const char* ink(const std::string& parameterisation) {
  if (parameterisation == "sp") return "#009E73";
  return parameterisation == "ntp" ? "#CC79A7" : "#E69F00";
}

// Axis labels: powers of two are written out, at most `most` of them.
std::string tics(const std::vector<Index>& values, std::size_t most) {
  std::string text;
  const std::size_t every = (values.size() + most - 1) / most;
  for (std::size_t i = 0; i < values.size(); i += every)
    text += fmt::format("{}'{}' {}", text.empty() ? "" : ", ", values[i], i);
  return text;
}

// Column h, width and hidden layers as positions 0, 1, .. on their axes.
std::string map_csv(const PhaseResult& result, const PhaseDiagram& diagram) {
  CsvTable table;
  table.header = {"width_index", "hidden_index", "log10_kappa", "undecided"};
  for (std::size_t w = 0; w < result.widths.size(); ++w)
    for (std::size_t h = 0; h < result.hidden_layers.size(); ++h) {
      const PhaseCell& cell = result.cell(diagram, w, h);
      table.rows.push_back({std::to_string(w), std::to_string(h),
                            csv_number(std::log10(cell.median)), cell.undecided ? "1" : "NaN"});
    }
  return csv_text(table);
}

}  // namespace

Figure phase_maps_figure(const PhaseResult& result, const PhaseOptions& options) {
  const auto columns = static_cast<int>(options.inits.size());
  const int rows = static_cast<int>(result.diagrams.size()) / columns;
  Figure figure;
  figure.name = "phase_maps";
  figure.title = "Condition number of the activity Hessian over width and depth";
  figure.caption =
      "Colour shows the base-ten logarithm of the median condition number against the width N and "
      "the number of hidden layers, a column per initialisation and a row per parameterisation and "
      "skip.";
  figure.font = 22;
  figure.width = 420 * columns + 330;
  figure.height = 330 * rows + 250;
  const double W = figure.width, H = figure.height;
  double largest = 1;
  for (const PhaseDiagram& diagram : result.diagrams)
    for (const PhaseCell& cell : diagram.cells)
      if (std::isfinite(cell.median)) largest = std::max(largest, std::log10(cell.median));
  largest = std::min(std::ceil(largest), kLargestShown);
  figure.commands = fmt::format(
      "set multiplot title {} noenhanced offset 0,0.2\n"
      "set palette defined (0 '#FFF7DA', 1 '#F6C667', 2 '#E07B39', 3 '#A83250', 4 '#4B1D52', 5 "
      "'#0D0829')\n"
      "set cbrange [0:{}]\nset border 15 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out scale 0.5 textcolor rgb '#000000'\n"
      "set xrange [-0.5:{}]\nset yrange [-0.5:{}]\nset xtics ({})\nset ytics ({})\nunset key\n"
      "unset colorbox\n",
      quoted(fmt::format("Condition number κ of the activity Hessian: {}", subtitle(options))),
      largest, colour::kMuted, static_cast<double>(result.widths.size()) - 0.5,
      static_cast<double>(result.hidden_layers.size()) - 0.5, tics(result.widths, 4),
      tics(result.hidden_layers, 8));
  for (std::size_t k = 0; k < result.diagrams.size(); ++k) {
    const PhaseDiagram& diagram = result.diagrams[k];
    const int row = static_cast<int>(k) / columns;
    const int column = static_cast<int>(k) % columns;
    const std::string file = fmt::format("phase_map_{}_{}_{}.csv", diagram.parameterisation,
                                         diagram.init, diagram.skips ? "skips" : "plain");
    figure.data.push_back({file, map_csv(result, diagram)});
    const double left = (175 + 420.0 * column) / W, right = (175 + 420.0 * column + 325) / W;
    const double top = 1 - (140 + 330.0 * row) / H, bottom = 1 - (140 + 330.0 * row + 265) / H;
    figure.commands += fmt::format(
        "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\n"
        "set tmargin at screen {:.5f}\nset bmargin at screen {:.5f}\n",
        left, right, top, bottom);
    figure.commands +=
        row == 0 ? fmt::format("set title {} offset 0,-0.4\n", quoted(diagram.init + " weights"))
                 : "unset title\n";
    figure.commands += row + 1 == rows ? "set xlabel 'width N' offset 0,0.4\n" : "unset xlabel\n";
    figure.commands += column == 0
                           ? fmt::format("set ylabel \"{}{}\\nhidden layers H\" offset -1.2,0\n",
                                         parameterisation_label(diagram.parameterisation),
                                         diagram.skips ? ", skips" : "")
                           : "unset ylabel\n";
    const bool last = k + 1 == result.diagrams.size();
    if (last)
      figure.commands += fmt::format(
          "set colorbox user origin {:.5f},{:.5f} size {:.5f},{:.5f}\n"
          "set cblabel 'log_{{10}} κ{}' offset 1,0\nset cbtics scale 0.5\n"
          "set label 1 '×  undecided: κ is not proved to {:g} %, or from below only' at screen "
          "{:.5f},{:.5f} left\n",
          (165 + 420.0 * columns) / W, 0.3, 30 / W, 0.45,
          largest == kLargestShown ? " (10 and beyond)" : "", options.tolerance * 100, 110 / W,
          30 / H);
    figure.commands += fmt::format(
        "plot '{0}' skip 1 using 1:2:3 with image, '{0}' skip 1 using ($4==1?$1:NaN):2 with points "
        "pt 2 ps 1.6 lw 2 lc rgb '#ffffff'\n",
        file);
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

namespace {

constexpr double kTop = 1e10;  // where undecided curves leave the picture
constexpr const char* kTheoryStroke = "lines lw 1.6 dt 3 lc rgb '#000000'";
constexpr const char* kUndecidedStroke = "points pt 2 ps 2 lw 2 lc rgb '#000000'";

std::string stroke(const PhaseDiagram& diagram) {
  return fmt::format("linespoints pt {} ps 1.5 lw 2.4 dt {} lc rgb '{}'", diagram.skips ? 6 : 7,
                     diagram.skips ? 2 : 1, ink(diagram.parameterisation));
}

std::string legend(const PhaseResult& result, const std::string& init) {
  std::string plots;
  for (const PhaseDiagram& diagram : result.diagrams)
    if (diagram.init == init)
      plots += fmt::format("NaN with {} title '{}{}', ", stroke(diagram),
                           parameterisation_label(diagram.parameterisation),
                           diagram.skips ? ", skips" : "");
  plots += fmt::format("NaN with {} title 'theory', NaN with {} title 'undecided'", kTheoryStroke,
                       kUndecidedStroke);
  return legend_strip(plots, 0.075, 22);
}

struct Curve {
  std::string file;
  bool predicted = false;
};

// Abscissa, kappa of decided cells, kappa of undecided ones, prediction.
Curve add_curve(Figure& figure, const PhaseResult& result, const PhaseDiagram& diagram,
                bool along_depth) {
  CsvTable table;
  table.header = {along_depth ? "hidden_layers" : "width", "kappa", "undecided_kappa",
                  "predicted_kappa"};
  Curve curve;
  const std::vector<Index>& axis = along_depth ? result.hidden_layers : result.widths;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    const PhaseCell& cell = along_depth ? result.cell(diagram, result.widths.size() - 1, i)
                                        : result.cell(diagram, i, result.hidden_layers.size() - 1);
    curve.predicted = curve.predicted || cell.predicted.has_value();
    table.rows.push_back({std::to_string(axis[i]), csv_number(cell.median),
                          cell.undecided ? csv_number(cell.median) : "NaN",
                          cell.predicted ? csv_number(cell.predicted->condition_number) : "NaN"});
  }
  curve.file =
      fmt::format("phase_curve_{}_{}_{}_{}.csv", along_depth ? "depth" : "width",
                  diagram.parameterisation, diagram.init, diagram.skips ? "skips" : "plain");
  figure.data.push_back({curve.file, csv_text(table)});
  return curve;
}

}  // namespace

Figure phase_curves_figure(const PhaseResult& result, const PhaseOptions& options) {
  const auto columns = static_cast<int>(options.inits.size());
  Figure figure;
  figure.name = "phase_curves";
  figure.title = "Condition number of the activity Hessian along depth and along width";
  figure.caption =
      "Medians over seeds as points, theory as lines, open marks where a case stays undecided; one "
      "column per initialisation.";
  figure.font = 22;
  figure.width = 560 * columns + 160;
  figure.height = 1240;
  figure.commands = fmt::format(
      "set multiplot layout 2,{} margins {:.4f},0.985,0.155,0.89 spacing 0.05,0.13 title {} "
      "noenhanced offset 0,-0.2\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out scale 0.6 textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\nset logscale xy\n"
      "set yrange [1:1e{:g}]\nunset key\n",
      columns, 138.0 / figure.width,
      quoted(fmt::format("Condition number κ of the activity Hessian: {}", subtitle(options))),
      colour::kMuted, kLargestShown);
  for (const bool along_depth : {true, false}) {
    const std::vector<Index>& axis = along_depth ? result.hidden_layers : result.widths;
    std::string marks;
    for (const Index value : axis) marks += fmt::format("{}{}", marks.empty() ? "" : ",", value);
    figure.commands += fmt::format(
        "set xtics ({})\nset xrange [{}:{}]\nset xlabel '{}' offset 0,0.3\n", marks,
        static_cast<double>(axis.front()) * 0.9, static_cast<double>(axis.back()) * 1.1,
        along_depth ? fmt::format("hidden layers H, at width {}", result.widths.back())
                    : fmt::format("width N, with {} hidden layers", result.hidden_layers.back()));
    for (int column = 0; column < columns; ++column) {
      const std::string& init = options.inits[static_cast<std::size_t>(column)];
      figure.commands +=
          along_depth ? fmt::format("set title {} offset 0,-0.5\n", quoted(init + " weights"))
                      : "unset title\n";
      figure.commands +=
          column == 0 ? "set ylabel 'condition number κ' offset 1,0\nset format y '10^{%T}'\n"
                      : "unset ylabel\nset format y ''\n";  // the axis is the first one's
      std::string plot, theory;
      for (const PhaseDiagram& diagram : result.diagrams) {
        if (diagram.init != init) continue;
        const Curve curve = add_curve(figure, result, diagram, along_depth);
        plot += fmt::format("{}'{}' skip 1 using 1:2 with {} notitle", plot.empty() ? "" : ", ",
                            curve.file, stroke(diagram));
        plot += fmt::format(", '{}' skip 1 using 1:($3>{:g}?{:g}:$3) with {} notitle", curve.file,
                            kTop, kTop, kUndecidedStroke);
        if (curve.predicted)
          theory +=
              fmt::format(", '{}' skip 1 using 1:4 with {} notitle", curve.file, kTheoryStroke);
      }
      figure.commands += "plot " + plot + theory + "\n";
    }
  }
  figure.commands += legend(result, options.inits.front()) + "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis

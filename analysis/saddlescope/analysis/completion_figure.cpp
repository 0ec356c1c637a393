#include "saddlescope/analysis/completion_figure.hpp"

#include <fmt/format.h>

namespace saddlescope::analysis {
namespace {

constexpr const char* kStem = "saddles-fig6";

// Update, loss (published units), gradient norm; runs apart by a blank line. Starts at update 1, as
// the axis is logarithmic.
void add_curve(const StudyRun& run, std::string& text) {
  for (const CurvePoint& point : run.curve)
    if (point.gradient_norm)
      text += fmt::format("{},{:.8g},{:.8g}\n", point.update, kPublishedUnits * point.train_loss,
                          *point.gradient_norm);
  text += "\n";
}

struct Series {
  std::string file, title, style;
};

// Those of one activation, written to the figure's data.
std::vector<Series> series_of(const std::string& activation, const std::vector<CompletionRun>& bp,
                              const std::vector<CompletionEscape>& pc, Figure& figure) {
  std::vector<Series> out;
  const auto add = [&](const std::string& label, std::string title, std::string style,
                       const std::string& text) {
    if (text.empty()) return;
    out.push_back({fmt::format("{}_{}_{}.csv", kStem, activation, label), std::move(title),
                   std::move(style)});
    figure.data.push_back({out.back().file, "update,loss,gradient\n" + text});
  };
  std::string text;
  for (const CompletionRun& run : bp)
    if (run.activation == activation && run.target == kLogged) add_curve(run.bp, text);
  add("bp", "BP", fmt::format("lw 1.6 lc rgb '{}'", colour::kLoss), text);
  constexpr const char* kInks[] = {"#D55E00", "#E69F00", "#CC79A7", "#000000"};
  int ink = 0;
  for (const char* start : {"random", "rank-0", "rank-1", "rank-2"}) {
    for (const char* setting : {"published", "matched"}) {
      text.clear();
      for (const CompletionEscape& one : pc)
        if (one.target == kLogged && one.activation == activation && one.start == start &&
            one.setting == setting)
          add_curve(one.pc, text);
      const bool matched = setting == std::string("matched");
      add(fmt::format("pc_{}_{}", start, matched ? "matched" : "published"),
          fmt::format("PC, {}{}", start, matched ? ", equal step" : ""),
          fmt::format("lw {} {}lc rgb '{}'", matched ? 1.2 : 2, matched ? "dt 2 " : "", kInks[ink]),
          text);
    }
    ++ink;
  }
  return out;
}

std::string panel(const std::vector<Series>& series, int column, const char* rest) {
  std::string plot = "plot ";
  for (const Series& one : series)
    plot += fmt::format("'{}' skip 1 using 1:{} with lines {} title '{}', ", one.file, column,
                        one.style, one.title);
  return plot + rest + "\n";
}

}  // namespace

Figure completion_figure(const CompletionSizes& sizes, const std::vector<CompletionRun>& bp,
                         const std::vector<CompletionEscape>& pc) {
  Figure out;
  out.name = kStem;
  out.title =
      "Matrix completion: backpropagation at its plateaus, predictive coding from each of them";
  out.caption =
      "Full loss and gradient norm against updates since the start, a column per activation. "
      "Predictive coding starts from the points at which backpropagation stays longest; the dotted "
      "line marks completion.";
  const auto panels = static_cast<int>(sizes.activations.size());
  out.width = 560 + 620 * panels;
  out.height = 1050;
  out.font = 18;
  const double right = 1 - 340.0 / out.width;
  out.commands = fmt::format(
      "set multiplot layout 2,{} margins {:.3f},{:.3f},0.09,0.88 spacing {:.3f},0.05 title {} "
      "noenhanced offset 0,-0.4\nset border 3 lw 0.8 lc rgb '{}'\nset tics nomirror out textcolor "
      "rgb '#000000'\nset grid lc rgb '#dddddd' lt 1 lw 0.6\nset logscale xy\nset format y "
      "'10^{{%T}}'\nset format x ''\n",
      panels, 135.0 / out.width, right, 70.0 / out.width,
      quoted(fmt::format("Completing a 10 x 10 matrix of rank 3   |   4 weight layers of width {}",
                         sizes.width)),
      colour::kMuted);
  std::vector<std::vector<Series>> columns;
  for (const auto& [activation, seeds] : sizes.activations)
    columns.push_back(series_of(activation, bp, pc, out));
  for (const int column : {2, 3}) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool keyed = column == 2 && i + 1 == columns.size();
      out.commands += fmt::format(
          "{}set ylabel '{}' offset 0.5,0\n{}\n{}",
          column == 2
              ? fmt::format("set title '{}'\n", activation_title(sizes.activations[i].first))
              : "unset title\nset xlabel 'updates since the start'\nset format x '10^{%T}'\n",
          i > 0         ? ""
          : column == 2 ? "loss (mean square)"
                        : "norm of the gradient",
          keyed ? fmt::format("set key at screen {:.3f},0.85 left top Left reverse samplen 2 "
                              "font ',15'",
                              right + 0.012)
                : "unset key",
          panel(columns[i], column,
                column == 2 ? "0.01 lc rgb '#777777' dt 3 lw 1.5 title 'done'" : "NaN notitle"));
    }
  }
  out.commands += "unset multiplot\n";
  return out;
}

}  // namespace saddlescope::analysis

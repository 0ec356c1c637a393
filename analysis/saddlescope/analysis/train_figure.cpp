#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/train_files.hpp"

namespace saddlescope::analysis {
namespace {

const char* ink(const std::string& algorithm) {
  return algorithm == "pc" ? colour::kEnergy : colour::kLoss;
}

const char* long_name(const std::string& algorithm) {
  return algorithm == "pc" ? "predictive coding" : "backpropagation";
}

std::string title(const TrainResult& result) {
  return data_title(result.problem.problem) + "   |   " + network_title(result.problem.problem);
}

// Epoch and one column of each run; an empty file name where the log holds none.
struct Curve {
  std::string file;
  double lowest = INFINITY;  // above 0
};

Curve curve(const TrainResult& result, const std::string& run, const std::string& column,
            Figure& figure) {
  Curve out;
  CsvTable table;
  table.header = {"epoch", "value"};
  for (const TrainLog::Entry& entry : result.log.series(run, column)) {
    table.rows.push_back({csv_number(entry.epoch), csv_number(entry.value)});
    if (entry.value > 0) out.lowest = std::min(out.lowest, entry.value);
  }
  if (table.rows.empty()) return out;
  out.file = fmt::format("{}_{}_{}.csv", figure.name, run, column);
  figure.data.push_back({out.file, csv_text(table)});
  return out;
}

std::string frame(const TrainResult& result, int panels, double top) {
  return fmt::format(
      "set multiplot layout 1,{} margins {:.3f},0.985,0.14,{:.3f} spacing {:.3f},0 title {} "
      "noenhanced offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set xlabel 'epoch'\nset xrange [0:*]\n"
      "set key at graph 0,{:.2f} left top Left reverse samplen 2\n",
      panels, 0.18 / panels, top, 0.095, quoted(title(result)), colour::kMuted,
      1 + (0.93 - top) / (top - 0.14));
}

// Training curves solid, test curves dashed.
std::string loss_or_accuracy(const TrainResult& result, const char* quantity, Figure& figure) {
  std::string plot;
  for (const RunState& run : result.state.runs)
    for (const char* part : {"train", "test"}) {
      const Curve one = curve(result, run.algorithm, fmt::format("{}_{}", part, quantity), figure);
      if (one.file.empty()) continue;
      const bool test = part == std::string("test");
      plot +=
          fmt::format("{}'{}' skip 1 using 1:{} with lines lw 2.5 {}lc rgb '{}' title '{}, {}'",
                      plot.empty() ? "plot " : ", ", one.file,
                      quantity == std::string("accuracy") ? "(100*$2)" : "2", test ? "dt 2 " : "",
                      ink(run.algorithm), long_name(run.algorithm), test ? "test" : "training");
    }
  return plot.empty() ? plot : plot + "\n";
}

}  // namespace

Figure train_figure(const TrainResult& result) {
  Figure figure;
  figure.name = "train";
  figure.title = "Training by predictive coding and by backpropagation from the same weights";
  figure.caption =
      "Loss and, for labels, accuracy against epochs, on training data and on test data; one "
      "colour per algorithm.";
  figure.height = 780;
  const std::string loss = loss_or_accuracy(result, "loss", figure);
  const std::string accuracy = loss_or_accuracy(result, "accuracy", figure);
  const int panels = accuracy.empty() ? 1 : 2;
  figure.width = 850 * panels;
  figure.commands = frame(result, panels, 0.7);
  figure.commands += "set logscale y\nset format y '%g'\nset ylabel 'loss' offset 0.5,0\n" + loss;
  if (panels == 2)
    figure.commands +=
        "unset logscale y\nset ylabel 'accuracy (%)' offset 0.5,0\nset yrange [*:100]\n" + accuracy;
  figure.commands += "unset multiplot\n";
  return figure;
}

bool has_probes(const TrainResult& result) {
  return std::any_of(result.state.runs.begin(), result.state.runs.end(), [&](const RunState& run) {
    return result.log.series(run.algorithm, "loss_over_energy").size() >= 2;
  });
}

// At the weights of each run: lambda L/F*, the angle between both gradients, and their norms.
Figure probe_figure(const TrainResult& result) {
  Figure figure;
  figure.name = "probes";
  figure.title = "What the probes saw along training";
  figure.caption =
      "Each panel shows one quantity against epochs, one colour per algorithm; layers run from "
      "light to dark.";
  figure.width = 2200;
  figure.height = 780;
  figure.font = 19;
  figure.commands = frame(result, 3, 0.74);
  const auto panel = [&](const char* column, const char* label, const char* extra) {
    std::string plot;
    for (const RunState& run : result.state.runs) {
      const Curve one = curve(result, run.algorithm, column, figure);
      if (one.file.empty()) continue;
      plot += fmt::format(
          "{}'{}' skip 1 using 1:2 with lines lw 2.5 lc rgb '{}' title 'trained by {}'",
          plot.empty() ? "plot " : ", ", one.file, ink(run.algorithm), long_name(run.algorithm));
    }
    figure.commands += fmt::format("{}set ylabel '{}' offset 0.5,0\n{}\n", extra, label, plot);
  };
  panel("loss_over_energy", "λℒ/F*", "");
  panel("cosine_all", "cosine of ∇F* and λ∇ℒ", "set yrange [*:1]\n");
  std::string plot;
  const Index L = result.problem.problem.network.architecture.depth();
  const std::string run = result.state.runs.front().algorithm;
  for (Index l = 1; l <= L; ++l) {
    const Curve one = curve(result, run, column_name("error", l), figure);
    if (one.file.empty()) continue;
    plot += fmt::format(
        "{}'{}' skip 1 using 1:2 with lines lw 2.5 lc palette frac {:.3f} title "
        "'layer {}'",
        plot.empty() ? "plot " : ", ", one.file,
        L > 1 ? 0.85 * static_cast<double>(l - 1) / static_cast<double>(L - 1) : 0.0, l);
  }
  figure.commands +=
      "set palette defined (0 '#440154', 1 '#31688e', 2 '#35b779', 3 '#fde725')\nunset "
      "colorbox\nset yrange [*:*]\nset logscale y\nset format y "
      "'10^{%T}'\n"
      "set key maxrows 2\nset ylabel 'mean |ε_l|, trained by " +
      std::string(run == "pc" ? "PC" : "BP") + "' offset 0.5,0\n" + plot + "\nunset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis

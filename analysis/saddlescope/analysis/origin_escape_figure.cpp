#include <fmt/format.h>

#include "saddlescope/analysis/origin_escape.hpp"

namespace saddlescope::analysis {
namespace {

// The curves of a group, seeds apart by a blank line: update, share of the initial loss, gradient.
std::string curve_data(const std::vector<EscapeJob>& jobs, const std::string& activation,
                       const std::string& setting, const std::string& algorithm) {
  std::string text = "update,loss,gradient\n";
  for (const EscapeJob& job : jobs) {
    if (job.activation != activation || job.setting != setting || job.algorithm != algorithm)
      continue;
    for (const CurvePoint& point : job.run.curve)
      text += fmt::format("{},{:.8g},{}\n", point.update,
                          point.train_loss / job.run.curve.front().train_loss,
                          point.gradient_norm ? fmt::format("{:.8g}", *point.gradient_norm) : "");
    text += "\n";
  }
  return text;
}

bool has_runs(const EscapeSizes& sizes, const std::string& setting) {
  return setting != "published" || sizes.published_seeds > 0;
}

std::string panel(const EscapeSizes& sizes, const std::string& activation, int column) {
  std::string plot;
  for (const char* setting : kEscapeSettings)
    for (const char* algorithm : {"pc", "bp"}) {
      if (!has_runs(sizes, setting)) continue;
      const bool pc = algorithm == std::string("pc");
      const bool published = setting == std::string("published");
      plot += fmt::format(
          "'saddles-fig5_{}_{}_{}.csv' skip 1 using 1:{} with lines lw {} {}lc rgb '{}' title "
          "'{}{}', ",
          activation, setting, algorithm, column, published ? 1.2 : 2.2, published ? "dt 2 " : "",
          pc ? colour::kEnergy : colour::kLoss, pc ? "PC" : "BP",
          published ? ", published rates" : ", equal steps");
    }
  return plot;
}

}  // namespace

Figure escape_curves_figure(const std::vector<EscapeJob>& jobs, const EscapeSizes& sizes,
                            const Dataset& data) {
  Figure out;
  out.name = "saddles-fig5";
  out.title = "Leaving the saddle at the origin: predictive coding and backpropagation";
  out.caption =
      "Training loss relative to its start and gradient norm against updates, a column per "
      "activation and a line per seed. A run has left once its loss lies below the dotted line.";
  const auto panels = static_cast<int>(sizes.activations.size());
  out.width = 600 + 620 * panels;
  out.height = 1080;
  out.font = 19;
  for (const std::string& activation : sizes.activations)
    for (const char* setting : kEscapeSettings)
      for (const char* algorithm : {"pc", "bp"}) {
        if (!has_runs(sizes, setting)) continue;
        out.data.push_back(
            {fmt::format("saddles-fig5_{}_{}_{}.csv", activation, setting, algorithm),
             curve_data(jobs, activation, setting, algorithm)});
      }
  out.commands = fmt::format(
      "set multiplot layout 2,{} margins {:.3f},0.985,0.09,0.8 spacing {:.3f},0.05 title {} "
      "noenhanced offset 0,-0.4\nset border 3 lw 0.8 lc rgb '{}'\nset tics nomirror out textcolor "
      "rgb '#000000'\nset grid lc rgb '#dddddd' lt 1 lw 0.6\nset xrange [0:{}]\nset format x ''\n",
      panels, 165.0 / out.width, 100.0 / out.width,
      quoted(fmt::format("Leaving the origin   |   {}, 5 weight layers of width {}, {} seed{}",
                         data.name, sizes.width, sizes.seeds, sizes.seeds > 1 ? "s" : "")),
      colour::kMuted, sizes.updates);
  const auto row = [&](int column, const char* label, const char* rest) {
    bool first = true;
    for (const std::string& activation : sizes.activations) {
      out.commands += fmt::format(
          "{}set ylabel '{}' offset 0.5,0\n{}\nplot {}{}\n",
          column == 2
              ? fmt::format("set title '{}' offset 0,{}\n", activation_title(activation), 3.2)
              : "unset title\nset xlabel 'updates'\nset format x '%g'\n",
          first ? label : "",
          column == 2
              ? "set key at graph 0,1.27 left top maxrows 3 Left reverse samplen 2 font ',15'"
              : "unset key",
          panel(sizes, activation, column), rest);
      first = false;
    }
  };
  out.commands += "set yrange [*:1.02]\n";
  row(2, "training loss / its start", "0.9 lc rgb '#777777' dt 3 lw 1.5 title 'has left'");
  out.commands += "set yrange [*:*]\nset logscale y\nset format y '10^{%T}'\n";
  row(3, "norm of the batch gradient", "NaN notitle");
  out.commands += "unset multiplot\n";
  return out;
}

}  // namespace saddlescope::analysis

#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/spectrum_figure.hpp"

namespace saddlescope::analysis {
namespace {

// Two lines, for a double-quoted gnuplot string.
std::string map_title(const std::string& name, double largest, double range) {
  const std::string subject = objective_title(name);
  if (largest == 0) return fmt::format("{}\\nevery entry is 0", subject);
  if (range < largest) {
    return fmt::format("{}\\nlargest |entry| {:.3g}, colours to {:.3g}", subject, largest, range);
  }
  return fmt::format("{}\\nlargest |entry| {:.3g}", subject, largest);
}

// Lines between the blocks of the layers, and W_l at the middle of each block on both axes.
std::string block_commands(const SpectrumResult& result) {
  const Architecture& architecture = result.problem.network.architecture;
  std::string commands, tics;
  Index begin = 0;
  for (const Index layer : result.layers) {
    const Index size = architecture.offset(layer + 1) - architecture.offset(layer);
    tics += fmt::format("{}'W_{{{}}}' {:.1f}", tics.empty() ? "" : ", ", layer + 1,
                        static_cast<double>(begin) + 0.5 * static_cast<double>(size) - 0.5);
    begin += size;
    if (begin == result.p) break;
    const double edge = static_cast<double>(begin) - 0.5;
    commands += fmt::format(
        "set arrow from {0},-0.5 to {0},{1} nohead front lc rgb '{2}' lw 0.8 dt 2\n"
        "set arrow from -0.5,{0} to {1},{0} nohead front lc rgb '{2}' lw 0.8 dt 2\n",
        edge, static_cast<double>(result.p) - 0.5, colour::kMuted);
  }
  return commands + fmt::format("set xtics ({0})\nset ytics ({0})\n", tics);
}

}  // namespace

std::optional<Figure> hessian_figure(const SpectrumResult& result) {
  if (!result.dense || result.p > kHeatMapLimit) return std::nullopt;
  const auto maps = static_cast<double>(result.objectives.size());
  Figure figure;
  figure.name = "hessian";
  figure.title = "The Hessians of loss and energy as heat maps";
  figure.caption =
      "Entries in the order of the parameters, blue negative and red positive; the lines part the "
      "layers.";
  figure.width = static_cast<int>(800 * maps);
  figure.height = 800;
  std::string commands = fmt::format(
      "set multiplot layout 1,{} margins {:.3f},{:.3f},0.08,0.85 spacing {:.3f},0 title {} "
      "noenhanced offset 0,-0.3\n"
      "unset key\n"
      "set border lw 0.8 lc rgb '{}'\n"
      "set tics scale 0\n"
      "set size square\n"
      "{}"
      "set xrange [-0.5:{:.1f}]\nset yrange [{:.1f}:-0.5]\n",
      result.objectives.size(), 0.09 / maps, 1 - 0.2 / maps, 0.32 / maps,
      quoted(data_title(result.problem) + "   |   " + network_title(result.problem)),
      colour::kMuted, kHeatMapPalette, static_cast<double>(result.p) - 0.5,
      static_cast<double>(result.p) - 0.5);
  commands += block_commands(result);
  for (const ObjectiveSpectrum& objective : result.objectives) {
    const std::string file = "hessian_" + objective.name + ".csv";
    figure.data.push_back({file, matrix_csv(objective.hessian)});
    const double largest = objective.hessian.lpNorm<Eigen::Infinity>();
    const double range = heat_map_range(objective.hessian);
    commands += fmt::format(
        "set title \"Hessian of the {}\" offset 0,-0.5\n"
        "set cbrange [{:.6g}:{:.6g}]\n"
        "set cbtics nomirror\n"
        "{}\n"
        "plot '{}' matrix with image\n",
        map_title(objective.name, largest, range), -range, range,
        largest > 0 ? "set colorbox" : "unset colorbox", file);
  }
  figure.commands = commands + "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis

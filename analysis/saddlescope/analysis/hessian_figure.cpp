#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/spectrum_figure.hpp"

namespace saddlescope::analysis {
namespace {

// Entry (i, j) as column j of row i, six digits: a picture needs no more.
std::string matrix_csv(const Matrix& H) {
  fmt::memory_buffer text;
  for (Index i = 0; i < H.rows(); ++i) {
    for (Index j = 0; j < H.cols(); ++j) {
      fmt::format_to(std::back_inserter(text), "{}{:.6g}", j > 0 ? "," : "", H(i, j));
    }
    text.push_back('\n');
  }
  return fmt::to_string(text);
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
  figure.width = static_cast<int>(800 * maps);
  figure.height = 800;
  std::string commands = fmt::format(
      "set multiplot layout 1,{} margins {:.3f},{:.3f},0.08,0.85 spacing {:.3f},0 title {} "
      "noenhanced offset 0,-0.3\n"
      "unset key\n"
      "set border lw 0.8 lc rgb '{}'\n"
      "set tics scale 0\n"
      "set size square\n"
      "set palette defined (-1 '#2166AC', -0.5 '#92C5DE', 0 '#FFFFFF', 0.5 '#F4A582', 1 "
      "'#B2182B')\n"
      "set colorbox user size 0.015,0.77\n"
      "set xrange [-0.5:{:.1f}]\nset yrange [{:.1f}:-0.5]\n",
      result.objectives.size(), 0.08 / maps, 1 - 0.17 / maps, 0.24 / maps,
      quoted(data_title(result) + "   |   " + network_title(result)), colour::kMuted,
      static_cast<double>(result.p) - 0.5, static_cast<double>(result.p) - 0.5);
  commands += block_commands(result);
  for (const ObjectiveSpectrum& objective : result.objectives) {
    const std::string file = "hessian_" + objective.name + ".csv";
    figure.data.push_back({file, matrix_csv(objective.hessian)});
    const double largest = objective.hessian.lpNorm<Eigen::Infinity>();
    const double range = largest > 0 ? largest : 1;
    commands += fmt::format(
        "set title 'Hessian of the {}{}' offset 0,-0.5\n"
        "set cbrange [{:.6g}:{:.6g}]\n"
        "set cbtics nomirror\n"
        "plot '{}' matrix with image\n",
        objective.name == "mse" ? "loss (MSE)" : "energy F*",
        largest > 0 ? fmt::format(", largest entry {:.3g}", largest) : ": every entry is 0", -range,
        range, file);
  }
  figure.commands = commands + "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis

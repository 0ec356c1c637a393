#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/mean_field_files.hpp"

namespace saddlescope::analysis {
namespace {

// The first panel of a row has the key and the label of all.
constexpr const char* kOnlyOnce = "unset ylabel\nunset key\n";

const char* ink(LinearObjective objective) {
  return objective == LinearObjective::kMse ? colour::kLoss : colour::kEnergy;
}

const char* short_name(LinearObjective objective) {
  return objective == LinearObjective::kMse ? "BP" : "PC";
}

std::string title(const MeanFieldStudyResult& result, const MeanFieldStudyOptions& options) {
  return fmt::format("{}   |   learning rate {:g}, {}", mean_field_data_title(result),
                     options.learning_rate, counted(options.seeds, "seed"));
}

// step, theory, then mean, least and greatest over seeds of each comparison; empty cells where a
// curve has ended.
std::string curves_csv(const MeanFieldCase& one, Index steps) {
  CsvTable table;
  table.header = {"step", "theory"};
  for (const WidthComparison& at : one.widths)
    for (const char* column : {"mean", "least", "greatest"})
      table.header.push_back(fmt::format("{}_{}_{}", short_name(at.objective), at.width, column));
  for (Index t = 0; t <= steps; ++t) {
    std::vector<std::string> row = {
        fmt::format("{}", t), t < one.theory.loss.size() ? csv_number(one.theory.loss(t)) : ""};
    for (const WidthComparison& at : one.widths) {
      const bool there = t < at.losses.cols();
      row.push_back(there ? csv_number(at.losses.col(t).mean()) : "");
      row.push_back(there ? csv_number(at.losses.col(t).minCoeff()) : "");
      row.push_back(there ? csv_number(at.losses.col(t).maxCoeff()) : "");
    }
    table.rows.push_back(std::move(row));
  }
  return csv_text(table);
}

std::string deviations_csv(const MeanFieldCase& one, LinearObjective objective) {
  CsvTable table;
  table.header = {"width", "deviation_of_mean", "standard_error", "rms_of_seeds"};
  for (const WidthComparison& at : one.widths) {
    if (at.objective != objective) continue;
    table.rows.push_back({fmt::format("{}", at.width), csv_number(at.deviation),
                          csv_number(at.error.value_or(0)), csv_number(at.seed_deviation)});
  }
  return csv_text(table);
}

// Which widths are drawn: the least and the greatest, so that bands stay apart.
std::vector<std::size_t> drawn_widths(const MeanFieldCase& one, LinearObjective objective) {
  std::vector<std::size_t> of_objective;
  for (std::size_t w = 0; w < one.widths.size(); ++w)
    if (one.widths[w].objective == objective) of_objective.push_back(w);
  if (of_objective.empty()) return {};
  const auto less = [&](std::size_t a, std::size_t b) {
    return one.widths[a].width < one.widths[b].width;
  };
  const auto ends = std::minmax_element(of_objective.begin(), of_objective.end(), less);
  if (*ends.first == *ends.second) return {*ends.first};
  return {*ends.first, *ends.second};
}

// BP is drawn wide and PC thin above it, as the two mostly coincide.
std::string loss_panel(const MeanFieldCase& one, const std::string& file) {
  std::string bands, lines;
  for (const LinearObjective objective : {LinearObjective::kMse, LinearObjective::kEnergy}) {
    const std::vector<std::size_t> drawn = drawn_widths(one, objective);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      const std::size_t column = 3 + 3 * drawn[i];
      const bool narrow = i == 0 && drawn.size() > 1;
      bands += fmt::format(
          "'{}' skip 1 using 1:{}:{} with filledcurves fs transparent solid {} noborder fc rgb "
          "'{}' notitle, ",
          file, column + 1, column + 2, narrow ? 0.13 : 0.3, ink(objective));
      lines += fmt::format(
          "'{}' skip 1 using 1:{} with lines lw {} dt {} lc rgb '{}' title '{}, n = {}', ", file,
          column, objective == LinearObjective::kMse ? 4.5 : 2, narrow ? "(5,4)" : "1",
          ink(objective), short_name(objective), one.widths[drawn[i]].width);
    }
  }
  return fmt::format(
      "plot {}{}'{}' skip 1 using 1:2 with lines lw 2 dt (8,6) lc rgb '{}' title "
      "'theory, n → ∞'\n",
      bands, lines, file, colour::kTheory);
}

// 1, 2 or 5 times a power of ten, about a fourth of `range`.
double tick_step(double range) {
  const double power = std::pow(10.0, std::floor(std::log10(range / 3)));
  for (const double factor : {5.0, 2.0})
    if (factor * power <= range / 3) return factor * power;
  return power;
}

// The decades that hold every deviation, in per cent.
std::string deviation_range(const MeanFieldStudyResult& result) {
  double least = 1, greatest = 1;
  for (const MeanFieldCase& one : result.cases) {
    for (const WidthComparison& at : one.widths) {
      for (const double value : {at.deviation, at.seed_deviation}) {
        if (!(value > 0) || value > 1e6) continue;
        least = std::min(least, 100 * value);
        greatest = std::max(greatest, 200 * value);
      }
    }
  }
  return fmt::format("[{:.6g}:{:.6g}]", std::pow(10.0, std::floor(std::log10(least))),
                     std::pow(10.0, std::ceil(std::log10(greatest))));
}

// The laws through the deviations of the first comparison, shifted to it.
std::string width_panel(const MeanFieldCase& one, std::size_t number, Figure& figure) {
  std::string plot, law;
  for (const LinearObjective objective : {LinearObjective::kMse, LinearObjective::kEnergy}) {
    const std::vector<std::size_t> drawn = drawn_widths(one, objective);
    if (drawn.empty()) continue;
    const std::string file =
        fmt::format("mean_field_{}_{}_widths.csv", number, short_name(objective));
    figure.data.push_back({file, deviations_csv(one, objective)});
    const bool mse = objective == LinearObjective::kMse;
    plot += fmt::format(
        "{0}'{1}' skip 1 using 1:($4*100) with linespoints lw {6} pt {2} ps {7} lc rgb '{3}' title "
        "'{4}, rms', '{1}' skip 1 using 1:($2*100) with linespoints lw 1.4 dt (3,3) pt "
        "{5} ps {7} lc rgb '{3}' title '{4}, mean'",
        plot.empty() ? "plot " : ", ", file, mse ? 7 : 5, ink(objective), short_name(objective),
        mse ? 6 : 4, mse ? 4.5 : 1.6, mse ? 2.2 : 1.2);
    const WidthComparison& first = one.widths[drawn.front()];
    if (law.empty() && drawn.size() > 1 && first.seed_deviation > 0)
      law = fmt::format(
          ", {:.6g}*(x/{})**(-0.5) with lines lw 1.6 dt 2 lc rgb '{}' title '∝ n^{{-1/2}}', "
          "{:.6g}*(x/{})**(-1) with lines lw 1.6 dt 3 lc rgb '{}' title '∝ n^{{-1}}'",
          150 * first.seed_deviation, first.width, colour::kTheory, 150 * first.seed_deviation,
          first.width, colour::kTheory);
  }
  return plot + law + "\n";
}

}  // namespace

Figure mean_field_figure(const MeanFieldStudyResult& result, const MeanFieldStudyOptions& given) {
  const MeanFieldStudyOptions options = effective(given);
  const auto columns = static_cast<double>(result.cases.size());
  Figure figure;
  figure.name = "mean_field";
  figure.title = "Training in the limit of infinite width";
  figure.caption =
      "Top: loss against the step for networks of growing width and for the exact limit (dashed). "
      "Bottom: deviation from the limit against the width, in per cent of the initial loss, beside "
      "the slopes 1/√n and 1/n.";
  figure.width = static_cast<int>(200 + 750 * std::max(columns, 1.3));
  figure.height = 1040;
  figure.font = 20;
  const double left = 165 / static_cast<double>(figure.width);
  const double initial = result.cases.front().theory.loss(0);  // of all cases
  const double top = initial > 0 ? 1.25 * initial : 1;         // diverging curves leave the panel
  figure.commands = fmt::format(
      "set multiplot layout 2,{} margins {:.4f},{:.4f},0.2,0.88 spacing {:.4f},0.24 title {} "
      "noenhanced offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set key at graph 0,-0.5 left top Left reverse maxrows 2 samplen 2\n"
      "set xlabel 'step of gradient descent' offset 0,0.5\nset xtics offset 0,0.3\nset xrange "
      "[0:{}]\nset yrange [0:{:.6g}]\nset ytics {:.6g}\n"
      "set ylabel 'loss' offset 0.5,0\n",
      result.cases.size(), left, 1 - left / 4, 0.6 * left, quoted(title(result, options)),
      colour::kMuted, options.steps, top, tick_step(top));
  for (std::size_t i = 0; i < result.cases.size(); ++i) {
    const MeanFieldCase& one = result.cases[i];
    const std::string file = fmt::format("mean_field_{}.csv", i);
    figure.data.push_back({file, curves_csv(one, options.steps)});
    figure.commands += fmt::format("set title '{} hidden layer{}, γ = {:g}' offset 0,-0.5\n",
                                   one.hidden_layers, one.hidden_layers == 1 ? "" : "s", one.gamma);
    figure.commands += loss_panel(one, file) + kOnlyOnce;
  }
  figure.commands +=
      "set xlabel 'width n' offset 0,0.5\nset logscale xy\nset xrange [*:*]\nset ytics autofreq\n"
      "set format y '%g'\nset autoscale xfix\nset offsets graph 0.04, graph 0.04, 0, 0\n"
      "set ylabel 'deviation / % of initial loss' offset 0.5,-1\nunset title\n"
      "set key at graph 0,-0.5 left top Left reverse maxrows 2 samplen 2\n"
      "";
  std::string ticks;
  for (const Index width : *options.widths)
    ticks += fmt::format("{}'{}' {}", ticks.empty() ? "" : ", ", width, width);
  figure.commands += fmt::format("set xtics ({})\nset yrange {}\n", ticks, deviation_range(result));
  for (std::size_t i = 0; i < result.cases.size(); ++i)
    figure.commands += width_panel(result.cases[i], i, figure) + kOnlyOnce;
  figure.commands += "unset multiplot\n";
  return figure;
}

Figure mean_field_kernel_figure(const MeanFieldStudyResult& result,
                                const MeanFieldStudyOptions& given) {
  const MeanFieldStudyOptions options = effective(given);
  struct Map {
    std::string title;
    Matrix theory, network;
  };
  std::vector<Map> maps;
  Index width = 0;
  const Index P = options.samples;
  for (const MeanFieldCase& one : result.cases) {
    if (one.theory.loss.size() <= options.steps) continue;
    const WidthComparison* widest = nullptr;
    for (const WidthComparison& at : one.widths)
      if (!at.kernels.empty() && (widest == nullptr || at.width > widest->width)) widest = &at;
    if (widest == nullptr) continue;
    width = std::max(width, widest->width);
    for (Index l = 1; l <= one.hidden_layers; ++l) {
      const auto layer = static_cast<std::size_t>(l);
      maps.push_back({fmt::format("H^{}, {} hidden, γ = {:g}", l, one.hidden_layers, one.gamma),
                      one.theory.H[layer].block(options.steps * P, options.steps * P, P, P),
                      widest->kernels[layer - 1]});
    }
  }
  Figure figure;
  figure.name = "mean_field_kernels";
  figure.title = "Kernels of the samples after training";
  figure.caption =
      "A row and a column per sample; above the exact limit, below one network of the largest "
      "width.";
  if (maps.empty()) return figure;
  maps.insert(maps.begin(),
              {"K_x, the inputs", result.cases.front().theory.H[0].topLeftCorner(P, P), Matrix()});
  const auto columns = static_cast<double>(maps.size());
  figure.width = static_cast<int>(100 + 520 * columns);
  figure.height = 1000;
  figure.commands = fmt::format(
      "set multiplot layout 2,{} columnsfirst margins {:.4f},{:.4f},0.06,0.83 spacing {:.4f},0.12 "
      "title {} noenhanced offset 0,-0.3\n"
      "unset key\nset border lw 0.8 lc rgb '{}'\nset tics scale 0\nset size square\n"
      "set palette defined (-1 '#2166AC', -0.5 '#92C5DE', 0 '#FFFFFF', 0.5 '#F4A582', 1 "
      "'#B2182B')\n"
      "set xrange [-0.5:{}.5]\nset yrange [{}.5:-0.5]\n",
      maps.size(), 0.12 / columns, 1 - 0.22 / columns, 0.3 / columns,
      quoted(fmt::format("{}   |   kernels of the samples after {} steps",
                         mean_field_data_title(result), options.steps)),
      colour::kMuted, P - 1, P - 1);
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const Map& map = maps[i];
    double range = map.theory.cwiseAbs().maxCoeff();
    if (map.network.size() > 0) range = std::max(range, map.network.cwiseAbs().maxCoeff());
    figure.commands += fmt::format("set cbrange [{:.6g}:{:.6g}]\n", -range, range);
    const auto draw_one = [&](const std::string& title, const char* kind, const Matrix& kernel) {
      const std::string file = fmt::format("mean_field_kernels_{}_{}.csv", i, kind);
      figure.data.push_back({file, matrix_csv(kernel)});
      figure.commands +=
          fmt::format("set title {} noenhanced offset 0,-0.5\nplot '{}' matrix with image\n",
                      quoted(title), file);
    };
    draw_one(map.title, "theory", map.theory);
    if (map.network.size() > 0) {
      draw_one(fmt::format("one network, n = {}", width), "network", map.network);
    } else {
      figure.commands += "set multiplot next\n";
    }
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis

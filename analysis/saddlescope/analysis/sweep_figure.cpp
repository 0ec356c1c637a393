#include "saddlescope/analysis/sweep_figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

// Okabe and Ito's; curves here are settings, not objectives.
constexpr std::array<const char*, 8> kInks = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                              "#E69F00", "#56B4E9", "#000000", "#777777"};

struct Curve {
  std::string title;
  std::map<double, std::vector<double>> samples;  // by x
};

std::size_t column_of(const Table& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  require(found != table.columns.end(),
          "plot: {}: expected a column of results.csv, the nearest known one is '{}'", name,
          nearest_name(table.columns, name));
  return static_cast<std::size_t>(found - table.columns.begin());
}

std::optional<double> number_of(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  return std::nullopt;
}

std::string text_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const std::optional<double> number = number_of(cell);
  return number ? fmt::format("{:.6g}", *number) : "";
}

std::vector<Curve> curves_of(const Table& results, const std::vector<std::string>& swept,
                             const std::string& x, const std::string& y) {
  const std::size_t at_x = column_of(results, x), at_y = column_of(results, y);
  std::vector<std::size_t> others;
  for (const std::string& name : swept)
    if (name != x && name != "seed") others.push_back(column_of(results, name));
  std::vector<Curve> curves;
  for (const std::vector<Cell>& row : results.rows) {
    const std::optional<double> abscissa = number_of(row[at_x]), ordinate = number_of(row[at_y]);
    if (!abscissa || !ordinate) continue;
    std::string title;
    for (const std::size_t other : others)
      title += fmt::format("{}{} {}", title.empty() ? "" : ", ", results.columns[other],
                           text_of(row[other]));
    auto curve = std::find_if(curves.begin(), curves.end(),
                              [&](const Curve& one) { return one.title == title; });
    if (curve == curves.end()) curve = curves.insert(curves.end(), {title, {}});
    curve->samples[*abscissa].push_back(*ordinate);
  }
  require(!curves.empty(), "plot: expected numbers in the columns {} and {}, found none", x, y);
  require(curves.size() <= kInks.size(),
          "plot: expected at most {} combinations of the options beside {}, found {}", kInks.size(),
          x, curves.size());
  return curves;
}

// x, mean, low, high, n; a lone number is its own interval.
std::string curve_csv(const Curve& curve) {
  std::string text = "x,mean,low,high,n\n";
  for (const auto& [x, values] : curve.samples) {
    const Estimate mean = mean_estimate(values);
    const bool bounded = std::isfinite(mean.low) && std::isfinite(mean.high);
    text += fmt::format("{:.17g},{:.17g},{:.17g},{:.17g},{}\n", x, mean.value,
                        bounded ? mean.low : mean.value, bounded ? mean.high : mean.value, mean.n);
  }
  return text;
}

bool is_logarithmic(const std::vector<double>& values) {
  constexpr double kFactor = 10;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *low > 0 && *high >= kFactor * *low;
}

std::string log_axes(const std::vector<Curve>& curves) {
  std::vector<double> xs, ys;
  for (const Curve& curve : curves)
    for (const auto& [x, values] : curve.samples) {
      xs.push_back(x);
      ys.insert(ys.end(), values.begin(), values.end());
    }
  std::string commands;
  if (is_logarithmic(xs)) {
    const auto [low, high] = std::minmax_element(xs.begin(), xs.end());
    commands += fmt::format("set logscale x\nset format x '%g'\nset xrange [{:g}:{:g}]\n",
                            *low / 1.15, *high * 1.15);
  }
  if (is_logarithmic(ys)) commands += "set logscale y\nset format y '10^{%T}'\n";
  return commands;
}

}  // namespace

Figure sweep_figure(const Table& results, const std::vector<std::string>& swept,
                    const std::string& verb, const std::string& x, const std::string& y) {
  const std::vector<Curve> curves = curves_of(results, swept, x, y);
  Figure figure;
  figure.name = "plot_" + y;
  figure.width = 1200;
  figure.height = 800;
  figure.font = 20;
  figure.title = fmt::format("{} by {}", y, x);
  figure.caption = fmt::format(
      "{} of {} against {}, a curve for each setting of the other options; where there are several "
      "seeds, their mean with its 95 % interval as a band.",
      y, verb, x);
  std::string bands, lines;
  std::size_t most = 0;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const std::string file = fmt::format("{}_{}.csv", figure.name, i + 1);
    figure.data.push_back({file, curve_csv(curves[i])});
    for (const auto& [at, values] : curves[i].samples) most = std::max(most, values.size());
    bands += fmt::format(
        "'{}' skip 1 using 1:3:4 with filledcurves fs transparent solid 0.2 noborder "
        "lc rgb '{}' notitle, ",
        file, kInks[i]);
    lines += fmt::format("'{}' skip 1 using 1:2 with linespoints pt 7 ps 0.9 lw 2 lc rgb '{}' {}{}",
                         file, kInks[i],
                         curves[i].title.empty() ? "notitle" : "title " + quoted(curves[i].title),
                         i + 1 < curves.size() ? ", " : "\n");
  }
  figure.commands = fmt::format(
      "set border 3 lw 0.8 lc rgb '{}'\nset tics nomirror out "
      "textcolor rgb '#000000'\nset grid lc rgb '#dddddd' lt 1 lw 0.6\nset title {} noenhanced\n"
      "set xlabel {} noenhanced\nset ylabel {} noenhanced\n"
      "set key outside right top Left reverse noenhanced samplen 2\nset offsets graph 0.02, graph "
      "0.02, 0, 0\n{}plot {}{}",
      colour::kMuted, quoted(most > 1 ? verb + "   |   mean over seeds, 95 % intervals" : verb),
      quoted(x), quoted(y), log_axes(curves), bands, lines);
  return figure;
}

}  // namespace saddlescope::analysis

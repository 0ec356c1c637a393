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

constexpr std::array<const char*, 4> kDashes = {"1", "(12,6)", "(3,4)", "(14,5,3,5)"};

struct Curve {
  std::string setting;
  std::size_t quantity = 0;                       // index into y
  std::map<double, std::vector<double>> samples;  // by x, or by the place of its text
};

std::size_t column_of(const Table& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  require(found != table.columns.end(),
          "plot: {}: expected a column of results.csv, the nearest known one is '{}'; it has {}",
          name, nearest_name(table.columns, name), fmt::join(table.columns, ", "));
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

// Texts of x in the order of the rows; empty where all are numbers.
std::vector<std::string> categories_of(const Table& results, std::size_t at_x) {
  std::vector<std::string> out;
  bool numbers = true;
  for (const std::vector<Cell>& row : results.rows) {
    numbers = numbers && number_of(row[at_x]).has_value();
    const std::string text = text_of(row[at_x]);
    if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
  }
  return numbers ? std::vector<std::string>{} : out;
}

std::string setting_of(const Table& results, const std::vector<Cell>& row,
                       const std::vector<std::size_t>& others) {
  std::string text;
  for (const std::size_t other : others)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", results.columns[other],
                        text_of(row[other]));
  return text;
}

std::vector<Curve> curves_of(const Table& results, const std::vector<std::string>& swept,
                             const SweepPlot& plot, const std::vector<std::string>& y,
                             const std::vector<std::string>& categories) {
  const std::size_t at_x = column_of(results, plot.x);
  std::vector<std::size_t> others;
  for (const std::string& name : swept)
    if (name != plot.x && name != "seed" &&
        std::find(plot.along.begin(), plot.along.end(), name) == plot.along.end())
      others.push_back(column_of(results, name));
  std::vector<Curve> curves;
  for (std::size_t quantity = 0; quantity < y.size(); ++quantity) {
    const std::size_t at_y = column_of(results, y[quantity]);
    const std::size_t before = curves.size();
    for (const std::vector<Cell>& row : results.rows) {
      const std::optional<double> ordinate = number_of(row[at_y]);
      if (!ordinate) continue;
      const auto place = std::find(categories.begin(), categories.end(), text_of(row[at_x]));
      const double abscissa = categories.empty()
                                  ? number_of(row[at_x]).value_or(0)
                                  : static_cast<double>(place - categories.begin() + 1);
      const std::string setting = setting_of(results, row, others);
      auto curve = std::find_if(curves.begin() + static_cast<std::ptrdiff_t>(before), curves.end(),
                                [&](const Curve& one) { return one.setting == setting; });
      if (curve == curves.end()) curve = curves.insert(curves.end(), {setting, quantity, {}});
      curve->samples[abscissa].push_back(*ordinate);
    }
    require(curves.size() > before, "plot: expected numbers in the column {}, found none",
            y[quantity]);
  }
  return curves;
}

// Colours by setting, in the order in which they come.
std::vector<std::size_t> inks_of(const std::vector<Curve>& curves, const std::string& x) {
  std::vector<std::string> settings;
  std::vector<std::size_t> out;
  out.reserve(curves.size());
  for (const Curve& curve : curves) {
    const auto found = std::find(settings.begin(), settings.end(), curve.setting);
    out.push_back(static_cast<std::size_t>(found - settings.begin()));
    if (found == settings.end()) settings.push_back(curve.setting);
  }
  require(settings.size() <= kInks.size(),
          "plot: expected at most {} combinations of the options beside {}, found {}", kInks.size(),
          x, settings.size());
  return out;
}

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

constexpr int kCharacter = 12;  // pixels of one in the figure's font, about

std::string category_axis(const std::vector<std::string>& categories) {
  std::string tics;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    longest = std::max(longest, categories[i].size());
    tics += fmt::format("{}{} {}", i > 0 ? ", " : "", quoted(categories[i]), i + 1);
  }
  constexpr std::size_t kRoom = 480;  // pixels of the axis, about
  const bool wide = kCharacter * (longest + 1) * categories.size() > kRoom;
  return fmt::format("set xtics {}({}) noenhanced\nset xrange [0.5:{}.5]\n",
                     wide ? "rotate by -30 left " : "", tics, categories.size());
}

std::string log_axes(const std::vector<Curve>& curves, bool numbers) {
  std::vector<double> xs, ys;
  for (const Curve& curve : curves)
    for (const auto& [x, values] : curve.samples) {
      xs.push_back(x);
      ys.insert(ys.end(), values.begin(), values.end());
    }
  std::string commands;
  if (numbers && is_logarithmic(xs)) {
    const auto [low, high] = std::minmax_element(xs.begin(), xs.end());
    commands += fmt::format("set logscale x\nset format x '%g'\nset xrange [{:g}:{:g}]\n",
                            *low / 1.15, *high * 1.15);
  }
  if (is_logarithmic(ys)) commands += "set logscale y\nset format y '10^{%T}'\n";
  return commands;
}

}  // namespace

Figure sweep_figure(const Table& results, const std::vector<std::string>& swept,
                    const std::string& verb, const SweepPlot& plot,
                    const std::vector<std::string>& y) {
  require(!y.empty() && y.size() <= kDashes.size(),
          "plot: expected 1 .. {} columns in one figure, found {}", kDashes.size(), y.size());
  const std::vector<std::string> categories = categories_of(results, column_of(results, plot.x));
  const std::vector<Curve> curves = curves_of(results, swept, plot, y, categories);
  const std::vector<std::size_t> inks = inks_of(curves, plot.x);
  const std::string x_label =
      plot.along.empty() ? plot.x
                         : fmt::format("{} (with {})", plot.x, fmt::join(plot.along, ", "));
  Figure figure;
  figure.name = fmt::format("plot_{}", fmt::join(y, "_"));
  figure.height = 800;
  figure.font = 20;
  figure.title = fmt::format("{} by {}", fmt::join(y, ", "), plot.x);
  figure.caption = fmt::format(
      "{} of {} against {}, a colour for each setting of the other options{}; where there are "
      "several seeds, their mean with its 95 % interval as a band.",
      fmt::join(y, ", "), verb, x_label, y.size() > 1 ? " and dashes for each quantity" : "");
  std::string bands, lines;
  std::size_t most = 0, longest = 0;  // seeds, characters of the key
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const Curve& curve = curves[i];
    const std::string file = fmt::format("{}_{}.csv", figure.name, i + 1);
    figure.data.push_back({file, curve_csv(curve)});
    for (const auto& [at, values] : curve.samples) most = std::max(most, values.size());
    bands += fmt::format(
        "'{}' skip 1 using 1:3:4 with filledcurves fs transparent solid 0.2 noborder "
        "lc rgb '{}' notitle, ",
        file, kInks[inks[i]]);
    std::string title = y.size() > 1 ? y[curve.quantity] : "";
    if (!curve.setting.empty()) title += (title.empty() ? "" : ", ") + curve.setting;
    longest = std::max(longest, title.size());
    lines += fmt::format(
        "'{}' skip 1 using 1:2 with linespoints pt 7 ps 0.9 lw 2 dt {} lc rgb '{}' {}{}", file,
        kDashes[curve.quantity], kInks[inks[i]],
        title.empty() ? "notitle" : "title " + analysis::quoted(title),
        i + 1 < curves.size() ? ", " : "\n");
  }
  // Beside the plot, whose width does not depend on the key.
  constexpr int kPlot = 900, kSample = 110;
  figure.width = kPlot + (longest > 0 ? kSample + kCharacter * static_cast<int>(longest) : 0);
  figure.commands = fmt::format(
      "set border 3 lw 0.8 lc rgb '{}'\nset tics nomirror out "
      "textcolor rgb '#000000'\nset grid lc rgb '#dddddd' lt 1 lw 0.6\nset title {} noenhanced\n"
      "set xlabel {} noenhanced\nset ylabel {} noenhanced\n"
      "set key outside right top Left reverse noenhanced samplen 3\nset offsets graph 0.02, graph "
      "0.02, 0, 0\n{}{}plot {}{}",
      colour::kMuted, quoted(most > 1 ? verb + "   |   mean over seeds, 95 % intervals" : verb),
      quoted(x_label), quoted(fmt::format("{}", fmt::join(y, ", "))),
      log_axes(curves, categories.empty()), categories.empty() ? "" : category_axis(categories),
      bands, lines);
  return figure;
}

}  // namespace saddlescope::analysis

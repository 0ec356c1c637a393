#include "saddlescope/analysis/sweep_figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "saddlescope/analysis/sweep_curves.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

// Okabe and Ito's; curves here are settings, not objectives.
constexpr std::array<const char*, 8> kInks = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                              "#E69F00", "#56B4E9", "#000000", "#777777"};

constexpr std::array<const char*, 4> kDashes = {"1", "(12,6)", "(3,4)", "(14,5,3,5)"};

struct Range {
  double low, high;
};

bool is_bounded(const Estimate& mean) {
  return std::isfinite(mean.low) && std::isfinite(mean.high);
}

// Colours by setting, in the order in which they come.
std::vector<std::size_t> inks_of(const std::vector<SweepCurve>& curves, const std::string& x) {
  std::vector<std::string> settings;
  std::vector<std::size_t> out;
  out.reserve(curves.size());
  for (const SweepCurve& curve : curves) {
    const auto found = std::find(settings.begin(), settings.end(), curve.setting);
    out.push_back(static_cast<std::size_t>(found - settings.begin()));
    if (found == settings.end()) settings.push_back(curve.setting);
  }
  require(settings.size() <= kInks.size(),
          "plot: expected at most {} combinations of the options beside {}, found {}", kInks.size(),
          x, settings.size());
  return out;
}

std::string curve_csv(const SweepCurve& curve) {
  std::string text = "x,mean,low,high,n\n";
  for (const auto& [x, mean] : curve.means) {
    const bool bounded = is_bounded(mean);
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

std::string log_axis_of_x(const std::vector<SweepCurve>& curves) {
  std::vector<double> xs;
  for (const SweepCurve& curve : curves)
    for (const auto& [x, values] : curve.samples) xs.push_back(x);
  if (!is_logarithmic(xs)) return "";
  const auto [low, high] = std::minmax_element(xs.begin(), xs.end());
  return fmt::format("set logscale x\nset format x '%g'\nset xrange [{:g}:{:g}]\n", *low / 1.15,
                     *high * 1.15);
}

std::vector<double> ordinates(const std::vector<SweepCurve>& curves) {
  std::vector<double> ys;
  for (const SweepCurve& curve : curves)
    for (const auto& [x, values] : curve.samples) ys.insert(ys.end(), values.begin(), values.end());
  return ys;
}

// The axis of y where intervals would stretch it: the numbers, which their means lie among, and 5 %
// of their span beyond. Of two seeds Student's t makes an interval 12.7 times as long as the
// distance between them. Empty where every interval lies inside.
std::optional<Range> cut_axis(const std::vector<SweepCurve>& curves, const std::vector<double>& ys,
                              bool logarithmic) {
  constexpr double kBeyond = 0.05;
  const auto [least, greatest] = std::minmax_element(ys.begin(), ys.end());
  const double room =
      logarithmic ? std::pow(*greatest / *least, kBeyond) : kBeyond * (*greatest - *least);
  const Range axis =
      logarithmic ? Range{*least / room, *greatest * room} : Range{*least - room, *greatest + room};
  for (const SweepCurve& curve : curves)
    for (const auto& [x, mean] : curve.means)
      if (is_bounded(mean) && (mean.low < axis.low || mean.high > axis.high)) return axis;
  return std::nullopt;
}

}  // namespace

Figure sweep_figure(const Table& results, const std::vector<std::string>& swept,
                    const std::string& verb, const SweepPlot& plot,
                    const std::vector<std::string>& y) {
  require(!y.empty() && y.size() <= kDashes.size(),
          "plot: expected 1 .. {} columns in one figure, found {}", kDashes.size(), y.size());
  const std::vector<std::string> categories = sweep_categories(results, plot.x);
  const std::vector<SweepCurve> curves = sweep_curves(results, swept, plot, y, categories);
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
  const std::vector<double> ys = ordinates(curves);
  const bool logarithmic = is_logarithmic(ys);
  const std::optional<Range> axis = cut_axis(curves, ys, logarithmic);
  std::string low = "3", high = "4", axis_of_y;  // columns of a band's ends
  if (logarithmic) axis_of_y = "set logscale y\nset format y '10^{%T}'\n";
  if (axis) {
    figure.caption += " An interval that reaches beyond the axis is cut off there.";
    axis_of_y += fmt::format("set yrange [{:.10g}:{:.10g}]\n", axis->low, axis->high);
    low = fmt::format("($3 < {0:.10g} ? {0:.10g} : $3)", axis->low);
    high = fmt::format("($4 > {0:.10g} ? {0:.10g} : $4)", axis->high);
  }
  std::string bands, lines;
  std::size_t most = 0, longest = 0;  // seeds, characters of the key
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const SweepCurve& curve = curves[i];
    const std::string file = fmt::format("{}_{}.csv", figure.name, i + 1);
    figure.data.push_back({file, curve_csv(curve)});
    for (const auto& [at, values] : curve.samples) most = std::max(most, values.size());
    bands += fmt::format(
        "'{}' skip 1 using 1:{}:{} with filledcurves fs transparent solid 0.2 noborder "
        "lc rgb '{}' notitle, ",
        file, low, high, kInks[inks[i]]);
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
      colour::kMuted,
      quoted(most > 1 ? fmt::format("{}   |   mean over seeds, 95 % intervals{}", verb,
                                    axis ? ", cut at the axis" : "")
                      : verb),
      quoted(x_label), quoted(fmt::format("{}", fmt::join(y, ", "))),
      categories.empty() ? log_axis_of_x(curves) : category_axis(categories), axis_of_y, bands,
      lines);
  return figure;
}

}  // namespace saddlescope::analysis

#include "saddlescope/analysis/study_figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

constexpr int kPanelWidth = 660;
constexpr int kPanelHeight = 600;
constexpr int kKeyWidth = 330;

// What is not finite in a band.
std::string cell(double value) { return std::isfinite(value) ? fmt::format("{:.8g}", value) : ""; }

std::string line_csv(const StudyLine& line) {
  require(line.x.size() == line.y.size(), "line '{}': expected as many x as y, got {} and {}",
          line.title, line.x.size(), line.y.size());
  const bool band = !line.low.empty();
  std::string text = band ? "x,y,low,high\n" : "x,y\n";
  for (std::size_t i = 0; i < line.x.size(); ++i) {
    if (!std::isfinite(line.x[i]) || !std::isfinite(line.y[i])) {
      text += "\n";  // a gap in the line
      continue;
    }
    text += fmt::format("{},{}", cell(line.x[i]), cell(line.y[i]));
    if (band) text += fmt::format(",{},{}", cell(line.low[i]), cell(line.high[i]));
    text += "\n";
  }
  return text;
}

bool same_lines(const std::vector<StudyPanel>& panels) {
  return std::all_of(panels.begin(), panels.end(), [&](const StudyPanel& one) {
    return std::equal(one.lines.begin(), one.lines.end(), panels[0].lines.begin(),
                      panels[0].lines.end(), [](const StudyLine& a, const StudyLine& b) {
                        return a.title == b.title && a.ink == b.ink;
                      });
  });
}

std::string plot_of(const std::string& stem, const StudyPanel& panel, std::size_t p) {
  std::string bands;
  std::string lines;
  for (std::size_t l = 0; l < panel.lines.size(); ++l) {
    const StudyLine& line = panel.lines[l];
    const std::string file = fmt::format("{}_{}_{}.csv", stem, p + 1, l + 1);
    if (!line.low.empty())
      bands += fmt::format(
          "'{}' skip 1 using 1:3:4 with filledcurves fs transparent solid 0.2 noborder lc rgb '{}' "
          "notitle, ",
          file, line.ink);
    const std::string style = line.points ? "linespoints pt 7 ps 0.9" : "lines";
    const std::string title = line.title.empty() ? "notitle" : "title " + quoted(line.title);
    lines += fmt::format("'{}' skip 1 using 1:2 with {} lw 2.2 {}lc rgb '{}' {}, ", file, style,
                         line.dashed ? "dt 2 " : "", line.ink, title);
  }
  return "plot " + bands + lines + "NaN notitle\n";
}

std::string axes_of(const StudyPanel& panel) {
  std::string out = fmt::format(
      "set title {} noenhanced\nset xlabel {} noenhanced\nset ylabel {} noenhanced offset 0.8,0\n",
      quoted(panel.title), quoted(panel.x_label), quoted(panel.y_label));
  out += "unset logscale\nset format '%g'\nset autoscale\nset xtics auto\nset ytics auto\n";
  if (panel.log_x) {
    // Not to whole decades, which widths from 8 to 128 would leave mostly empty.
    double low = std::numeric_limits<double>::infinity(), high = 0;
    for (const StudyLine& line : panel.lines)
      for (const double x : line.x) {
        if (x > 0) low = std::min(low, x);
        high = std::max(high, x);
      }
    out += "set logscale x\n";
    if (low < high) out += fmt::format("set xrange [{:g}:{:g}]\n", low / 1.15, high * 1.15);
  }
  if (panel.log_y) out += "set logscale y\nset format y '10^{%T}'\n";
  if (!panel.settings.empty()) out += panel.settings + "\n";
  return out;
}

// "left: loss against updates (BP, PC); right: ..."
std::string caption(const std::vector<StudyPanel>& panels) {
  std::string text;
  for (const StudyPanel& panel : panels) {
    if (!text.empty()) text += "; ";
    if (!panel.title.empty()) text += panel.title + ": ";
    text += fmt::format("{} against {}", panel.y_label, panel.x_label);
    std::string lines;
    for (const StudyLine& line : panel.lines)
      if (!line.title.empty() && lines.find(line.title) == std::string::npos)
        lines += (lines.empty() ? "" : ", ") + line.title;
    if (!lines.empty()) text += " (" + lines + ")";
  }
  return text + ".";
}

}  // namespace

std::string graded_ink(std::size_t i, std::size_t n) {
  constexpr std::array<const char*, 8> kInks = {"#440154", "#46327E", "#365C8D", "#277F8E",
                                                "#1FA187", "#4AC16D", "#9FC131", "#D9B200"};
  const std::size_t last = kInks.size() - 1;
  return n < 2 ? kInks[0] : kInks.at(std::min(last, i * last / (n - 1)));
}

std::string other_ink(std::size_t i) {
  constexpr std::array<const char*, 5> kInks = {"#009E73", "#CC79A7", "#E69F00", "#56B4E9",
                                                "#777777"};
  return kInks.at(i % kInks.size());
}

Figure panel_figure(const std::string& name, const std::string& title,
                    const std::vector<StudyPanel>& panels, std::size_t columns) {
  require(!panels.empty() && columns >= 1,
          "figure {}: expected a panel and a column, got {} and {}", name, panels.size(), columns);
  const std::size_t rows = (panels.size() + columns - 1) / columns;
  const bool shared = same_lines(panels);
  Figure out;
  out.name = name;
  out.title = title;
  out.caption = caption(panels);
  out.width = static_cast<int>(columns) * (shared ? kPanelWidth : kPanelWidth + kKeyWidth) +
              (shared ? kKeyWidth : 0);
  out.height = static_cast<int>(rows) * kPanelHeight + 60;
  out.font = 18;
  const double top = 1 - 120.0 / out.height;
  const double right = 1 - (kKeyWidth + 10.0) / out.width;
  out.commands =
      fmt::format("set multiplot layout {},{} {}title {} noenhanced offset 0,-0.3\n", rows, columns,
                  shared ? fmt::format("margins {:.4f},{:.4f},{:.4f},{:.4f} spacing "
                                       "{:.4f},{:.4f} ",
                                       150.0 / out.width, right, 110.0 / out.height, top,
                                       165.0 / out.width, 175.0 / out.height)
                         : "",
                  quoted(title));
  out.commands += fmt::format(
      "set border 3 lw 0.8 lc rgb '{}'\nset tics nomirror out textcolor rgb '#000000'\nset grid lc "
      "rgb '#dddddd' lt 1 lw 0.6\n",
      colour::kMuted);
  for (std::size_t p = 0; p < panels.size(); ++p) {
    const StudyPanel& panel = panels[p];
    for (std::size_t l = 0; l < panel.lines.size(); ++l)
      out.data.push_back(
          {fmt::format("{}_{}_{}.csv", name, p + 1, l + 1), line_csv(panel.lines[l])});
    const char* spot = "set key outside right top Left reverse samplen 1.6 font ',15' noenhanced\n";
    const std::string shared_key =
        p == 0 ? fmt::format(
                     "set key at screen {:.4f},{:.4f} left top Left reverse samplen 1.6 "
                     "font ',15' noenhanced\n",
                     right + 12.0 / out.width, top)
               : std::string("unset key\n");
    out.commands += axes_of(panel) + (shared ? shared_key : spot) + plot_of(name, panel, p);
  }
  out.commands += "unset multiplot\n";
  return out;
}

CsvTable panel_table(const std::vector<StudyPanel>& panels) {
  CsvTable out = {{"panel", "line", "x", "y"}, {}, {}};
  for (const StudyPanel& panel : panels)
    for (const StudyLine& line : panel.lines)
      for (std::size_t i = 0; i < line.x.size(); ++i)
        out.rows.push_back({panel.title, line.title, csv_number(line.x[i]), csv_number(line.y[i])});
  return out;
}

}  // namespace saddlescope::analysis

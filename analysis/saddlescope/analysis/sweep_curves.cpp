#include "saddlescope/analysis/sweep_curves.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

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

std::string setting_of(const Table& results, const std::vector<Cell>& row,
                       const std::vector<std::size_t>& others) {
  std::string text;
  for (const std::size_t other : others)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", results.columns[other],
                        text_of(row[other]));
  return text;
}

}  // namespace

std::vector<std::string> sweep_categories(const Table& results, const std::string& x) {
  const std::size_t at_x = column_of(results, x);
  std::vector<std::string> out;
  bool numbers = true;
  for (const std::vector<Cell>& row : results.rows) {
    numbers = numbers && number_of(row[at_x]).has_value();
    const std::string text = text_of(row[at_x]);
    if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
  }
  return numbers ? std::vector<std::string>{} : out;
}

std::vector<SweepCurve> sweep_curves(const Table& results, const std::vector<std::string>& swept,
                                     const SweepPlot& plot, const std::vector<std::string>& y,
                                     const std::vector<std::string>& categories) {
  const std::size_t at_x = column_of(results, plot.x);
  std::vector<std::size_t> others;
  for (const std::string& name : swept)
    if (name != plot.x && name != "seed" &&
        std::find(plot.along.begin(), plot.along.end(), name) == plot.along.end())
      others.push_back(column_of(results, name));
  std::vector<SweepCurve> curves;
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
                                [&](const SweepCurve& one) { return one.setting == setting; });
      if (curve == curves.end()) curve = curves.insert(curves.end(), {setting, quantity, {}, {}});
      curve->samples[abscissa].push_back(*ordinate);
    }
    require(curves.size() > before, "plot: expected numbers in the column {}, found none",
            y[quantity]);
  }
  for (SweepCurve& curve : curves)
    for (const auto& [x, values] : curve.samples) curve.means[x] = mean_estimate(values);
  return curves;
}

}  // namespace saddlescope::analysis

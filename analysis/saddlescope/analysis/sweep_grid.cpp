#include "saddlescope/analysis/sweep_grid.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

using Setting = std::vector<SweepSetting>;

bool excluded(const SweepExclusion& exclusion, const Setting& setting) {
  return std::all_of(exclusion.conditions.begin(), exclusion.conditions.end(),
                     [&](const SweepCondition& condition) {
                       return std::any_of(
                           setting.begin(), setting.end(), [&](const SweepSetting& one) {
                             return one.name == condition.name && condition.holds(one.text());
                           });
                     });
}

template <class Value>
std::vector<double> range(Index n, bool whole, const Value& value) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    const double one = whole ? std::round(value(i)) : value(i);
    if (values.empty() || one != values.back()) values.push_back(one);
  }
  return values;
}

void require_count(double first, double last, Index n) {
  require(n >= 2 || (n == 1 && first == last),
          "range: expected 2 or more values between {} and {}, got {}", first, last, n);
  constexpr Index kMost = 1000000;
  require(n <= kMost, "range: expected at most {} values, got {}", kMost, n);
}

bool is_power_of_two(double value) {
  int exponent = 0;
  return value > 0 && std::frexp(value, &exponent) == 0.5 && std::abs(exponent - 1) <= 60;
}

}  // namespace

std::string SweepSetting::text() const { return fmt::format("{}", fmt::join(texts, ",")); }

bool SweepCondition::holds(const std::string& text) const {
  if (std::find(values.begin(), values.end(), text) != values.end()) return true;
  if (!at_least && !at_most) return false;
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return false;
  return (!at_least || number >= *at_least) && (!at_most || number <= *at_most);
}

std::vector<std::string> SweepGrid::names() const {
  std::vector<std::string> all;
  for (const SweepAxis& axis : axes) all.insert(all.end(), axis.names.begin(), axis.names.end());
  return all;
}

std::vector<Setting> settings_of(const SweepGrid& grid) {
  std::vector<Setting> settings(1);
  for (const SweepAxis& axis : grid.axes) {
    std::vector<Setting> longer;
    longer.reserve(settings.size() * axis.points.size());
    for (const Setting& setting : settings) {
      for (const auto& point : axis.points) {
        Setting next = setting;
        for (std::size_t k = 0; k < axis.names.size(); ++k)
          next.push_back({axis.names[k], point[k]});
        longer.push_back(std::move(next));
      }
    }
    settings = std::move(longer);
  }
  std::erase_if(settings, [&](const Setting& setting) {
    return std::any_of(
        grid.exclusions.begin(), grid.exclusions.end(),
        [&](const SweepExclusion& exclusion) { return excluded(exclusion, setting); });
  });
  return settings;
}

bool drops_something(const SweepGrid& grid, const SweepExclusion& exclusion) {
  const std::vector<Setting> left = settings_of(grid);
  return std::any_of(left.begin(), left.end(),
                     [&](const Setting& setting) { return excluded(exclusion, setting); });
}

std::vector<double> linear_range(double first, double last, Index n, bool whole) {
  require_count(first, last, n);
  const auto steps = static_cast<double>(n - 1);
  return range(n, whole, [&](Index i) {
    return i == n - 1 ? last : first + (last - first) * static_cast<double>(i) / steps;
  });
}

std::vector<double> log_range(double first, double last, Index n, bool whole) {
  require_count(first, last, n);
  require(first > 0 && last > 0,
          "range: expected positive ends of a logarithmic one, got {} and {}", first, last);
  const auto steps = static_cast<double>(n - 1);
  return range(n, whole, [&](Index i) {
    if (i == 0) return first;
    return i == n - 1 ? last : first * std::pow(last / first, static_cast<double>(i) / steps);
  });
}

std::vector<double> powers_of_two(double first, double last) {
  require(is_power_of_two(first) && is_power_of_two(last) && first <= last,
          "range: expected two powers of two in ascending order, got {} and {}", first, last);
  std::vector<double> values;
  for (double value = first; value <= last; value *= 2) values.push_back(value);
  return values;
}

}  // namespace saddlescope::analysis

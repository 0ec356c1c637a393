// The settings that a sweep runs through: a product of axes less what is excluded.
//
//   settings = axis_1 x axis_2 x .. \ excluded,    the last axis the fastest
//
// An axis moves one option through its values, or several options together (zipped).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

// One option's value as OptionField::assign reads it.
struct SweepSetting {
  std::string name;
  std::vector<std::string> texts;
  [[nodiscard]] std::string text() const;  // the texts, with commas
};

struct SweepAxis {
  std::vector<std::string> names;
  std::vector<std::vector<std::vector<std::string>>> points;  // points[i][k]: value of names[k]
};

// Holds for an option's value that is one of `values` (as text) or a number between the bounds.
struct SweepCondition {
  std::string name;
  std::vector<std::string> values;
  std::optional<double> at_least, at_most;
  [[nodiscard]] bool holds(const std::string& text) const;
};

// Drops the settings for which every condition holds.
struct SweepExclusion {
  std::vector<SweepCondition> conditions;
};

struct SweepGrid {
  std::vector<SweepAxis> axes;
  std::vector<SweepExclusion> exclusions;
  [[nodiscard]] std::vector<std::string> names() const;  // in the order of the axes
};

// Whether an exclusion drops any of the settings that those before it leave.
[[nodiscard]] bool drops_something(const SweepGrid& grid, const SweepExclusion& exclusion);

// Without axes the one empty setting. The order of each setting is that of names().
[[nodiscard]] std::vector<std::vector<SweepSetting>> settings_of(const SweepGrid& grid);

// n numbers from `first` to `last` inclusive, evenly spaced in value or in logarithm. With `whole`
// each is rounded to a whole number and repetitions are dropped. Throws std::invalid_argument
// unless n >= 2, or first = last with n = 1, and for a logarithm both are > 0.
[[nodiscard]] std::vector<double> linear_range(double first, double last, Index n, bool whole);
[[nodiscard]] std::vector<double> log_range(double first, double last, Index n, bool whole);
// The powers of two from `first` to `last`, which must be two of them in this order, within
// 2^-60 .. 2^60.
[[nodiscard]] std::vector<double> powers_of_two(double first, double last);

}  // namespace saddlescope::analysis

// A result of a sweep against a swept option: one curve for each combination of the other options,
// the mean over seeds with its interval as a band.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/io/table.hpp"

namespace saddlescope::analysis {

struct SweepPlot {
  std::string x;                            // a swept option
  std::vector<std::vector<std::string>> y;  // columns of the table of results, a list per figure
  std::vector<std::string> along;           // options that move together with x
};

// The figure plot_<y>_<y>.. of the columns `y` of `results`, whose columns `swept` are the swept
// options. Rows without a number in y are left out. Where x is a text or a list its values stand
// side by side in the order of the file, else it is a number. An axis is logarithmic where its
// numbers are positive and span a factor of 10 or more. Intervals that reach more than 5 % of the
// numbers' span beyond them are cut off there, whole in the CSV. Several y share the axis: dashes tell them
// apart, colours the settings. Throws std::invalid_argument for an unknown column (naming the
// nearest), a column without numbers, and more settings than colours (8) or columns than dashes (4).
[[nodiscard]] Figure sweep_figure(const Table& results, const std::vector<std::string>& swept,
                                  const std::string& verb, const SweepPlot& plot,
                                  const std::vector<std::string>& y);

}  // namespace saddlescope::analysis

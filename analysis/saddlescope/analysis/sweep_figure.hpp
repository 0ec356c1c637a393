// A result of a sweep against a swept option: one curve for each combination of the other options,
// the mean over seeds with its interval as a band.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/io/table.hpp"

namespace saddlescope::analysis {

struct SweepPlot {
  std::string x;               // a swept option
  std::vector<std::string> y;  // columns of the table of results
};

// The figure plot_<y> of `results`, whose columns `swept` are the swept options. Rows without a
// number in either column are left out. An axis is logarithmic where its numbers are positive and
// span a factor of 20 or more. Throws std::invalid_argument for an unknown column (naming the
// nearest), a column without numbers, and more curves than colours (8).
[[nodiscard]] Figure sweep_figure(const Table& results, const std::vector<std::string>& swept,
                                  const std::string& verb, const std::string& x,
                                  const std::string& y);

}  // namespace saddlescope::analysis

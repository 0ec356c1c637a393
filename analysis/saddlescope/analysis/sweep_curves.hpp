// The curves of a sweep's figure: what the table of results holds of some columns against a swept
// option. Internal to analysis.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/sweep_figure.hpp"
#include "saddlescope/io/table.hpp"

namespace saddlescope::analysis {

struct SweepCurve {
  std::string setting;
  std::size_t quantity = 0;                       // index into y
  std::map<double, std::vector<double>> samples;  // by x, or by the place of its text
  std::map<double, Estimate> means;               // of the samples
};

// The texts of the column x in the order of the rows; empty where all are numbers. Throws
// std::invalid_argument for an unknown column.
[[nodiscard]] std::vector<std::string> sweep_categories(const Table& results, const std::string& x);

// A curve for each column of `y` and setting of the options `swept` other than x, those along with
// it and the seed. Throws std::invalid_argument for unknown columns and columns without numbers.
[[nodiscard]] std::vector<SweepCurve> sweep_curves(const Table& results,
                                                   const std::vector<std::string>& swept,
                                                   const SweepPlot& plot,
                                                   const std::vector<std::string>& y,
                                                   const std::vector<std::string>& categories);

}  // namespace saddlescope::analysis

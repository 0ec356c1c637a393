#include "saddlescope/analysis/train_frame.hpp"

#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_title.hpp"

namespace saddlescope::analysis {

const char* algorithm_colour(const std::string& algorithm) {
  return algorithm == "pc" ? colour::kEnergy : colour::kLoss;
}

const char* algorithm_title(const std::string& algorithm) {
  return algorithm == "pc" ? "predictive coding" : "backpropagation";
}

std::string train_frame(const std::string& title, int panels, double top) {
  return fmt::format(
      "set multiplot layout 1,{} margins {:.3f},0.985,0.14,{:.3f} spacing {:.3f},0 title {} "
      "noenhanced offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set xlabel 'epoch'\nset xrange [0:*]\n"
      "set key at graph 0,1.03 left bottom Left reverse samplen 2\n",
      panels, 0.21 / panels, top, 0.095, quoted(title), colour::kMuted);
}

std::string train_title(const TrainResult& result) {
  return data_title(result.problem.problem) + "   |   " + network_title(result.problem.problem);
}

std::string log_curve(const TrainResult& result, const std::string& run, const std::string& column,
                      Figure& figure) {
  CsvTable table;
  table.header = {"epoch", "value"};
  bool finite = false;
  for (const TrainLog::Entry& entry : result.log.series(run, column)) {
    table.rows.push_back({csv_number(entry.epoch), csv_number(entry.value)});
    finite = finite || std::isfinite(entry.value);
  }
  if (!finite) return {};
  std::string file = fmt::format("{}_{}_{}.csv", figure.name, run, column);
  figure.data.push_back({file, csv_text(table)});
  return file;
}

}  // namespace saddlescope::analysis

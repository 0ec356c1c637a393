// Figures of studies that are curves: panels in a row or a grid, each with its lines and axes.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

struct StudyLine {
  std::string title;  // equal titles share a key
  std::string ink;    // #RRGGBB
  std::vector<double> x = {}, y = {};
  std::vector<double> low = {}, high = {};  // a band, or empty
  bool points = false;                      // marks at every point
  bool dashed = false;

  void add(double at, double value) {
    x.push_back(at);
    y.push_back(value);
  }
};

struct StudyPanel {
  std::string title, x_label, y_label;  // with units where there are any
  bool log_x = false, log_y = false;
  std::vector<StudyLine> lines = {};
  std::string settings = {};  // more gnuplot commands, before the plot
};

// A colour for step `i` of `n` of a quantity that grows, dark to light.
[[nodiscard]] std::string graded_ink(std::size_t i, std::size_t n);
// Colours of things that differ in kind, without those of loss, energy and theory.
[[nodiscard]] std::string other_ink(std::size_t i);

// Panels row by row, `columns` a row. Where all have the same lines one key at the right serves
// them all; else each has its own beside it. A file NAME_p_l.csv for each line.
[[nodiscard]] Figure panel_figure(const std::string& name, const std::string& title,
                                  const std::vector<StudyPanel>& panels, std::size_t columns);

// All lines as one table: panel, line, x, y.
[[nodiscard]] CsvTable panel_table(const std::vector<StudyPanel>& panels);

}  // namespace saddlescope::analysis

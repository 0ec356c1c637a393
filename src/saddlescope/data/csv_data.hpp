// Datasets in CSV files: a sample per row, a feature per column.
//
// The first row is a header if any of its cells is not a number, unless it looks like the second:
// numbers, and texts only above texts. Which columns are targets:
//   1. those listed in `targets`, by header name or by number counted from 1;
//   2. else those whose header is label, class or target, or is y, y1, y_2, .. (any capitals);
//   3. else the last column.
// All others are inputs, in order. A lone target column holds labels, which become one-hot, if its
// header is label or class, or if there is no header and it holds only whole numbers 0 .. 99.
// A lone target column without a single number holds the names of classes: sorted by their bytes,
// they are the labels 0, 1, .., and `name` lists them in that order (the first twenty).
// Every other target is a value to regress on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

struct CsvOptions {
  std::vector<std::string> targets;  // empty: by the rules above
  Index classes = 0;                 // of labels, >= 1; 0: the largest label + 1
};

// Throws std::invalid_argument with file, line, column, expected and found: rows of unequal length,
// cells that are no finite numbers, labels out of range, target columns that do not exist.
[[nodiscard]] Dataset read_csv_data(const std::filesystem::path& file,
                                    const CsvOptions& options = {});

}  // namespace saddlescope

// The log of a training run: one row per record, in memory, as CSV text and live in a file.
//
// Columns: algorithm, update, epoch, then each quantity, per-layer ones as name_1 .. name_L. What a
// record does not hold is an empty cell.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "saddlescope/io/text.hpp"
#include "saddlescope/training/twin_training.hpp"

namespace saddlescope::analysis {

class TrainLog {
 public:
  TrainLog() = default;
  explicit TrainLog(std::vector<std::pair<std::string, Index>> columns);
  // Of the text of a log with these columns. Throws std::invalid_argument beginning with `name`
  // where it is not one.
  TrainLog(std::vector<std::pair<std::string, Index>> columns, const std::string& text,
           const std::string& name);

  void append(const TrainingRecord& record);
  [[nodiscard]] const CsvTable& table() const { return table_; }
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string last_row() const;
  [[nodiscard]] const std::vector<std::pair<std::string, Index>>& columns() const {
    return columns_;
  }

  // Rows of one run in which a column is filled: (update, epoch, value).
  struct Entry {
    Index update = 0;
    double epoch = 0;
    double value = 0;
  };
  [[nodiscard]] std::vector<Entry> series(const std::string& algorithm,
                                          const std::string& column) const {
    return series(table_, algorithm, column);
  }
  // Of a log read back.
  [[nodiscard]] static std::vector<Entry> series(const CsvTable& table,
                                                 const std::string& algorithm,
                                                 const std::string& column);

 private:
  std::vector<std::pair<std::string, Index>> columns_;
  CsvTable table_;
};

// "cosine", 2 -> "cosine_2"; layer 0: "cosine".
[[nodiscard]] std::string column_name(const std::string& quantity, Index layer);

// A file that grows row by row and is on its way to the disk after each.
class LiveFile {
 public:
  // Starts it anew with `text`. Throws std::runtime_error naming the file.
  LiveFile(std::filesystem::path file, const std::string& text);
  void append(const std::string& text);

 private:
  std::filesystem::path file_;
  std::ofstream out_;
};

}  // namespace saddlescope::analysis

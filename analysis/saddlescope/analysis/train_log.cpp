#include "saddlescope/analysis/train_log.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/io/pending_file.hpp"

namespace saddlescope::analysis {

std::string column_name(const std::string& quantity, Index layer) {
  return layer == 0 ? quantity : fmt::format("{}_{}", quantity, layer);
}

TrainLog::TrainLog(std::vector<std::pair<std::string, Index>> columns)
    : columns_(std::move(columns)) {
  table_.header = {"algorithm", "update", "epoch"};
  for (const auto& [quantity, layers] : columns_)
    for (Index l = layers == 0 ? 0 : 1; l <= layers; ++l)
      table_.header.push_back(column_name(quantity, l));
}

TrainLog::TrainLog(std::vector<std::pair<std::string, Index>> columns, const std::string& text,
                   const std::string& name)
    : TrainLog(std::move(columns)) {
  CsvTable found = parse_csv(text, name, true);
  require(found.header == table_.header, "{}: expected the columns {}, found {}", name,
          fmt::join(table_.header, ","), fmt::join(found.header, ","));
  table_.rows = std::move(found.rows);
}

void TrainLog::append(const TrainingRecord& record) {
  std::vector<std::string> row(table_.header.size());
  row[0] = record.algorithm;
  row[1] = std::to_string(record.update);
  row[2] = csv_number(record.epoch);
  std::size_t begin = 3;
  for (const auto& [quantity, layers] : columns_) {
    const auto found =
        std::find_if(record.values.begin(), record.values.end(),
                     [name = quantity](const auto& value) { return value.first == name; });
    const auto width = static_cast<std::size_t>(std::max(layers, Index{1}));
    if (found != record.values.end())
      for (std::size_t i = 0; i < width; ++i)
        row[begin + i] = csv_number(found->second[static_cast<Index>(i)]);
    begin += width;
  }
  table_.rows.push_back(std::move(row));
}

std::string TrainLog::text() const { return csv_text(table_); }

std::string TrainLog::last_row() const {
  return fmt::format("{}\n", fmt::join(table_.rows.back(), ","));
}

std::vector<TrainLog::Entry> TrainLog::series(const CsvTable& table, const std::string& algorithm,
                                              const std::string& column) {
  std::vector<Entry> out;
  const auto found = std::find(table.header.begin(), table.header.end(), column);
  if (found == table.header.end()) return out;
  const auto at = static_cast<std::size_t>(found - table.header.begin());
  for (const auto& row : table.rows)
    if (row[0] == algorithm && !row[at].empty())
      out.push_back({std::stol(row[1]), std::stod(row[2]), std::stod(row[at])});
  return out;
}

LiveFile::LiveFile(std::filesystem::path file, const std::string& text)
    : file_(std::move(file)), out_(file_, std::ios::binary | std::ios::trunc) {
  append(text);
}

void LiveFile::append(const std::string& text) {
  out_ << text << std::flush;
  if (!out_) throw WriteFailure(file_, "the system took no more of it");
}

}  // namespace saddlescope::analysis

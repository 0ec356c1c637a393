// Tables whose cells keep their type, written as CSV and as tables of an SQLite database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "saddlescope/io/text.hpp"

namespace saddlescope {

// Nothing, a whole number, a number, a text.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Table {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
};

// Numbers with 17 digits, which read back bit for bit; nothing is an empty cell.
[[nodiscard]] CsvTable to_csv(const Table& table);

// One database of these tables; equal tables give equal bytes. The file appears whole or not at
// all, as with write_text. Column names must differ in more than their case. Throws
// std::runtime_error naming the file and SQLite's reason.
void write_sqlite(const std::filesystem::path& file, const std::vector<Table>& tables);

}  // namespace saddlescope

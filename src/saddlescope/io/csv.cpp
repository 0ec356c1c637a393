#include <memory>
#include <new>
#include <utility>

#include <csv.h>
#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

// Collects what libcsv's callbacks hand over. The text is fed line by line, so `line` is where the
// current row ends.
struct Collector {
  CsvTable table;
  std::vector<std::string> row;
  std::size_t line = 0;
};

void take_cell(void* cell, std::size_t length, void* collector) {
  static_cast<Collector*>(collector)->row.emplace_back(static_cast<const char*>(cell), length);
}

void take_row(int /*terminator*/, void* collector) {
  auto& c = *static_cast<Collector*>(collector);
  c.table.rows.push_back(std::exchange(c.row, {}));
  c.table.lines.push_back(c.line);
}

bool needs_quotes(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") != std::string::npos) return true;
  // Readers drop blanks around unquoted cells.
  return !cell.empty() &&
         (cell.front() == ' ' || cell.front() == '\t' || cell.back() == ' ' || cell.back() == '\t');
}

std::string csv_cell(const std::string& cell) {
  if (!needs_quotes(cell)) return cell;
  std::string quoted(csv_write(nullptr, 0, cell.data(), cell.size()), '\0');
  csv_write(quoted.data(), quoted.size(), cell.data(), cell.size());
  return quoted;
}

void append_row(std::string& text, const std::vector<std::string>& row) {
  // A lone empty cell would read as a blank line, which readers skip.
  if (row.size() == 1 && row.front().empty()) text += "\"\"";
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) text += ',';
    text += csv_cell(row[i]);
  }
  text += '\n';
}

}  // namespace

std::string csv_number(double value) { return fmt::format("{:.17g}", value); }

void write_csv(const std::filesystem::path& file, const CsvTable& table) {
  std::string text;
  if (!table.header.empty()) append_row(text, table.header);
  const std::size_t width =
      table.header.empty() && !table.rows.empty() ? table.rows[0].size() : table.header.size();
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    require(table.rows[i].size() == width, "{}: row {} to write: expected {} cells, got {}",
            file.string(), i + 1, width, table.rows[i].size());
    append_row(text, table.rows[i]);
  }
  write_text(file, text);
}

CsvTable parse_csv(std::string_view text, const std::string& name, bool has_header) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());

  csv_parser parser{};
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
  const std::unique_ptr<csv_parser, void (*)(csv_parser*)> guard(&parser, csv_free);
  Collector collector;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
    ++collector.line;
    const std::size_t parsed =
        csv_parse(&parser, line.data(), line.size(), take_cell, take_row, &collector);
    require(parsed == line.size(), "{}: line {}, character {}: expected CSV, found {}", name,
            collector.line, parsed + 1, csv_strerror(csv_error(&parser)));
    text.remove_prefix(line.size());
  }
  require(csv_fini(&parser, take_cell, take_row, &collector) == 0,
          "{}: line {}: expected CSV, found a quoted cell that never ends", name, collector.line);

  CsvTable table = std::move(collector.table);
  require(!table.rows.empty(), "{}: expected a CSV table, found no rows", name);
  for (std::size_t i = 1; i < table.rows.size(); ++i)
    require(table.rows[i].size() == table.rows[0].size(),
            "{}: line {}: expected {} cells as on line {}, found {}", name, table.lines[i],
            table.rows[0].size(), table.lines[0], table.rows[i].size());
  if (has_header) {
    table.header = std::move(table.rows.front());
    table.rows.erase(table.rows.begin());
    table.lines.erase(table.lines.begin());
  }
  return table;
}

CsvTable read_csv(const std::filesystem::path& file, bool has_header) {
  return parse_csv(read_bytes(file), file.string(), has_header);
}

}  // namespace saddlescope

#include "saddlescope/analysis/sweep_table.hpp"

#include <charconv>
#include <map>
#include <optional>

#include "saddlescope/analysis/sweep_record.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

// Cells by column name; columns in the order in which they were first seen.
struct Builder {
  Table table;
  std::map<std::string, std::size_t> places;
  std::map<std::string, Cell> row;

  void declare(const std::string& column) {
    if (places.emplace(column, places.size()).second) table.columns.push_back(column);
  }
  void set(const std::string& column, Cell cell) {
    declare(column);
    row[column] = std::move(cell);
  }
  void end_row() {
    std::vector<Cell> cells(table.columns.size());
    for (auto& [column, cell] : row) cells[places.at(column)] = std::move(cell);
    table.rows.push_back(std::move(cells));
    row.clear();
  }
  Table finish(std::string name) {
    table.name = std::move(name);
    for (std::vector<Cell>& cells : table.rows) cells.resize(table.columns.size());
    return std::move(table);
  }
};

template <class T>
std::optional<T> number_in(const std::string& text) {
  T value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

Cell cell_of_text(const std::string& text) {
  if (const auto whole = number_in<std::int64_t>(text)) return *whole;
  if (const auto number = number_in<double>(text)) return *number;
  return text;
}

// Empty: not a cell.
std::optional<Cell> cell_of(const Json& value) {
  if (value.is_boolean()) return Cell(std::int64_t{value.get<bool>() ? 1 : 0});
  if (value.is_number_integer()) return Cell(value.get<std::int64_t>());
  if (value.is_number()) return Cell(value.get<double>());
  if (value.is_string()) return Cell(value.get<std::string>());
  if (value.is_null()) return Cell();
  return std::nullopt;
}

// By the names that the verbs' summaries give their timings.
bool is_timing(const std::string& key) {
  return key == "seconds" || key.find("_seconds") != std::string::npos ||
         key.starts_with("seconds_") || key == "gemm_multiple";
}

// Names of layers that only group: "objectives.energy.value" is "energy.value".
bool only_groups(const std::string& key) { return key == "objectives" || key == "algorithms"; }

struct Flattened {
  std::vector<std::pair<std::string, Cell>> results, timings;
};

void flatten(const Json& object, const std::string& path, Flattened& out) {
  for (const auto& [key, value] : object.items()) {
    const std::string below = only_groups(key) ? path : (path.empty() ? key : path + "." + key);
    if (value.is_object()) {
      flatten(value, below, out);
    } else if (const auto cell = cell_of(value)) {
      (is_timing(key) ? out.timings : out.results).emplace_back(below, *cell);
    }
  }
}

Cell text_or_nothing(const Json& object, const char* key) {
  return object.contains(key) ? cell_of(object.at(key)).value_or(Cell()) : Cell();
}

}  // namespace

SweepTables sweep_tables(const std::filesystem::path& folder, const std::vector<SweepJob>& jobs) {
  Builder results, runs;
  for (const char* column : {"job", "address", "status", "exit_code", "message"})
    results.declare(column);
  for (const char* column : {"job", "address"}) runs.declare(column);
  for (const SweepJob& job : jobs) {
    const std::optional<SweepRecord> record = read_record(folder, job.address).record;
    if (!record) continue;
    for (Builder* table : {&results, &runs}) {
      table->set("job", static_cast<std::int64_t>(job.number));
      table->set("address", job.address);
    }
    results.set("status", std::string(record->done ? "done" : "failed"));
    results.set("exit_code", std::int64_t{record->exit_code});
    results.set("message", record->message);
    for (const SweepSetting& one : job.settings) results.set(one.name, cell_of_text(one.text()));

    runs.set("seconds", record->seconds);
    runs.set("peak_memory_bytes", record->peak_memory);
    runs.set("version", text_or_nothing(record->provenance, "version"));
    runs.set("git_revision", text_or_nothing(record->provenance, "git_revision"));
    runs.set("threads", text_or_nothing(record->provenance, "threads"));
    Flattened flat;
    if (record->summary.is_object()) flatten(record->summary, "", flat);
    // A result of the same name as an option or a column above is told apart.
    for (auto& [name, cell] : flat.results)
      results.set(results.row.contains(name) ? "result." + name : name, std::move(cell));
    for (auto& [name, cell] : flat.timings) runs.set("summary." + name, std::move(cell));
    results.end_row();
    runs.end_row();
  }
  return {results.finish("results"), runs.finish("runs")};
}

void write_sweep_tables(const std::filesystem::path& folder, const SweepTables& tables) {
  write_csv(folder / "results.csv", to_csv(tables.results));
  write_csv(folder / "runs.csv", to_csv(tables.runs));
  write_sqlite(folder / "results.sqlite", {tables.results, tables.runs});
}

}  // namespace saddlescope::analysis

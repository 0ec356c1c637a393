#include "saddlescope/io/table.hpp"

#include <memory>
#include <new>
#include <stdexcept>

#include <fmt/format.h>
#include <sqlite3.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::string csv_text(const Cell& cell) {
  return std::visit(Overloaded{[](std::monostate) { return std::string(); },
                               [](std::int64_t value) { return std::to_string(value); },
                               [](double value) { return csv_number(value); },
                               [](const std::string& value) { return value; }},
                    cell);
}

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + '"';
}

// No affinity where numbers and texts share a column, so that each keeps its type.
const char* affinity(const Table& table, std::size_t column) {
  bool whole = false, real = false, text = false;
  for (const std::vector<Cell>& row : table.rows) {
    whole = whole || std::holds_alternative<std::int64_t>(row[column]);
    real = real || std::holds_alternative<double>(row[column]);
    text = text || std::holds_alternative<std::string>(row[column]);
  }
  if (text) return whole || real ? "" : " TEXT";
  if (real) return " REAL";
  return whole ? " INTEGER" : "";
}

// A database in memory, so that no journal lies beside the file and the file can appear at once.
class Database {
 public:
  explicit Database(const std::filesystem::path& file) : file_(file) {
    sqlite3* handle = nullptr;
    const int status = sqlite3_open(":memory:", &handle);
    handle_.reset(handle);
    check(status);
  }
  void execute(const std::string& command) {
    check(sqlite3_exec(handle_.get(), command.c_str(), nullptr, nullptr, nullptr));
  }
  void fill(const Table& table) {
    std::string columns, places;
    for (std::size_t k = 0; k < table.columns.size(); ++k) {
      columns += (k > 0 ? ", " : "") + quoted(table.columns[k]) + affinity(table, k);
      places += k > 0 ? ", ?" : "?";
    }
    execute(fmt::format("CREATE TABLE {} ({})", quoted(table.name), columns));
    sqlite3_stmt* raw = nullptr;
    const std::string command =
        fmt::format("INSERT INTO {} VALUES ({})", quoted(table.name), places);
    check(sqlite3_prepare_v2(handle_.get(), command.c_str(), -1, &raw, nullptr));
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> insert(raw, sqlite3_finalize);
    execute("BEGIN");
    for (const std::vector<Cell>& row : table.rows) {
      for (std::size_t k = 0; k < row.size(); ++k) bind(raw, static_cast<int>(k + 1), row[k]);
      const int status = sqlite3_step(raw);
      if (status != SQLITE_DONE) check(status);
      check(sqlite3_reset(raw));
    }
    execute("COMMIT");
  }
  [[nodiscard]] std::string bytes() const {
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, void (*)(void*)> image(
        sqlite3_serialize(handle_.get(), "main", &size, 0), sqlite3_free);
    if (!image) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(image.get()), static_cast<std::size_t>(size)};
  }

 private:
  void bind(sqlite3_stmt* insert, int place, const Cell& cell) {
    check(std::visit(
        Overloaded{[&](std::monostate) { return sqlite3_bind_null(insert, place); },
                   [&](std::int64_t value) { return sqlite3_bind_int64(insert, place, value); },
                   [&](double value) { return sqlite3_bind_double(insert, place, value); },
                   [&](const std::string& value) {
                     // The row outlives the step: no copy.
                     return sqlite3_bind_text(insert, place, value.data(),
                                              static_cast<int>(value.size()), nullptr);
                   }},
        cell));
  }
  void check(int status) const {
    if (status == SQLITE_OK) return;
    throw std::runtime_error(
        fmt::format("{}: cannot be written: SQLite: {}", file_.string(),
                    handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(status)));
  }

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle_{nullptr, sqlite3_close};
};

}  // namespace

CsvTable to_csv(const Table& table) {
  CsvTable out;
  out.header = table.columns;
  out.rows.reserve(table.rows.size());
  for (const std::vector<Cell>& row : table.rows) {
    std::vector<std::string> cells;
    cells.reserve(row.size());
    for (const Cell& cell : row) cells.push_back(csv_text(cell));
    out.rows.push_back(std::move(cells));
  }
  return out;
}

void write_sqlite(const std::filesystem::path& file, const std::vector<Table>& tables) {
  Database database(file);
  for (const Table& table : tables) {
    for (const std::vector<Cell>& row : table.rows)
      require(row.size() == table.columns.size(), "table {}: expected rows of {} cells, got {}",
              table.name, table.columns.size(), row.size());
    database.fill(table);
  }
  write_text(file, database.bytes());
}

}  // namespace saddlescope

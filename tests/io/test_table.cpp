// Tables as CSV and SQLite, the latter read back through SQLite itself.
#include <limits>
#include <string>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/io/checksum.hpp"
#include "saddlescope/io/table.hpp"

namespace saddlescope::test {
namespace {

Table some_table() {
  return {
      "results",
      {"n", "x", "text", "none", "mixed \"n\""},
      {{std::int64_t{3}, 0.1, std::string("a,b\"c"), {}, std::int64_t{1}},
       {std::numeric_limits<std::int64_t>::max(), 1e-300, std::string(), {}, std::string("1")}}};
}

// The first column of the answer, its rows separated by '|'.
std::string ask(const std::string& file, const std::string& question) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  std::string answer;
  const auto take = [](void* out, int, char** cells, char**) {
    *static_cast<std::string*>(out) += std::string(cells[0] == nullptr ? "NULL" : cells[0]) + "|";
    return 0;
  };
  CHECK(sqlite3_exec(database, question.c_str(), take, &answer, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  return answer;
}

}  // namespace

TEST_CASE("a table becomes a CSV table that reads back bit for bit") {
  const CsvTable csv = to_csv(some_table());
  CHECK(csv.header == some_table().columns);
  CHECK(csv.rows[0] == std::vector<std::string>{"3", "0.10000000000000001", "a,b\"c", "", "1"});
  CHECK(std::stod(csv.rows[1][1]) == 1e-300);
}

TEST_CASE("an SQLite database holds every cell with its type") {
  const TemporaryFolder folder;
  const std::string file = folder / "t.sqlite";
  Table other = some_table();
  other.name = "runs";
  write_sqlite(file, {some_table(), other});
  CHECK(folder.n_entries() == 1);  // neither journal nor temporary
  CHECK(ask(file, "SELECT n FROM results") == "3|9223372036854775807|");
  CHECK(ask(file, "SELECT x = 0.1 FROM results") == "1|0|");
  CHECK(ask(file, "SELECT text FROM runs") == "a,b\"c||");
  CHECK(ask(file, "SELECT typeof(none) FROM results") == "null|null|");
  CHECK(ask(file, "SELECT typeof(\"mixed \"\"n\"\"\") FROM results") == "integer|text|");
  write_sqlite(folder / "again.sqlite", {some_table(), other});
  CHECK(read_text(file) == read_text(folder / "again.sqlite"));
}

TEST_CASE("a database that cannot be made leaves the old file and names it") {
  const TemporaryFolder folder;
  const std::string file = folder.file("t.sqlite", "old");
  const std::string text = message_of<std::runtime_error>([&] {
    write_sqlite(file, {{"t", {"a", "A"}, {}}});
  });
  CHECK(contains(text, "t.sqlite: cannot be written: SQLite: duplicate column name: A"));
  CHECK(read_text(file) == "old");
}

// The reference value is XXH3-128 of no bytes, from the specification of xxHash.
TEST_CASE("the checksum of bytes is XXH3-128") {
  CHECK(checksum_of_bytes("") == "99aa06d3014798d86001c324468d497f");
  CHECK(checksum_of_bytes("a") != checksum_of_bytes("b"));
}

}  // namespace saddlescope::test

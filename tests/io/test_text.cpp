#include <cmath>
#include <csignal>
#include <limits>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <zlib.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryFolder;

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string input = bytes;
  std::string out(deflateBound(&stream, input.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("A text is read back byte for byte and nothing else stays in its folder") {
  const TemporaryFolder folder;
  const std::string content("line\r\n\0tail\xff", 12);
  write_text(folder / "a.txt", content);
  CHECK(read_text(folder / "a.txt") == content);
  write_text(folder / "a.txt", "shorter");
  CHECK(read_text(folder / "a.txt") == "shorter");
  CHECK(folder.n_entries() == 1);
}

TEST_CASE("A write that cannot finish keeps the old file and says the reason") {
  const TemporaryFolder folder;
  write_text(folder / "a.txt", "old");
  // The process may write files of at most 4096 bytes for a moment: like a full disk.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of<std::runtime_error>(
      [&] { write_text(folder / "a.txt", std::string(100000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(contains(message, "a.txt: cannot be written: File too large"));
  CHECK(read_text(folder / "a.txt") == "old");
  CHECK(folder.n_entries() == 1);
}

TEST_CASE("Writing into a folder that is not there names the folder") {
  const TemporaryFolder folder;
  const std::string message =
      message_of<std::runtime_error>([&] { write_text(folder / "no/a.txt", "x"); });
  CHECK(contains(message, "there is no folder"));
  CHECK(contains(message_of<std::runtime_error>([&] { write_text(folder / "", "x"); }),
                 "expected the name of a file, got a folder"));
}

TEST_CASE("Reading what is missing or a folder says which") {
  const TemporaryFolder folder;
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)read_text(folder / "no.txt"); }),
                 "no.txt: expected a readable file, found none of that name"));
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)read_text(folder / "."); }),
                 "found a folder"));
}

TEST_CASE("Numbers in CSV read back bit for bit") {
  RandomStream random(1, "csv numbers");
  for (int i = 0; i < 1000; ++i) {
    const double value = random.normal() * std::pow(10.0, random.uniform(-300, 300));
    CHECK(std::stod(csv_number(value)) == value);
  }
  CHECK(std::signbit(std::stod(csv_number(-0.0))));
  CHECK(std::stod(csv_number(std::numeric_limits<double>::max())) ==
        std::numeric_limits<double>::max());
}

TEST_CASE("A CSV table with commas and quotes and line ends in its cells reads back the same") {
  const TemporaryFolder folder;
  const CsvTable table{
      {"name", "a, b"}, {{"plain", "with \"quotes\""}, {"two\nlines", " blanks "}, {"", "x"}}, {}};
  write_csv(folder / "t.csv", table);
  const CsvTable back = read_csv(folder / "t.csv", true);
  CHECK(back.header == table.header);
  CHECK(back.rows == table.rows);
  CHECK(back.lines == std::vector<std::size_t>{2, 4, 5});

  const CsvTable lone{{}, {{"a"}, {""}, {"b"}}, {}};
  write_csv(folder / "lone.csv", lone);
  CHECK(read_csv(folder / "lone.csv", false).rows == lone.rows);
}

TEST_CASE("CSV with a byte order mark and CRLF and blank lines and gzip is the same table") {
  const TemporaryFolder folder;
  const std::string text =
      "\xef\xbb\xbf"
      "a,b\r\n\r\n1,2\r\n3,4";
  const auto plain = read_csv(folder.file("p.csv", text), true);
  const auto packed = read_csv(folder.file("p.csv.gz", gzip(text)), true);
  CHECK(plain.header == std::vector<std::string>{"a", "b"});
  CHECK(plain.rows == std::vector<std::vector<std::string>>{{"1", "2"}, {"3", "4"}});
  CHECK(plain.lines == std::vector<std::size_t>{3, 4});
  CHECK(packed.header == plain.header);
  CHECK(packed.rows == plain.rows);
}

TEST_CASE("Ragged rows and open quotes and empty files are errors with their line") {
  const auto message = [](const std::string& text) {
    return message_of<std::invalid_argument>([&] { (void)parse_csv(text, "t.csv", true); });
  };
  CHECK(message("a,b\n1,2\n3\n") == "t.csv: line 3: expected 2 cells as on line 1, found 1");
  CHECK(contains(message("a,b\n1,\"2\n"), "t.csv: line 2: expected CSV, found a quoted cell"));
  CHECK(contains(message("a,b\n1,x\"y\n"), "t.csv: line 2, character 4"));
  CHECK(message("") == "t.csv: expected a CSV table, found no rows");
}

TEST_CASE("A table to write must be rectangular") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(write_csv(folder / "t.csv", CsvTable{{"a", "b"}, {{"1"}}, {}}),
                  std::invalid_argument);
  CHECK(folder.n_entries() == 0);
}

TEST_CASE("Gzip members in a row decompress to their joined bytes") {
  const std::string large(300000, 'q');  // more than the decompression buffer
  CHECK(decompress(gzip(large) + gzip("tail"), "two.gz") == large + "tail");
}

TEST_CASE("Truncated and damaged gzip streams are errors at every length") {
  std::string packed = gzip("a text that is long enough to be cut anywhere, " + csv_number(0.1));
  for (std::size_t n = 0; n < packed.size(); ++n)
    CHECK(contains(
        message_of<std::invalid_argument>([&] { (void)decompress(packed.substr(0, n), "cut.gz"); }),
        "cut.gz: expected a whole gzip stream, found it truncated"));
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);  // its CRC-32
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)decompress(packed, "bad.gz"); }),
                 "bad.gz: expected a gzip stream, found it damaged"));
}

TEST_CASE("The checksum changes with any bit and with the shape and with the order") {
  const Matrix a = Matrix::Random(3, 4);
  Matrix b = a;
  CHECK(checksum({&a}) == checksum({&b}));
  CHECK(checksum({&a}).size() == 32);
  b(2, 3) = std::nextafter(b(2, 3), 2.0);
  const Matrix reshaped = a.reshaped(4, 3);
  CHECK(checksum({&a}) != checksum({&b}));
  CHECK(checksum({&a}) != checksum({&reshaped}));
  CHECK(checksum({&a, &b}) != checksum({&b, &a}));
}

}  // namespace
}  // namespace saddlescope

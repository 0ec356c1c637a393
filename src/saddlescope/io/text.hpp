// Text files: whole-file writes that never leave a half, CSV tables in and out, gzip, checksums.
//
// Readers throw std::invalid_argument, writers std::runtime_error; both name the file and the
// reason.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

// Writes `content` to a temporary name beside `file`, then renames. Throws std::runtime_error
// naming the file and the system's reason.
void write_text(const std::filesystem::path& file, const std::string& content);
[[nodiscard]] std::string read_text(const std::filesystem::path& file);

// A CSV table: a header and rows of cells. Numbers are written with 17 digits, which read back bit
// for bit.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;  // the line on which each row ends, from 1; filled by readers
};
[[nodiscard]] std::string csv_number(double value);
void write_csv(const std::filesystem::path& file, const CsvTable& table);
// Reads any RFC 4180 file (libcsv); gzip by content. Blank lines are skipped and blanks around
// unquoted cells dropped. Throws std::invalid_argument with file and line where rows differ in
// length.
[[nodiscard]] CsvTable read_csv(const std::filesystem::path& file, bool has_header);
// The same for a text in memory; `name` stands in the messages.
[[nodiscard]] CsvTable parse_csv(std::string_view text, const std::string& name, bool has_header);

// The bytes of a file, decompressed when they start with gzip's magic number (zlib).
[[nodiscard]] std::string read_bytes(const std::filesystem::path& file);
// The decompressed bytes of a gzip stream of one or more members; `name` stands in the messages.
[[nodiscard]] std::string decompress(std::string_view bytes, const std::string& name);

// XXH3-128 of the matrices' shapes and bytes, as 32 hexadecimal digits.
[[nodiscard]] std::string checksum(const std::vector<const Matrix*>& matrices);

}  // namespace saddlescope

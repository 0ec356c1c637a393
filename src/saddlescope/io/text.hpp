// Text files: whole-file writes that never leave a half, CSV tables in and out, checksums.
#pragma once

#include <filesystem>
#include <string>
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
};
[[nodiscard]] std::string csv_number(double value);
void write_csv(const std::filesystem::path& file, const CsvTable& table);
// Reads any RFC 4180 file (libcsv); gzip by content. Throws std::invalid_argument with file and
// line where rows differ in length.
[[nodiscard]] CsvTable read_csv(const std::filesystem::path& file, bool has_header);

// The bytes of a file, decompressed when they start with gzip's magic number (zlib).
[[nodiscard]] std::string read_bytes(const std::filesystem::path& file);

// XXH3-128 of the matrices' shapes and bytes, as 32 hexadecimal digits.
[[nodiscard]] std::string checksum(const std::vector<const Matrix*>& matrices);

}  // namespace saddlescope

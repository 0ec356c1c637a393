// Small sweeps, run as users do.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "program.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {

inline constexpr const char* kSmall =
    "verb = \"inference condition\"\n"
    "seeds = 2\n"
    "[fixed]\n"
    "input = 4\n"
    "hidden-layers = 2\n"
    "[grid]\n"
    "width = {powers-of-two = [2, 8]}\n"
    "lambda = [0.5, 2]\n"
    "[[exclude]]\n"
    "width = 8\n"
    "lambda = {at-least = 1}\n";

inline Run sweep(const std::string& file, const std::filesystem::path& out,
                 const std::vector<std::string>& more = {},
                 const std::vector<std::string>& environment = {}) {
  std::vector<std::string> words = {"sweep", file, "--out", out.string()};
  words.insert(words.end(), more.begin(), more.end());
  return run_program(words, environment);
}

inline std::vector<std::filesystem::path> records_in(const std::filesystem::path& out) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(out / "records"))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

inline std::size_t column_of(const CsvTable& table, const std::string& name) {
  const auto found = std::find(table.header.begin(), table.header.end(), name);
  REQUIRE(found != table.header.end());
  return static_cast<std::size_t>(found - table.header.begin());
}

}  // namespace saddlescope::test

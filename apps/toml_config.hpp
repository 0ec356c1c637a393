// Configuration files in TOML (toml++) for CLI11, whose own reader knows only a dialect of INI.
//
//   [spectrum]
//   hidden = [10, 10]
//   point = "origin"
#pragma once

#include <istream>
#include <vector>

#include <CLI/CLI.hpp>

namespace saddlescope::apps {

class TomlConfig : public CLI::ConfigBase {
 public:
  // One item per key, under its tables' names. Throws std::invalid_argument with the line: not TOML,
  // a key set twice, an empty array, a value that is neither text, number, truth value nor an array
  // of such.
  [[nodiscard]] std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;
};

}  // namespace saddlescope::apps

// Command-line flags and config keys from a verb's option table.
#pragma once

#include <CLI/CLI.hpp>

#include "saddlescope/analysis/options.hpp"

namespace saddlescope::apps {

// Adds one flag per field. The struct behind `table` must outlive `command`'s parsing; wrong values
// throw std::invalid_argument naming the flag.
void add_flags(CLI::App& command, const analysis::OptionTable& table);

}  // namespace saddlescope::apps

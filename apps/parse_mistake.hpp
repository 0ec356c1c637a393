// What was wrong with a command line or a configuration file, in one sentence.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace saddlescope::apps {

// The text for `error`, which parsing into `program` threw: names what is unknown and the known name
// that is nearest to it.
[[nodiscard]] std::string explain(const CLI::App& program, const CLI::ParseError& error);

}  // namespace saddlescope::apps

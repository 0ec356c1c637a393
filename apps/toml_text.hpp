// Values of TOML as the texts that flags take.
#pragma once

#include <optional>
#include <string>

#include <toml++/toml.h>

namespace saddlescope::apps {

// As it would stand on the command line; empty unless `value` is a text, a number or a truth value.
[[nodiscard]] std::optional<std::string> flag_text(const toml::node& value);

}  // namespace saddlescope::apps

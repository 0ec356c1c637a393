#include "toml_text.hpp"

#include <fmt/format.h>

namespace saddlescope::apps {

std::optional<std::string> flag_text(const toml::node& value) {
  if (const auto* text = value.as_string()) return text->get();
  if (const auto* number = value.as_integer()) return std::to_string(number->get());
  if (const auto* number = value.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* truth = value.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

}  // namespace saddlescope::apps

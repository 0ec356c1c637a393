#include "toml_config.hpp"

#include <string>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "toml_text.hpp"

#include "saddlescope/base/require.hpp"

namespace saddlescope::apps {
namespace {

std::string text_of(const toml::node& value, const std::string& key) {
  const std::optional<std::string> text = flag_text(value);
  require(text.has_value(),
          "config file, line {}: {}: expected a text, a number, true or false, or an array of them",
          value.source().begin.line, key);
  return *text;
}

void collect(const toml::table& table, const std::vector<std::string>& parents,
             std::vector<CLI::ConfigItem>& items) {
  for (const auto& [key, value] : table) {
    const std::string name(key.str());
    if (const toml::table* inner = value.as_table()) {
      std::vector<std::string> path = parents;
      path.push_back(name);
      collect(*inner, path, items);
      continue;
    }
    CLI::ConfigItem item;
    item.parents = parents;
    item.name = name;
    if (const toml::array* list = value.as_array()) {
      require(!list->empty(), "config file, line {}: {}: expected at least one value, found []",
              value.source().begin.line, name);
      for (const toml::node& entry : *list) item.inputs.push_back(text_of(entry, name));
    } else {
      item.inputs.push_back(text_of(value, name));
    }
    items.push_back(std::move(item));
  }
}

}  // namespace

std::vector<CLI::ConfigItem> TomlConfig::from_config(std::istream& input) const {
  std::vector<CLI::ConfigItem> found;
  try {
    collect(toml::parse(input), {}, found);
  } catch (const toml::parse_error& error) {
    throw std::invalid_argument(fmt::format("config file, line {}: not TOML: {}",
                                            error.source().begin.line, error.description()));
  }
  return found;
}

}  // namespace saddlescope::apps

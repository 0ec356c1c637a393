#include "sweep_reader.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "toml_text.hpp"

#include "saddlescope/analysis/sweep_grid.hpp"
#include "saddlescope/base/known_names.hpp"

namespace saddlescope::apps {
namespace {

using analysis::OptionField;

bool is_whole(const OptionField& field) {
  return std::visit(
      [](auto* target) {
        using T = std::remove_reference_t<decltype(*target)>;
        return std::is_same_v<T, int> || std::is_same_v<T, Index> ||
               std::is_same_v<T, std::uint64_t> || std::is_same_v<T, std::optional<Index>> ||
               std::is_same_v<T, std::optional<std::vector<Index>>>;
      },
      field.target);
}

std::string number_text(double value, bool whole) {
  return whole ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

}  // namespace

// Tables of toml++ are sorted by key; here they are in the order of the file.
std::vector<std::pair<std::string, const toml::node*>> in_order(const toml::table& table) {
  std::vector<std::pair<std::string, const toml::node*>> entries;
  for (const auto& [key, value] : table) entries.emplace_back(std::string(key.str()), &value);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const auto &p = a.second->source().begin, &q = b.second->source().begin;
    return std::pair(p.line, p.column) < std::pair(q.line, q.column);
  });
  return entries;
}

const OptionField* field_of(const analysis::OptionTable& table, const std::string& name) {
  const auto& fields = table.fields();
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const OptionField& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

void OptionReader::set_verb(const std::string& name, VerbInstance probe) {
  verb_ = name;
  probe_ = std::move(probe);
}

void OptionReader::refuse(const toml::node& at, const std::string& key,
                          const std::string& text) const {
  throw std::invalid_argument(
      fmt::format("{}, line {}: {}: {}", file_.string(), at.source().begin.line, key, text));
}
void OptionReader::refuse_unknown(const toml::node& at, const std::string& key, const Texts& known,
                                  const std::string& whose) const {
  refuse(at, key,
         fmt::format("unknown{}; the nearest known one is '{}'", whose, nearest_name(known, key)));
}
const toml::table& OptionReader::table_of(const std::string& key, const toml::node& node) const {
  if (!node.is_table()) refuse(node, key, "expected a table, found a single value or a list");
  return *node.as_table();
}

const OptionField& OptionReader::field(const std::string& name, const toml::node& at) const {
  const OptionField* found = field_of(probe_.table, name);
  if (found == nullptr) {
    Texts known;
    for (const OptionField& one : probe_.table.fields()) known.push_back(one.name);
    refuse_unknown(at, name, known, " option of " + verb_);
  }
  if (name == "out" || name == "no-figures" || name == "resume")
    refuse(at, name, "expected options that say what to compute; a sweep sets this one itself");
  return *found;
}
const OptionField& OptionReader::new_field(const std::string& name, const toml::node& at) {
  const OptionField& found = field(name, at);
  if (!given_.insert(name).second) refuse(at, name, "given a second time");
  return found;
}

std::string OptionReader::text_of(const std::string& name, const toml::node& value) const {
  const std::optional<std::string> text = flag_text(value);
  if (!text) refuse(value, name, "expected a text, a number, true or false");
  return *text;
}
OptionReader::Texts OptionReader::value_of(const OptionField& option,
                                           const toml::node& value) const {
  Texts texts;
  if (const toml::array* list = value.as_array()) {
    if (list->empty()) refuse(value, option.name, "expected at least one value, found []");
    for (const toml::node& one : *list) texts.push_back(text_of(option.name, one));
  } else {
    texts.push_back(text_of(option.name, value));
  }
  assign(option, texts, value);
  return texts;
}

void OptionReader::assign(const OptionField& option, const Texts& texts,
                          const toml::node& at) const {
  try {
    option.assign(texts);
  } catch (const std::invalid_argument& error) {
    std::string text = error.what();
    if (const std::string prefix = "--" + option.name + ": "; text.starts_with(prefix))
      text = text.substr(prefix.size());
    refuse(at, option.name, text);
  }
}

// {linear = [first, last, n]}, {log = ..}, {powers-of-two = [first, last]}
std::vector<double> OptionReader::range_of(const OptionField& option,
                                           const toml::table& table) const {
  const Texts known = {"linear", "log", "powers-of-two"};
  if (table.size() != 1)
    refuse(table, option.name,
           fmt::format("expected a range with one key of {}", fmt::join(known, ", ")));
  const std::string kind(table.begin()->first.str());
  if (std::find(known.begin(), known.end(), kind) == known.end())
    refuse_unknown(table, option.name + "." + kind, known, " range");
  const bool powers = kind == "powers-of-two";
  std::vector<double> numbers;
  if (const toml::array* list = table.begin()->second.as_array())
    for (const toml::node& one : *list) {
      if (!one.is_number())
        refuse(one, option.name, fmt::format("expected numbers in {}, found another type", kind));
      numbers.push_back(one.value<double>().value_or(0));
      if (!std::isfinite(numbers.back()))
        refuse(one, option.name,
               fmt::format("expected finite numbers in {}, found {}", kind, numbers.back()));
    }
  const std::size_t expected = powers ? 2 : 3;
  constexpr double kMost = 1e6;
  const auto count =
      numbers.size() == 3 ? static_cast<Index>(std::clamp(numbers[2], -1.0, kMost + 1)) : 0;
  if (numbers.size() == 3 && numbers[2] > kMost)
    refuse(table, option.name,
           fmt::format("expected at most {:.0f} values, found {}", kMost, numbers[2]));
  if (numbers.size() != expected || (!powers && static_cast<double>(count) != numbers[2]))
    refuse(table, option.name,
           powers ? "expected powers-of-two = [first, last]"
                  : fmt::format("expected {} = [first, last, how many]", kind));
  try {
    if (powers) return analysis::powers_of_two(numbers[0], numbers[1]);
    return (kind == "log" ? analysis::log_range : analysis::linear_range)(numbers[0], numbers[1],
                                                                          count, is_whole(option));
  } catch (const std::invalid_argument& error) {
    refuse(table, option.name, error.what());
  }
}

std::vector<OptionReader::Texts> OptionReader::values_of(const std::string& name,
                                                         const toml::node& node) {
  const OptionField& option = new_field(name, node);
  if (option.role == analysis::OptionRole::kRun && name != "quick")
    refuse(node, name,
           "it changes no result, so there is nothing to sweep; it belongs into [fixed]");
  std::vector<Texts> points;
  if (const toml::table* range = node.as_table()) {
    for (const double value : range_of(option, *range)) {
      const Texts texts = {number_text(value, is_whole(option))};
      assign(option, texts, node);
      points.push_back(texts);
    }
    return points;
  }
  const toml::array* list = node.as_array();
  if (list == nullptr)
    refuse(node, name, "expected a list of values or a range; one value belongs into [fixed]");
  if (list->empty()) refuse(node, name, "expected at least one value, found []");
  for (const toml::node& value : *list) points.push_back(value_of(option, value));
  return points;
}

}  // namespace saddlescope::apps

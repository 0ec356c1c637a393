#include "saddlescope/analysis/options.hpp"

#include <charconv>
#include <cmath>
#include <type_traits>

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

template <class T>
struct Unwrapped {
  using Type = T;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using Type = T;
};

std::vector<std::string> split_at_commas(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) {
    std::size_t begin = 0;
    for (std::size_t comma = text.find(','); comma != std::string::npos;
         comma = text.find(',', begin)) {
      parts.push_back(text.substr(begin, comma - begin));
      begin = comma + 1;
    }
    parts.push_back(text.substr(begin));
  }
  return parts;
}

template <class T>
T parse_number(const std::string& name, const std::string& text, const char* what) {
  T value{};
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (begin != end && *begin == '+') ++begin;
  const auto [stop, error] = std::from_chars(begin, end, value);
  bool good = error == std::errc{} && stop == end;
  if constexpr (std::is_floating_point_v<T>) good = good && std::isfinite(value);
  require(good, "--{}: expected {}, got '{}'", name, what, text);
  return value;
}

bool parse_switch(const std::string& name, const std::string& text) {
  if (text == "true" || text == "1" || text == "on" || text == "yes") return true;
  require(text == "false" || text == "0" || text == "off" || text == "no",
          "--{}: expected true or false, got '{}'", name, text);
  return false;
}

template <class T>
T parse_one(const std::string& name, const std::string& text) {
  if constexpr (std::is_same_v<T, bool>) {
    return parse_switch(name, text);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return text;
  } else if constexpr (std::is_same_v<T, double>) {
    return parse_number<double>(name, text, "a finite number");
  } else if constexpr (std::is_unsigned_v<T>) {
    return parse_number<T>(name, text, "a whole number >= 0");
  } else {
    return parse_number<T>(name, text, "a whole number");
  }
}

template <class T>
void parse_into(const std::string& name, const std::vector<std::string>& texts, T& target) {
  const std::string joined = fmt::format("{}", fmt::join(texts, ","));
  if constexpr (std::is_same_v<T, std::string>) {
    target = joined;
  } else {
    require(texts.size() == 1, "--{}: expected one value, got '{}'", name, joined);
    target = parse_one<T>(name, texts.front());
  }
}

template <class T>
void parse_into(const std::string& name, const std::vector<std::string>& texts,
                std::vector<T>& target) {
  target.clear();
  if (texts.empty()) return;
  if constexpr (std::is_same_v<T, Index>) {
    if (texts.size() == 1 && texts.front() == "none") return;
  }
  for (const std::string& text : split_at_commas(texts)) {
    target.push_back(parse_one<T>(name, text));
  }
}

template <class T>
void parse_into(const std::string& name, const std::vector<std::string>& texts,
                std::optional<T>& target) {
  T value{};
  parse_into(name, texts, value);
  target = value;
}

}  // namespace

bool OptionField::is_switch() const {
  return std::visit(
      [](auto* pointer) {
        using T = typename Unwrapped<std::remove_reference_t<decltype(*pointer)>>::Type;
        return std::is_same_v<T, bool>;
      },
      target);
}

void OptionField::assign(const std::vector<std::string>& texts) const {
  std::visit([&](auto* pointer) { parse_into(name, texts, *pointer); }, target);
}

nlohmann::ordered_json OptionTable::to_json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const OptionField& field : fields_) {
    if (field.role != OptionRole::kNumbers) continue;
    std::visit(
        [&](auto* pointer) {
          using T = std::remove_reference_t<decltype(*pointer)>;
          if constexpr (std::is_same_v<T, typename Unwrapped<T>::Type>) {
            json[field.name] = *pointer;
          } else if (pointer->has_value()) {
            json[field.name] = **pointer;
          }
        },
        field.target);
  }
  return json;
}

}  // namespace saddlescope::analysis

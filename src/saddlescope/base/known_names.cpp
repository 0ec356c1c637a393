#include "saddlescope/base/known_names.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

namespace saddlescope {
namespace {

// "a, b or c"
std::string alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string nearest_name(const std::vector<std::string>& known, std::string_view given) {
  const auto nearest =
      std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
        return edit_distance(a, given) < edit_distance(b, given);
      });
  return nearest == known.end() ? "" : *nearest;
}

std::string did_you_mean(const std::vector<std::string>& known, std::string_view given) {
  constexpr std::size_t kSlips = 2, kLettersPerSlip = 3;
  const std::string nearest = nearest_name(known, given);
  const std::size_t distance = edit_distance(nearest, given);
  const bool near = distance <= std::max(kSlips, given.size() / kLettersPerSlip) &&
                    distance < std::max(nearest.size(), given.size());
  return near ? fmt::format("; did you mean '{}'?", nearest) : "";
}

void require_known(std::string_view what, const std::vector<std::string>& known,
                   std::string_view given) {
  if (std::find(known.begin(), known.end(), given) != known.end()) return;
  throw std::invalid_argument(fmt::format("{}: expected {}, got '{}'{}", what, alternatives(known),
                                          given, did_you_mean(known, given)));
}

}  // namespace saddlescope

// The known name that a mistyped one most likely meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace saddlescope::analysis {

// The least number of insertions, deletions and replacements that turn a into b.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The first of `known` at the least such distance; empty where none is known.
[[nodiscard]] std::string nearest_name(const std::vector<std::string>& known,
                                       std::string_view given);

}  // namespace saddlescope::analysis

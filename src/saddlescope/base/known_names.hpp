// What a mistyped name most likely meant, and the check of a name against all known ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace saddlescope {

// The least number of insertions, deletions and replacements that turn a into b.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The first of `known` at the least such distance; empty where none is known.
[[nodiscard]] std::string nearest_name(const std::vector<std::string>& known,
                                       std::string_view given);

// "; did you mean 'relu'?" for what may be a slip: the nearest name is at most two edits away, or
// one in three letters of a long name, and shares a letter with what was given. Else empty.
[[nodiscard]] std::string did_you_mean(const std::vector<std::string>& known,
                                       std::string_view given);

// Throws std::invalid_argument "WHAT: expected a, b or c, got 'd'" and did_you_mean() unless `given`
// is one of `known`.
void require_known(std::string_view what, const std::vector<std::string>& known,
                   std::string_view given);

}  // namespace saddlescope

// The file that makes a search resumable: what each finished start led to. Internal to analysis.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/search_study.hpp"

namespace saddlescope::analysis {

// /<objective>/numbers (n x 14) and /<objective>/theta (n x p~), a start per row; root attribute
// `config`. Written as a whole or not at all.
void write_search_state(const std::filesystem::path& file, const std::string& config,
                        const std::vector<ObjectiveSearch>& searches);

// Empty if there is no such file. Throws std::invalid_argument naming the file if it is of another
// config, or not whole.
[[nodiscard]] std::vector<ObjectiveSearch> read_search_state(
    const std::filesystem::path& file, const std::string& config,
    const std::vector<std::string>& objectives, Index dim);

}  // namespace saddlescope::analysis

// What the folders of all verbs have in common: the problem, pictures drawn anew, and a record that
// says how it was made.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/data/dataset.hpp"

namespace saddlescope::analysis {

// network.h5 and data.h5, which every verb reads.
void write_problem(const std::filesystem::path& folder, const Problem& problem);

// The beginning of a record: the options in effect, and the data's name, size, normalisation and
// checksum.
[[nodiscard]] nlohmann::ordered_json record_of(nlohmann::ordered_json options, const Dataset& data);

// Removes from `folder` what earlier runs drew under `names`, whose numbers are not those of this
// run, and draws `figures` there if they are wanted. Returns why each that could not be drawn was
// not: the numbers behind it are written all the same.
[[nodiscard]] std::vector<std::string> redraw(const std::filesystem::path& folder,
                                              const std::vector<std::string>& names, bool wanted,
                                              const std::function<std::vector<Figure>()>& figures);

// Writes `record` to `file`, whole or not at all, with `warnings`, `provenance` and `wall_seconds`
// at its end. Returns the warnings.
std::vector<std::string> write_record(const std::filesystem::path& file,
                                      nlohmann::ordered_json record,
                                      std::vector<std::string> warnings, double wall_seconds);

}  // namespace saddlescope::analysis

// All studies of a folder on one page, and which of them need not run again.
#pragma once

#include <filesystem>
#include <string>

#include "saddlescope/analysis/reproduction.hpp"

namespace saddlescope::analysis {

// Whether `folder`/ID/result.json is that of this study at this scale, on these images, of this
// build of the program, with its figure if one is asked for.
[[nodiscard]] bool is_finished(const Study& study, const ReproduceOptions& options,
                               const std::filesystem::path& folder);

// index.md: for every study published, ours, agrees or not and why, from the results in `folder`;
// what is not there or cannot be read is said so. `failures` are sentences on studies that broke.
void write_reproduction_index(const std::vector<std::string>& failures,
                              const std::filesystem::path& folder);

}  // namespace saddlescope::analysis

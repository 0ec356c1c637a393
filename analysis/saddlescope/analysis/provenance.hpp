// What every result file says about how it was made.
#pragma once

#include <nlohmann/json.hpp>

namespace saddlescope::analysis {

// {version, git_revision, compiler, flags, blas, threads}.
[[nodiscard]] nlohmann::ordered_json provenance();

}  // namespace saddlescope::analysis

#include "saddlescope/analysis/provenance.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/base/version.hpp"

namespace saddlescope::analysis {

nlohmann::ordered_json provenance() {
  const BuildInfo build = build_info();
  return {{"version", build.version},   {"git_revision", build.git_revision},
          {"compiler", build.compiler}, {"flags", build.flags},
          {"blas", build.blas},         {"threads", threads()}};
}

}  // namespace saddlescope::analysis

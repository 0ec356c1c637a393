// Who made a number: version, git revision, compiler, flags and BLAS, for the provenance of
// results.
#pragma once

#include <string>

namespace saddlescope {

struct BuildInfo {
  std::string version;       // 0.1.0
  std::string git_revision;  // of the source tree, "unknown" outside a checkout; "+" if modified
  std::string compiler;
  std::string flags;
  std::string blas;  // OpenBLAS's own description, with the kernel chosen at run time
};

BuildInfo build_info();

}  // namespace saddlescope

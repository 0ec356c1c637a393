#include "saddlescope/base/version.hpp"

#include <cblas.h>

#include "saddlescope/base/version_stamp.hpp"

namespace saddlescope {

BuildInfo build_info() {
  return {SADDLESCOPE_VERSION, SADDLESCOPE_GIT_REVISION, SADDLESCOPE_COMPILER, SADDLESCOPE_FLAGS,
          std::string(openblas_get_config()) + ", kernel " + openblas_get_corename()};
}

}  // namespace saddlescope

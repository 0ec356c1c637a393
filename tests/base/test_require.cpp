// require() and the build's own description.
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/summary.hpp"
#include "saddlescope/base/version.hpp"

namespace saddlescope {
namespace {

TEST_CASE("require passes silently or throws its formatted text") {
  CHECK_NOTHROW(require(true, "lambda: expected > 0, got {}", 1.5));
  CHECK_THROWS_WITH_AS(require(false, "lambda: expected > 0, got {}", -1.5),
                       "lambda: expected > 0, got -1.5", std::invalid_argument);
  CHECK_THROWS_WITH_AS(require(false, "{}: expected {} columns, got {}", "x", 3, 4),
                       "x: expected 3 columns, got 4", std::invalid_argument);
}

TEST_CASE("a summary is well only with the status ok") {
  CHECK(Summary{}.ok());
  for (const Status status :
       {Status::kUndecided, Status::kNotConverged, Status::kNotFinite, Status::kRefused})
    CHECK_FALSE(Summary{status, "why"}.ok());
}

TEST_CASE("the build describes itself") {
  const BuildInfo build = build_info();
  CHECK(build.version == "0.1.0");
  CHECK_FALSE(build.git_revision.empty());
  CHECK_FALSE(build.compiler.empty());
  CHECK(build.blas.find("OpenBLAS") != std::string::npos);
  CHECK(build.blas.find("kernel") != std::string::npos);
}

}  // namespace
}  // namespace saddlescope

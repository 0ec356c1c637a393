#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>

#include "base/include_arrows.hpp"

namespace saddlescope::test {
namespace {

TEST_CASE("the checker of includes sees an arrow that points the other way") {
  CHECK(wrong_arrow("data", R"(#include "saddlescope/network/architecture.hpp")") ==
        "data may not include network");
  CHECK(wrong_arrow("saddle", R"(#include "saddlescope/analysis/claim.hpp")") ==
        "saddle may not include analysis");
  CHECK(wrong_arrow("base", R"(  #  include <saddlescope/linalg/gemm.hpp>)") ==
        "base may not include linalg");
  CHECK(wrong_arrow("analysis", R"(#include "saddlescope/apps/verb.hpp")") ==
        "analysis may not include apps");
  CHECK(wrong_arrow("data", R"(#include "saddlescope/misc/helpers.hpp")") ==
        "data includes the unknown folder misc");
  CHECK(wrong_arrow("misc", R"(#include "saddlescope/base/types.hpp")") ==
        "the folder misc has no place in the order");
}

TEST_CASE("the checker of includes passes what is allowed") {
  CHECK_FALSE(wrong_arrow("network", R"(#include "saddlescope/data/dataset.hpp")"));
  CHECK_FALSE(wrong_arrow("network", R"(#include "saddlescope/network/architecture.hpp")"));
  CHECK_FALSE(wrong_arrow("apps", R"(#include "saddlescope/analysis/provenance.hpp")"));
  CHECK_FALSE(wrong_arrow("base", "#include <vector>"));
  CHECK_FALSE(wrong_arrow("base", R"(// see "saddlescope/linalg/gemm.hpp")"));
}

TEST_CASE("includes follow the order of the folders") {
  const char* root = std::getenv("SADDLESCOPE_SOURCE_DIR");
  REQUIRE_MESSAGE(root != nullptr, "SADDLESCOPE_SOURCE_DIR names the source tree");
  int includes = 0;
  for (const SourceFile& file : source_files(root)) {
    CAPTURE(file.path);
    std::ifstream stream(file.path);
    REQUIRE(stream.good());
    for (std::string line; std::getline(stream, line);) {
      const auto wrong = wrong_arrow(file.folder, line);
      CHECK_MESSAGE(!wrong, wrong.value_or(""));
      includes += included_folder(line).has_value() ? 1 : 0;
    }
  }
  CHECK(includes > 20);  // the search did look at the tree
}

}  // namespace
}  // namespace saddlescope::test

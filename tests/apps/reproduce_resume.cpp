// `saddlescope reproduce --all --full`, which takes days, killed and started again.
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("published sizes without images run what needs none, and go on where they were killed") {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  const std::vector<std::string> words = {"reproduce",    "--all", "--full",
                                          "--no-figures", "--out", out.string()};
  const fs::path first = out / "saddles-fig2" / "result.json";
  const auto there = [&] {
    std::error_code ignored;
    return fs::exists(first, ignored) && fs::exists(out / "index.md", ignored);
  };
  CHECK(run_program(words, {}, there).code == 128 + 9);
  REQUIRE(there());
  const std::string result = read_text(first);
  CHECK(contains(read_text(out / "index.md"), "not run: 27"));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  const Run again = run_program(words, {}, [&] { return std::chrono::steady_clock::now() > end; });
  CHECK(again.code == 128 + 9);
  CHECK(contains(again.out, "saddles-fig2: finished before"));
  CHECK(read_text(first) == result);
  CHECK_FALSE(fs::exists(out / "saddles-fig1"));  // on images
}

}  // namespace
}  // namespace saddlescope::test

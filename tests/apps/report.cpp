// `saddlescope report`: what it writes, says and refuses.
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a report shows what verbs wrote, with the words of every figure") {
  const TemporaryFolder folder;
  const fs::path out = folder / "all";
  REQUIRE(run_program({"verify", "--claims", "scalar-chains,energy-loss-bounds", "--quick",
                       "--seeds", "1", "--out", (out / "claims").string()})
              .code == 0);
  REQUIRE(run_program({"spectrum", "--data", "toy", "--hidden", "3,3", "--point", "origin", "--out",
                       (out / "origin").string()})
              .code == 0);
  std::ofstream(out / "half.json") << "{\"options\": ";
  const Run run = run_program({"report", out.string()});
  CHECK(run.err == "");
  CHECK(run.code == 0);
  CHECK(contains(run.out, "2 of 2  claims hold"));
  CHECK(contains(run.out, "could not be read: half.json: parse error at line 1"));
  CHECK(contains(run.out, "report.html ("));
  const std::string page = read_text(out / "report.html");
  CHECK(contains(page, "Hessian spectra of loss and energy at the same point"));
  CHECK(contains(page, "Claims: worst error of each relative to its tolerance"));
  CHECK(contains(page, "half.json"));
  CHECK(contains(page, ">strict saddle</td>"));
  const std::string markdown = read_text(out / "report.md");
  CHECK(contains(markdown, "](origin/spectrum.svg)"));
  CHECK(contains(markdown, "| scalar-chains | holds |"));
  CHECK(!contains(markdown, "\n\n\n"));
}

TEST_CASE("a folder without results is refused and stays as it is") {
  const TemporaryFolder folder;
  const auto refused = [](const fs::path& path, const std::string& text) {
    const Run run = run_program({"report", path.string()});
    CHECK(run.code == 2);
    CHECK(run.out == "");
    CAPTURE(run.err);
    CHECK(contains(run.err, text));
  };
  refused(folder / "absent", "expected a folder of results, found nothing");
  refused(folder / "", "expected results of saddlescope in it or below, found none");
  CHECK(folder.n_entries() == 0);
  const Run run = run_program({"report"});
  CHECK(run.code == 2);
  CHECK(contains(run.err, "report: DIR is required"));
}

}  // namespace
}  // namespace saddlescope::test

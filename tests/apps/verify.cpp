// What `saddlescope verify` prints, writes and returns.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("verify writes a table and json of the claims asked for and returns 0 when they hold") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  const Run run = run_program({"verify", "--claims", "scalar-chains,energy-loss-bounds", "--quick",
                               "--seeds", "1", "--no-figures", "--out", out.string()});
  CAPTURE(run.err);
  CHECK(run.code == 0);
  CHECK(contains(run.out, "scalar-chains"));
  CHECK(contains(run.out, "2 of 2 claims hold"));
  const auto json = nlohmann::json::parse(read_text(out / "verify.json"));
  CHECK(json["exit_code"] == 0);
  CHECK(json["options"]["seeds"] == 1);
  REQUIRE(json["claims"].size() == 2);
  CHECK(json["claims"][1]["verdict"] == "holds");
  const CsvTable table = read_csv(out / "verify.csv", true);
  REQUIRE(table.rows.size() == 2);
  CHECK(table.header[0] == "id");
  CHECK(table.rows[0][0] == "energy-loss-bounds");
}

TEST_CASE("verify draws the ratios of error and tolerance") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  const Run run = run_program(
      {"verify", "--claims", "scalar-chains", "--quick", "--seeds", "1", "--out", out.string()});
  CAPTURE(run.err);
  CHECK(run.code == 0);
  for (const char* file : {"verify.gp", "verify.svg", "verify.pdf", "verify.png"})
    CHECK_MESSAGE(fs::exists(out / file), file);
}

TEST_CASE("verify lists every claim with its source and runs nothing") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  const Run run = run_program({"verify", "--list", "--out", out.string()});
  CHECK(run.code == 0);
  CHECK(contains(run.out, "balance-identity"));
  CHECK(contains(run.out, "not yet reviewed"));
  CHECK(!fs::exists(out));
}

TEST_CASE("verify refuses unknown claims and seeds below one with exit code 2") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  const Run claim = run_program({"verify", "--claims", "scalar-chain", "--out", out.string()});
  CHECK(claim.code == 2);
  CHECK(contains(claim.err, "nearest known one is 'scalar-chains'"));
  const Run seeds = run_program({"verify", "--seeds", "0", "--out", out.string()});
  CHECK(seeds.code == 2);
  CHECK(contains(seeds.err, "--seeds: expected >= 1, got 0"));
  CHECK(!fs::exists(out));
}

}  // namespace
}  // namespace saddlescope::test

// Config files say what flags say.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

nlohmann::json summary_of(const std::filesystem::path& folder) {
  return nlohmann::json::parse(read_text(folder / "summary.json"));
}

}  // namespace

TEST_CASE("a config file gives the same options and the same eigenvalues as flags") {
  const TemporaryFolder folder;
  const std::string by_flags = folder / "flags", by_file = folder / "file";
  const std::string config = folder.file("run.toml",
                                         "[spectrum]\n"
                                         "data = \"toy\"  # the published toy\n"
                                         "hidden = [4, 3]\n"
                                         "precisions = [1, 0.5, 2]\n"
                                         "parameterisation = \"ntp\"\n"
                                         "point = \"init\"\n"
                                         "seed = 7\n"
                                         "no-figures = true\n");
  const Run flags = run_program({"spectrum", "--data", "toy", "--hidden", "4,3", "--precisions",
                                 "1,0.5,2", "--parameterisation", "ntp", "--point", "init",
                                 "--seed", "7", "--no-figures", "--out", by_flags});
  CAPTURE(flags.err);
  REQUIRE(flags.code == 0);
  const Run file = run_program({"spectrum", "--config", config, "--out", by_file});
  CAPTURE(file.err);
  REQUIRE(file.code == 0);
  CHECK(summary_of(by_flags)["options"] == summary_of(by_file)["options"]);
  CHECK(summary_of(by_file)["options"]["seed"] == 7);
  CHECK(read_text(std::filesystem::path(by_flags) / "spectrum.csv") ==
        read_text(std::filesystem::path(by_file) / "spectrum.csv"));
  // A flag beats the file.
  const Run both = run_program({"--config", config, "spectrum", "--seed", "8", "--out", by_file});
  REQUIRE(both.code == 0);
  CHECK(summary_of(by_file)["options"]["seed"] == 8);
}

TEST_CASE("unknown keys of a config file are refused by name") {
  const TemporaryFolder folder;
  const std::string out = folder / "results";
  for (const char* text : {"[spectrum]\nhiden = [3]\n", "hiden = 3\n", "[hiden]\nseed = 3\n"}) {
    const std::string config = folder.file("bad.toml", text);
    const Run run = run_program({"spectrum", "--config", config, "--out", out});
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, "hiden"));
    CHECK_FALSE(std::filesystem::exists(out));
  }
}

TEST_CASE("a config file that is not TOML is refused with the line") {
  const TemporaryFolder folder;
  const std::string out = folder / "results";
  for (const char* text : {"[spectrum]\nhidden = [10, 10\n", "[spectrum]\nseed = 1\nseed = 2\n",
                           "[spectrum]\ndata = toy\n", "[spectrum]\nhidden = []\n",
                           "[spectrum]\nhidden = [[1], [2]]\n"}) {
    const Run run =
        run_program({"spectrum", "--config", folder.file("bad.toml", text), "--out", out});
    CAPTURE(text);
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, "config file, line "));
    CHECK_FALSE(std::filesystem::exists(out));
  }
  // An array over several lines is TOML.
  CHECK(run_program(
            {"spectrum", "--no-figures", "--out", out, "--config",
             folder.file("good.toml", "[spectrum]\ndata = \"toy\"\nhidden = [\n  3,\n  3,\n]\n")})
            .code == 0);
}

TEST_CASE("a config file that is missing or has a value of the wrong type is refused") {
  const TemporaryFolder folder;
  CHECK(run_program({"spectrum", "--config", folder / "none.toml"}).code == 2);
  const std::string config = folder.file("bad.toml", "[spectrum]\nseed = \"many\"\n");
  const Run run = run_program({"spectrum", "--config", config, "--out", folder / "results"});
  CHECK(run.code == 2);
  CHECK(contains(run.err, "seed"));
}

TEST_CASE("every verb's help names its section of a configuration file") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> verbs = {
      {{"spectrum"}, "[spectrum]"},
      {{"saddle", "construct"}, "[saddle.construct]"},
      {{"inference", "mean-field"}, "[inference.mean-field]"}};
  for (const auto& [words, section] : verbs) {
    std::vector<std::string> asked = words;
    asked.emplace_back("--help");
    const Run help = run_program(asked);
    CHECK(help.code == 0);
    CHECK(contains(help.out, "--config FILE"));
    CHECK(contains(help.out, section));
  }
}

}  // namespace saddlescope::test

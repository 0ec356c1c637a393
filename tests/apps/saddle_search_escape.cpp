// What `saddlescope saddle search` and `saddlescope saddle escape` leave behind.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Run saddle(const std::string& verb, const fs::path& out, const Words& flags) {
  Words words = {"saddle",  verb, "--out",    out.string(), "--no-figures", "--data", "teacher",
                 "--input", "3",  "--output", "2",          "--hidden",     "3,3"};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

}  // namespace

TEST_CASE("a search counts every start once and certifies its strict saddles") {
  const TemporaryFolder folder;
  const fs::path out = folder / "search";
  const Run run = saddle("search", out, {"--starts", "20"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "gradient-flat"));
  const CsvTable table = read_csv(out / "points.csv", true);
  CHECK(table.rows.size() == 40);
  const auto json = nlohmann::json::parse(read_text(out / "search.json"));
  for (const char* objective : {"mse", "energy"}) {
    const auto& one = json.at("objectives").at(objective);
    Index ends = 0;
    for (const auto& [end, n] : one.at("ends").items()) ends += n.get<Index>();
    CHECK(ends == 20);
    const auto critical = one.at("ends").at("critical").get<Index>();
    CHECK(critical >= 5);
    const Hdf5Reader file(out / "search.h5");
    CHECK(file.matrix(fmt::format("/{}/theta", objective)).rows() == critical);
  }
  CHECK(fs::exists(out / "certificates.h5"));
}

TEST_CASE("a search continues where another stopped and gives the same numbers") {
  const TemporaryFolder folder;
  const fs::path whole = folder / "whole";
  const fs::path parts = folder / "parts";
  REQUIRE(saddle("search", whole, {"--starts", "12", "--threads", "2"}).code == 0);
  REQUIRE(saddle("search", parts, {"--starts", "5", "--threads", "1"}).code == 0);
  const Run rest = saddle("search", parts, {"--starts", "12", "--threads", "1"});
  REQUIRE(rest.code == 0);
  CHECK(contains(rest.out, "10 searches continued"));
  CHECK(read_text(whole / "points.csv") == read_text(parts / "points.csv"));
}

TEST_CASE("a search refuses to mix with another one and options that contradict each other") {
  const TemporaryFolder folder;
  const fs::path out = folder / "search";
  REQUIRE(saddle("search", out, {"--starts", "2"}).code == 0);
  const Run mixed = saddle("search", out, {"--starts", "2", "--seed", "1"});
  CHECK(mixed.code == 2);
  CHECK(contains(mixed.err, "other options or data"));
  CHECK(saddle("search", folder / "a", {"--index", "2"}).code == 2);
  CHECK(saddle("search", folder / "b", {"--point", "origin"}).code == 2);
  CHECK(saddle("search", folder / "c", {"--method", "newton"}).code == 2);
}

TEST_CASE("escapes from the origin take the predicted time under loss and energy") {
  const TemporaryFolder folder;
  const fs::path out = folder / "escape";
  const Run run = saddle("escape", out, {});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const auto json = nlohmann::json::parse(read_text(out / "escape.json"));
  for (const char* objective : {"mse", "energy"}) {
    const auto& one = json.at("objectives").at(objective);
    CHECK(one.at("order") == (std::string(objective) == "mse" ? 3 : 2));
    CHECK(std::abs(one.at("ratio").get<double>() - 1) <= 0.005);
    CHECK(one.at("balance_residual").get<double>() <= 1e-8);
    const Hdf5Reader file(out / "escape.h5");
    CHECK(file.vector(fmt::format("/{}/time", objective)).size() > 10);
  }
}

TEST_CASE("the run-away of noisy data and a point without escape are said in words") {
  const TemporaryFolder folder;
  const Run away = saddle("escape", folder / "away",
                          {"--noise", "0.5", "--objective", "energy", "--duration", "300"});
  REQUIRE(away.code == 0);
  CHECK(contains(away.out, "run-away"));
  const Run none = saddle("escape", folder / "none", {"--direction", "eigenvector"});
  REQUIRE(none.code == 0);
  CHECK(contains(none.out, "no descending direction"));
  const Run slope = saddle("escape", folder / "slope", {"--point", "init", "--skips"});
  REQUIRE(slope.code == 0);
  CHECK(contains(slope.out, "3-3-3-2, sp, skips, init"));
  CHECK(contains(slope.out, "not critical: "));
  CHECK(contains(slope.out, "saddle classify --polish"));
  CHECK_FALSE(contains(slope.out, "time predicted"));
  CHECK(saddle("escape", folder / "bad", {"--epsilon", "1", "--radius", "0.5"}).code == 2);
}

}  // namespace saddlescope::test

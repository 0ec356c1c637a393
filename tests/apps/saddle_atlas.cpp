// A small atlas: its files agree with each other and with theory.
#include <algorithm>
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
using Json = nlohmann::json;

Run atlas(const fs::path& out, const Words& flags) {
  Words words = {"saddle", "atlas", "--no-figures", "--out", out.string()};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

const Words kSmall = {"--problems", "1", "--depths", "2,3", "--points", "2"};

// Cells of a column by its name.
std::vector<std::string> column(const CsvTable& table, const std::string& name) {
  const auto found = std::find(table.header.begin(), table.header.end(), name);
  REQUIRE_MESSAGE(found != table.header.end(), name);
  const auto k = static_cast<std::size_t>(found - table.header.begin());
  std::vector<std::string> cells;
  for (const auto& row : table.rows) cells.push_back(row.at(k));
  return cells;
}

CsvTable table_of(const fs::path& file) { return read_csv(file, true); }

Index count_of(const std::vector<std::string>& cells, const std::string& value) {
  return std::count(cells.begin(), cells.end(), value);
}

}  // namespace

TEST_CASE("the files of an atlas agree with each other and with theory") {
  const TemporaryFolder folder;
  const fs::path out = folder / "atlas";
  const Run run = atlas(out, kSmall);
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "contradictions to the theory: 0"));
  const Json json = Json::parse(read_text(out / "atlas.json"));
  const CsvTable points = table_of(out / "points.csv"), census = table_of(out / "census.csv");
  const auto n = static_cast<Index>(points.rows.size());
  CHECK(n >= 50);
  CHECK(json.at("violations").empty());
  CHECK(json.at("undecided").empty());
  CHECK(json.at("provenance").contains("git_revision"));

  Index certified = 0;
  for (const std::string objective : {"mse", "energy"}) {
    CAPTURE(objective);
    const std::string label = objective == "mse" ? "loss" : "energy";
    const Json& total = json.at(label);
    CHECK(total.at("points") == n);
    const auto verdicts = column(points, objective + "_verdict");
    CHECK(total.at("critical") == n - count_of(verdicts, "not critical"));
    Index of_classes = 0;
    for (const auto& entry : total.at("verdicts").items()) {
      const std::string& name = entry.key();
      const auto number = entry.value().get<Index>();
      of_classes += number;
      const auto rows = column(census, name);
      const auto objectives = column(census, "objective");
      Index sum = 0;
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (objectives[i] == label) sum += std::stoll(rows[i]);
      CHECK_MESSAGE(sum == number, name);
    }
    CHECK(of_classes == total.at("critical"));
    const Index strict = count_of(verdicts, "strict saddle");
    CHECK(total.at("verdicts").at("strict saddle") == strict);
    CHECK(total.at("certificates") == strict);
    const auto certificates = column(points, objective + "_certificate");
    for (std::size_t i = 0; i < verdicts.size(); ++i)
      CHECK((certificates[i] != "-1") == (verdicts[i] == "strict saddle"));
    certified += strict;
  }
  CHECK(json.at("certificates").at("count") == certified);
  CHECK(json.at("certificates").at("replayed") == certified);
  const Run check = run_program({"saddle", "check", (out / "certificates.h5").string()});
  CHECK(check.code == 0);
  CHECK(contains(check.out, fmt::format("all {} certificates replay", certified)));

  // The loss at an origin without skips descends first at order L.
  const auto family = column(points, "family"), depth = column(points, "L");
  const auto skips = column(points, "skips"), data = column(points, "data");
  const auto verdict = column(points, "mse_verdict"), order = column(points, "mse_escape_order");
  Index origins = 0;
  for (std::size_t i = 0; i < family.size(); ++i) {
    if (family[i] != "origin" || skips[i] != "0" || data[i] == "uncorrelated") continue;
    CHECK(order[i] == depth[i]);
    CHECK((verdict[i] == "strict saddle") == (depth[i] == "2"));
    ++origins;
  }
  CHECK(origins >= 2);
  Index in_orders = 0;
  for (const std::string& cell : column(table_of(out / "orders.csv"), "points"))
    in_orders += std::stoll(cell);
  CHECK(in_orders == json.at("loss").at("verdicts").at("non-strict saddle"));

  const auto what = column(table_of(out / "findings.csv"), "what");
  CHECK(static_cast<std::size_t>(count_of(what, "counterexample")) ==
        json.at("counterexamples").size());
  CHECK(json.at("counterexamples").size() >= 4);
  CHECK(what.size() == json.at("counterexamples").size());

  // Times in units of log(r/epsilon) are 1/|lambda_min| to within the worst relative error w, so
  // the exponent is 1 to within -log(1 - w) over the spread of log |lambda_min|: with u the
  // deviations from the mean, sum |u|/sum u^2 <= 1/rms(u).
  const Json& escapes = json.at("escapes");
  const CsvTable timed = table_of(out / "escape.csv");
  const auto orders = column(timed, "order"), coefficient = column(timed, "coefficient");
  std::vector<double> steepness;
  for (std::size_t i = 0; i < orders.size(); ++i)
    if (orders[i] == "2") steepness.push_back(std::log(-2 * std::stod(coefficient[i])));
  double mean = 0, spread = 0;
  for (const double one : steepness) mean += one / static_cast<double>(steepness.size());
  for (const double one : steepness)
    spread += (one - mean) * (one - mean) / static_cast<double>(steepness.size());
  const double worst = escapes.at("worst_relative_error_strict");
  const double exponent = escapes.at("power_of_slowness").at("exponent");
  CHECK(escapes.at("power_of_slowness").at("points") == escapes.at("strict"));
  CHECK(std::abs(exponent - 1) <= -std::log1p(-worst) / std::sqrt(spread));

  const CsvTable transition = table_of(out / "transition.csv");
  const auto predicted = column(transition, "d_c"), found = column(transition, "found");
  const auto bound = column(transition, "bound");
  REQUIRE(predicted.size() == 4);
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double error = std::abs(std::stod(found[i]) - std::stod(predicted[i]));
    CHECK(error <= 1e-6);
    CHECK(error <= std::stod(bound[i]));
  }

  // atlas.h5 holds the columns of points.csv and a theta for each of its rows.
  const Hdf5Reader file(out / "atlas.h5");
  const auto value = column(points, "energy_value");
  const Vector values = file.vector("/points/energy/value");
  REQUIRE(values.size() == n);
  for (Index i = 0; i < n; ++i) CHECK(values[i] == std::stod(value[static_cast<std::size_t>(i)]));
  const Vector problem = file.vector("/points/problem");
  Index rows = 0;
  for (Index k = 0; k <= static_cast<Index>(problem.maxCoeff()); ++k)
    rows += file.matrix(fmt::format("/problems/{}/theta", k)).rows();
  CHECK(rows == n);
}

TEST_CASE("an atlas depends on its seed and not on the number of threads") {
  const TemporaryFolder folder;
  const fs::path one = folder / "one", two = folder / "two", other = folder / "other";
  const Words depth = {"--problems", "1", "--depths", "3", "--points", "2"};
  const auto with = [&](const Words& more) {
    Words words = depth;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  REQUIRE(atlas(one, with({"--threads", "1"})).code == 0);
  REQUIRE(atlas(two, with({"--threads", "2"})).code == 0);
  REQUIRE(atlas(other, with({"--seed", "1", "--no-check"})).code == 0);
  for (const char* file : {"points.csv", "census.csv", "orders.csv", "findings.csv"})
    CHECK_MESSAGE(read_text(one / file) == read_text(two / file), file);
  CHECK(read_text(one / "points.csv") != read_text(other / "points.csv"));
  const Json unchecked = Json::parse(read_text(other / "atlas.json"));
  CHECK_FALSE(unchecked.at("certificates").contains("replayed"));
}

TEST_CASE("config files say what flags of the atlas say") {
  const TemporaryFolder folder;
  const std::string config = folder.file(
      "run.toml", "[saddle.atlas]\nproblems = 1\ndepths = [2]\nkinds = [\"noisy\"]\npoints = 1\n");
  const fs::path by_file = folder / "file", by_flags = folder / "flags";
  const Run run = atlas(by_file, {"--config", config});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  REQUIRE(atlas(by_flags, {"--problems", "1", "--depths", "2", "--kinds", "noisy", "--points", "1"})
              .code == 0);
  CHECK(read_text(by_file / "points.csv") == read_text(by_flags / "points.csv"));
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[saddle.atlas]\nproblem = 1\n", "saddle.atlas.problem"},
      {"[saddle.atlass]\nproblems = 1\n", "saddle.atlass.problems"},
      {"[atlas]\nproblems = 1\n", "atlas.problems"}};
  for (const auto& [text, key] : wrong) {
    const Run bad = atlas(folder / "none", {"--config", folder.file("bad.toml", text)});
    CAPTURE(bad.err);
    CHECK(bad.code == 2);
    CHECK(contains(bad.err, "'" + key + "'"));
    CHECK_FALSE(fs::exists(folder / "none"));
  }
}

TEST_CASE("the atlas refuses bad input in one sentence and writes nothing") {
  const TemporaryFolder folder;
  const std::vector<std::pair<Words, Words>> refused = {
      {{"--nonsense"}, {"--nonsense"}},
      {{"--depths", "1"}, {"--depths", "2 to 12", "got 1"}},
      {{"--depths", "13"}, {"--depths", "got 13"}},
      {{"--depths", "none"}, {"--depths", "at least one"}},
      {{"--depths", "3,2,3"}, {"--depths", "3 twice"}},
      {{"--kinds", "nonsense"}, {"--kinds", "'nonsense'"}},
      {{"--kinds", "noisy,noisy"}, {"--kinds", "noisy twice"}},
      {{"--problems", "0"}, {"--problems", "got 0"}},
      {{"--problems", "x"}, {"--problems", "'x'"}},
      {{"--points", "0"}, {"--points", "got 0"}},
      {{"--max-width", "1"}, {"--max-width", "got 1"}},
      {{"--orbit-condition", "0.5"}, {"--orbit-condition", "got 0.5"}},
      {{"--orbit-condition", "nan"}, {"--orbit-condition", "'nan'"}},
      {{"--max-order", "1"}, {"--max-order", "got 1"}},
      {{"--seed", "-1"}, {"--seed", "'-1'"}},
      {{"--threads", "-2"}, {"--threads", "got -2"}},
  };
  for (const auto& [flags, expected] : refused) {
    const Run run = atlas(folder / "none", flags);
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    for (const std::string& word : expected) CHECK(contains(run.err, word));
    CHECK_FALSE(fs::exists(folder / "none"));
  }
  const std::string file = folder.file("file", "kept");
  const Run run = atlas(file, kSmall);
  CHECK(run.code == 2);
  CHECK(contains(run.err, "found a file"));
  CHECK(read_text(file) == "kept");
}

}  // namespace saddlescope::test

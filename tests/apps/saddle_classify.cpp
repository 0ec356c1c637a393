// What `saddlescope saddle classify` says about a point, and that its files say the same again.
#include <algorithm>
#include <cmath>
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
using Words = std::vector<std::string>;
using Json = nlohmann::json;

Run classify(const fs::path& out, const Words& flags) {
  Words words = {"saddle", "classify", "--no-figures", "--out", out.string()};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

Json json_of(const fs::path& folder, const char* file = "classification.json") {
  return Json::parse(read_text(folder / file));
}

Words files_of(const fs::path& folder) {
  return {"--network", (folder / "network.h5").string(), "--data",
          "h5:" + (folder / "data.h5").string()};
}

// `made` reaches the classifier through its files.
Json classified(const TemporaryFolder& folder, const Words& made, const Words& flags = {}) {
  const fs::path point = folder / "point", out = folder / "found";
  Words construct = {"saddle", "construct", "--out", point.string()};
  construct.insert(construct.end(), made.begin(), made.end());
  const Run built = run_program(construct);
  CAPTURE(built.err);
  REQUIRE(built.code == 0);
  Words words = files_of(point);
  words.insert(words.end(), flags.begin(), flags.end());
  const Run run = classify(out, words);
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  return json_of(out);
}

// What does not depend on the machine's load or the number of threads.
Json without_time(Json json) {
  json.erase("wall_seconds");
  json.at("provenance").erase("threads");
  return json;
}

const Json& objective(const Json& json, const std::string& name) {
  return json.at("objectives").at(name);
}

}  // namespace

TEST_CASE("the origin of three layers is strict for the energy only and its files replay") {
  const TemporaryFolder folder;
  const fs::path out = folder / "origin";
  const Run run = classify(out, {"--data", "teacher", "--hidden", "4,4"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "VERDICT"));
  const Json json = json_of(out);
  for (const char* name : {"mse", "energy"}) {
    CAPTURE(name);
    const Json& one = objective(json, name);
    for (const char* key :
         {"value", "gradient_norm", "n_negative", "n_zero", "n_positive", "symmetry_nullity",
          "excess_nullity", "lambda_min", "verdict", "is_global", "escape_order", "certificate"})
      CHECK_MESSAGE(one.contains(key), key);
    // 5 x 4 + 4 x 4 + 4 x 3 weights; the orbit of the origin is the origin.
    CHECK(one.at("n_negative").get<int>() + one.at("n_zero").get<int>() +
              one.at("n_positive").get<int>() ==
          48);
    CHECK(one.at("symmetry_nullity") == 0);
    CHECK(one.at("excess_nullity") == one.at("n_zero"));
    CHECK(one.at("gradient_norm") == 0);
    CHECK(one.at("is_global") == false);
  }
  CHECK(objective(json, "mse").at("verdict") == "non-strict saddle");
  CHECK(objective(json, "mse").at("escape_order") == 3);
  CHECK(objective(json, "mse").at("certificate").is_null());
  // -I (x) Sigma_yy in the last block: each of three negative eigenvalues four times.
  const Json& energy = objective(json, "energy");
  CHECK(energy.at("verdict") == "strict saddle");
  CHECK(energy.at("n_negative") == 12);
  CHECK(energy.at("escape_order") == 2);
  const Json& certificate = energy.at("certificate");
  CHECK(certificate.at("file") == "certificate_energy.h5");
  REQUIRE(certificate.at("claims").size() == 2);
  CHECK(contains(certificate.at("claims")[0].get<std::string>(), "|gradient| <= "));
  CHECK(contains(certificate.at("claims")[1].get<std::string>(), "lambda_min <= -"));
  // The bound is on the side that proves it, and as sharp as the eigenvector.
  const double lambda_min = energy.at("lambda_min").get<double>();
  const double bound = certificate.at("curvature_bound").get<double>();
  CHECK(bound == doctest::Approx(lambda_min).epsilon(1e-10));
  CHECK_FALSE(fs::exists(out / "certificate_mse.h5"));
  const Run check = run_program({"saddle", "check", (out / "certificate_energy.h5").string()});
  CHECK(check.code == 0);
  CHECK(contains(check.out, "replay"));
}

TEST_CASE("the files a classification leaves give the same numbers to both verbs") {
  const TemporaryFolder folder;
  const fs::path first = folder / "first", again = folder / "again", seen = folder / "spectrum";
  REQUIRE(classify(first, {"--data", "toy", "--hidden", "3,3", "--lambda", "2", "--skips",
                           "--parameterisation", "mupc", "--point", "zero-rank"})
              .code == 0);
  REQUIRE(classify(again, files_of(first)).code == 0);
  CHECK(json_of(first).at("objectives") == json_of(again).at("objectives"));
  CHECK(json_of(first).at("network").at("checksum") == json_of(again).at("network").at("checksum"));
  CHECK(read_text(first / "eigenvalues.csv") == read_text(again / "eigenvalues.csv"));
  Words spectrum = {"spectrum", "--point", "network", "--no-figures", "--out", seen.string()};
  const Words files = files_of(first);
  spectrum.insert(spectrum.end(), files.begin(), files.end());
  const Run run = run_program(spectrum);
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  for (const char* name : {"mse", "energy"}) {
    const Json found = objective(json_of(first), name);
    const Json other = json_of(seen, "summary.json").at("objectives").at(name);
    for (const char* key : {"n_negative", "n_zero", "n_positive"})
      CHECK(found.at(key) == other.at(key));
    // The same Hessian to rounding; lambda_min is of order 1.
    CHECK(std::abs(found.at("value").get<double>() - other.at("value").get<double>()) <= 1e-13);
    CHECK(std::abs(found.at("lambda_min").get<double>() - other.at("lambda_min").get<double>()) <=
          1e-12);
  }
}

// d_c = 1: below it a local minimum that is not global, at it a saddle of order 3, above it strict.
TEST_CASE("the bottleneck changes its type under the energy at its transition") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"0.5", "local minimum"}, {"1", "non-strict saddle"}, {"2", "strict saddle"}};
  for (const auto& one : expected) {
    const std::string& d = one.first;
    const std::string& verdict = one.second;
    CAPTURE(d);
    const TemporaryFolder folder;
    const Json json = classified(folder, {"bottleneck", "--d", d});
    const Json& energy = objective(json, "energy");
    CHECK(energy.at("verdict") == verdict);
    CHECK(energy.at("is_global") == false);
    CHECK(energy.at("lower_bound").get<double>() == doctest::Approx(0.5).epsilon(1e-13));
    CHECK(energy.at("value").get<double>() == doctest::Approx(0.75).epsilon(1e-13));
    CHECK(energy.at("escape_order") ==
          (d == "0.5" ? Json() : Json(verdict == "strict saddle" ? 2 : 3)));
    CHECK(energy.at("certificate").is_null() == (verdict != "strict saddle"));
    const Json& loss = objective(json, "mse");
    CHECK(loss.at("verdict") == "local minimum");
    CHECK(loss.at("is_global") == true);
  }
}

TEST_CASE("points of rank r are strict and uncorrelated ones as theory has them") {
  {
    const TemporaryFolder folder;
    const Json json = classified(folder, {"rank-r", "--hidden", "4,4", "--subset", "1,3"});
    CHECK(objective(json, "mse").at("is_global") == false);
    CHECK(objective(json, "energy").at("verdict") == "strict saddle");
  }
  {  // n_{L-1} = 6 exceeds the rank of x: hypothesis (B).
    const TemporaryFolder folder;
    const Json json = classified(folder, {"uncorrelated", "--hidden", "6"});
    CHECK(objective(json, "energy").at("verdict") == "strict saddle");
    CHECK(objective(json, "mse").at("is_global") == true);
  }
  for (const bool strict : {true, false}) {  // eigenvalues 0 and w^2 - 1
    const TemporaryFolder folder;
    const Json json = classified(folder, {"uncorrelated-scalar", "--w", strict ? "0.5" : "2"});
    const Json& energy = objective(json, "energy");
    CHECK(energy.at("verdict") == (strict ? "strict saddle" : "local minimum"));
    CHECK(energy.at("is_global") == false);
    CHECK(energy.at("lambda_min").get<double>() ==
          doctest::Approx(strict ? -0.75 : 0).epsilon(1e-13));
  }
}

TEST_CASE("a point that is not critical has no counts until they are asked for") {
  const TemporaryFolder folder;
  const Words point = {"--data", "teacher", "--hidden", "4", "--point", "init"};
  const fs::path out = folder / "found";
  const Run plain = classify(out, point);
  REQUIRE(plain.code == 0);
  CHECK(contains(plain.out, "not critical"));
  CHECK(contains(plain.out, "--any-point"));
  CHECK_FALSE(fs::exists(out / "eigenvalues.csv"));
  const Json before = json_of(out);
  Words asked = point;
  asked.emplace_back("--any-point");
  REQUIRE(classify(out, asked).code == 0);
  const Json after = json_of(out);
  for (const char* name : {"mse", "energy"}) {
    const Json& one = objective(before, name);
    CHECK(one.at("verdict") == "not critical");
    CHECK(one.at("gradient_norm").get<double>() > 0.1);
    for (const char* key : {"n_negative", "n_zero", "n_positive", "symmetry_nullity",
                            "excess_nullity", "lambda_min", "escape_order", "certificate"})
      CHECK_MESSAGE(one.at(key).is_null(), key);
    const Json& looked = objective(after, name);
    CHECK(looked.at("verdict") == "not critical");
    CHECK(looked.at("gradient_norm") == one.at("gradient_norm"));
    CHECK(looked.at("n_negative").get<int>() + looked.at("n_zero").get<int>() +
              looked.at("n_positive").get<int>() ==
          32);
    CHECK(looked.at("escape_order") == 1);
    CHECK(looked.at("certificate").is_null());
  }
}

TEST_CASE("polishing far from any critical point says why it stopped and what helps") {
  const TemporaryFolder folder;
  const Run run = classify(folder / "found",
                           {"--data", "teacher", "--hidden", "4", "--point", "init", "--polish"});
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "no Newton step decreases it"));
  CHECK(contains(run.out, "saddle search tries other starts"));
}

TEST_CASE("one thread and two classify alike and an earlier run leaves nothing behind") {
  const TemporaryFolder folder;
  const Words strict = {"--data", "toy", "--hidden", "3"};
  const auto with = [&](const char* threads) {
    Words words = strict;
    words.insert(words.end(), {"--threads", threads});
    return words;
  };
  const fs::path one = folder / "one", two = folder / "two";
  REQUIRE(classify(one, with("1")).code == 0);
  REQUIRE(classify(two, with("2")).code == 0);
  CHECK(without_time(json_of(one)) == without_time(json_of(two)));
  CHECK(fs::exists(one / "certificate_mse.h5"));
  // Now in the same folder with figures, then a point without curvature: no file of the first is left.
  Words drawn = {"saddle", "classify", "--out", one.string()};
  drawn.insert(drawn.end(), strict.begin(), strict.end());
  REQUIRE(run_program(drawn).code == 0);
  REQUIRE(classify(one, {"--data", "toy", "--hidden", "3", "--point", "init"}).code == 0);
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(one)) left.push_back(entry.path().filename());
  std::sort(left.begin(), left.end());
  CHECK(left == std::vector<std::string>{"classification.json", "data.h5", "network.h5"});
}

TEST_CASE("config files say what flags of classify say and are refused by the name of the key") {
  const TemporaryFolder folder;
  const fs::path by_flags = folder / "flags", by_file = folder / "file";
  const std::string config =
      folder.file("run.toml", "[saddle.classify]\ndata = \"toy\"\nhidden = [3, 2]\nlambda = 2\n");
  REQUIRE(classify(by_flags, {"--data", "toy", "--hidden", "3,2", "--lambda", "2"}).code == 0);
  REQUIRE(classify(by_file, {"--config", config}).code == 0);
  CHECK(without_time(json_of(by_flags)) == without_time(json_of(by_file)));
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[saddle.classify]\nhiden = [3]\n", "saddle.classify.hiden"},
      {"[saddle.clasify]\nhidden = [3]\n", "saddle.clasify.hidden"},
      {"[saddle]\nhidden = [3]\n", "saddle.hidden"},
      {"[classify]\nhidden = [3]\n", "classify.hidden"}};
  for (const auto& [text, key] : wrong) {
    const Run run = classify(folder / "none", {"--config", folder.file("bad.toml", text)});
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, "'" + key + "'"));
    CHECK_FALSE(fs::exists(folder / "none"));
  }
}

TEST_CASE("classify refuses bad input in one sentence and writes nothing") {
  const TemporaryFolder folder;
  REQUIRE(classify(folder / "toy", {"--data", "toy", "--hidden", "3"}).code == 0);
  const std::string network = (folder / "toy" / "network.h5").string();
  const std::string text = folder.file("text.h5", "not HDF5");
  const std::vector<std::pair<Words, Words>> refused = {
      {{"--nonsense"}, {"--nonsense"}},
      {{"--max-order", "1"}, {"--max-order", "2 to 32", "got 1"}},
      {{"--max-order", "33"}, {"--max-order", "got 33"}},
      {{"--objective", "foo"}, {"--objective", "'foo'"}},
      {{"--objective", "mse,mse"}, {"--objective", "twice"}},
      {{"--lambda", "nan"}, {"--lambda", "'nan'"}},
      {{"--precisions", "1,-1,1"}, {"recision", "-1"}},
      {{"--threads", "-1"}, {"--threads", "got -1"}},
      {{"--point", "saddle"}, {"--point", "'saddle'"}},
      {{"--network", folder / "missing.h5"}, {"missing.h5"}},
      {{"--network", text}, {"text.h5"}},
      {{"--network", network, "--data", "teacher"}, {"2", "5"}},
      {{"--network", network, "--data", "h5:" + text}, {"text.h5"}},
      {{"--network", network, "--hidden", "3"}, {"--hidden", "network file"}},
  };
  for (const auto& [flags, expected] : refused) {
    const Run run = classify(folder / "none", flags);
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    for (const std::string& word : expected) CHECK(contains(run.err, word));
    CHECK_FALSE(fs::exists(folder / "none"));
  }
  const Run file = classify(text, {"--data", "toy"});
  CHECK(file.code == 2);
  CHECK(contains(file.err, "found a file"));
  CHECK(read_text(text) == "not HDF5");
}

TEST_CASE("saddle without a verb or with an unknown one lists the verbs") {
  for (const Words& words : {Words{"saddle"}, Words{"saddle", "nonsense"}}) {
    const Run run = run_program(words);
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    for (const char* verb : {"atlas", "check", "classify", "construct", "escape", "search"})
      CHECK(contains(run.err, verb));
    CHECK(contains(run.err, words.back()));
  }
}

}  // namespace saddlescope::test

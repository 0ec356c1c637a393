// What `saddlescope inference condition` leaves behind.
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"
#include "saddlescope/network/network_file.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Run condition(const fs::path& out, const Words& flags) {
  Words words = {"inference", "condition", "--out", out.string()};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

nlohmann::json result(const fs::path& out) {
  return nlohmann::json::parse(read_text(out / "condition.json"));
}

TEST_CASE("condition writes the eigenvalues with their bounds and what descent makes of them") {
  const TemporaryFolder folder;
  const Words flags = {"--width", "12", "--hidden-layers", "9", "--parameterisation", "mupc"};
  const Run run = condition(folder / "a", flags);
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const auto json = result(folder / "a");
  CHECK(json.at("dimension") == 108);
  const double low = json.at("lambda_min"), high = json.at("lambda_max");
  CHECK(std::abs(json.at("condition_number").get<double>() - high / low) <= 1e-15 * high / low);
  CHECK(json.at("relative_error_bound").get<double>() <= 1e-6);
  CHECK(json.at("seconds").get<double>() > 0);
  CHECK(json.at("verdict") == "proved");
  CHECK(json.at("proved").at("lambda_min_below").get<double>() <= low);
  CHECK(json.at("proved").at("lambda_max_above").get<double>() >= high);
  CHECK(json.at("gradient_descent").at("largest_stable_step") == 2 / high);
  CHECK(json.at("options").at("parameterisation") == "mupc");
  CHECK(json.at("provenance").contains("git_revision"));
}

TEST_CASE("condition gives the same numbers on one thread and on two") {
  const TemporaryFolder folder;
  const Words flags = {"--width", "20", "--hidden-layers", "12", "--skips"};
  for (const char* threads : {"1", "2"}) {
    Words more = flags;
    more.insert(more.end(), {"--threads", threads});
    REQUIRE(condition(folder / threads, more).code == 0);
  }
  auto one = result(folder / "1"), two = result(folder / "2");
  for (auto* json : {&one, &two})
    for (const char* key : {"seconds", "network_seconds", "provenance"}) json->erase(key);
  CHECK(one.dump() == two.dump());
}

TEST_CASE("condition reads a network file and its activity decay") {
  const TemporaryFolder folder;
  Network network;
  network.architecture = make_architecture({.widths = {2, 3, 4, 2}});
  network.theta = Vector::Zero(network.architecture.n_parameters());
  network.activity_decay = 0.5;
  write_network(folder / "n.h5", network);
  const Run run = condition(folder / "a", {"--network", (folder / "n.h5").string()});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(std::abs(result(folder / "a").at("lambda_min").get<double>() - 1.5) <= 1e-14);
}

TEST_CASE("condition exits 0 where rounding leaves kappa undecided, and says so") {
  const TemporaryFolder folder;
  const Run run = condition(folder / "a", {"--width", "16", "--hidden-layers", "80", "--skips",
                                           "--init", "normal", "--output", "2"});
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "undecided"));
  const auto json = result(folder / "a");
  CHECK(json.at("verdict") == "undecided");
  CHECK(json.at("relative_error_bound").is_null());
  CHECK(json.at("proved").at("condition_number_below").get<double>() > 1e12);
}

TEST_CASE("condition refuses bad flags with exit code 2 and writes nothing") {
  const TemporaryFolder folder;
  const auto refused = [&](const Words& flags, const char* text) {
    const Run run = condition(folder / "bad", flags);
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, text));
    CHECK_FALSE(fs::exists(folder / "bad"));
  };
  refused({"--tolerance", "0"}, "--tolerance");
  refused({"--tolerance", "two"}, "tolerance");
  refused({"--width", "0"}, "expected >= 1");
  refused({"--parameterisation", "np"}, "expected sp, ntp or mupc");
  refused({"--activity-decay", "-1"}, "--activity-decay");
  refused({"--network", (folder / "none.h5").string()}, "none.h5");
  refused({"--width", "100000", "--hidden-layers", "1000"}, "available");
}

}  // namespace
}  // namespace saddlescope::test

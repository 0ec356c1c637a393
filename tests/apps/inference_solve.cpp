// What `saddlescope inference solve` leaves behind.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/network/network_file.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Run solve(const fs::path& out, const Words& flags) {
  Words words = {"inference", "solve", "--out", out.string()};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words);
}

Words small(const Words& flags) {
  Words words = {"--no-figures", "--data", "teacher",  "--input", "3", "--output", "2",
                 "--samples",    "5",      "--hidden", "4,4,4"};
  words.insert(words.end(), flags.begin(), flags.end());
  return words;
}

nlohmann::json certificate(const fs::path& out) {
  return nlohmann::json::parse(read_text(out / "certificate.json"));
}

}  // namespace

// The blocks of H_z and the source are assembled here from the files alone.
TEST_CASE("the activities written solve the equilibrium's equation, a sample per row") {
  const TemporaryFolder folder;
  const fs::path out = folder / "solve";
  const Run run = solve(out, small({"--activity-decay", "0.2"}));
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "5/5"));
  const Network network = read_network(out / "network.h5");
  CHECK(network.activity_decay == 0.2);
  const Hdf5Reader data(out / "data.h5");
  const Hdf5Reader file(out / "activities.h5");
  CHECK(file.children("/z") == Words{"1", "2", "3"});
  Matrix z(12, 5);
  for (int l = 0; l < 3; ++l) {
    const Matrix layer = file.matrix(fmt::format("/z/{}", l + 1));
    REQUIRE(layer.rows() == 5);
    REQUIRE(layer.cols() == 4);
    z.middleRows(4 * l, 4) = layer.transpose();
  }
  const Matrix H = activity_hessian<double>(network.architecture, network.theta, 0.2).dense();
  const Matrix b =
      activity_source<double>(network.architecture, network.theta, data.matrix("/x").transpose(),
                              data.matrix("/y").transpose());
  CHECK((H * z - b).norm() <= 1e-12 * b.norm());
  CHECK(file.text("/", "verdict").value_or("") == "converged");
  CHECK(file.vector("/energy").size() == 5);
  CHECK(file.vector("/verdict").norm() == 0);
  CHECK(read_csv(out / "certificate.csv", true).rows.size() == 5);
}

TEST_CASE("a saved network gives the same activities by every solver") {
  const TemporaryFolder folder;
  REQUIRE(solve(folder / "first", small({"--solver", "closed"})).code == 0);
  const Run run =
      solve(folder / "all", {"--network", (folder / "first/network.h5").string(), "--data",
                             "h5:" + (folder / "first/data.h5").string(), "--no-figures",
                             "--solver", "block,descent,momentum,cg,euler,heun,dopri5"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  const Matrix z = Hdf5Reader(folder / "first/activities.h5").matrix("/z/2");
  CHECK((Hdf5Reader(folder / "all/activities.h5").matrix("/z/2") - z).norm() <= 1e-10 * z.norm());
  const auto json = certificate(folder / "all");
  REQUIRE(json.at("solvers").size() == 7);
  for (const auto& one : json.at("solvers")) {
    CHECK(one.at("verdict") == "converged");
    CHECK(one.at("samples").at("converged") == 5);
    CHECK(one.at("relative_distance").get<double>() <= 1e-10);
  }
  CHECK(json.at("conditioning").at("dimension") == 12);
  CHECK(read_csv(folder / "all/solve.csv", true).rows.size() > 50);
}

TEST_CASE("verdicts that are not converged are results and said in words") {
  const TemporaryFolder folder;
  const Run away = solve(folder / "away", small({"--solver", "descent", "--step", "5"}));
  CHECK(away.code == 0);
  CHECK(contains(away.out, "diverging"));
  CHECK(contains(away.out, "2/lambda_max"));
  CHECK(certificate(folder / "away").at("solvers").at(0).at("verdict") == "diverging");
  const Run early = solve(folder / "early", small({"--solver", "cg", "--max-steps", "2"}));
  CHECK(early.code == 0);
  CHECK(contains(early.out, "0/5"));
  CHECK(contains(early.out, "expected 1.0e-10"));
}

TEST_CASE("a path is drawn for solvers with steps") {
  const TemporaryFolder folder;
  const Run run = solve(folder / "drawn", {"--data", "teacher", "--input", "3", "--output", "2",
                                           "--hidden", "4,4", "--solver", "descent,cg"});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  CHECK(fs::exists(folder / "drawn/solve.gp"));
  CHECK_FALSE(contains(read_text(folder / "drawn/solve.gp"), "Chebyshev bound"));
  const auto solvers = certificate(folder / "drawn").at("solvers");
  const double predicted = solvers.at(1).at("predicted_rate");
  const double measured = solvers.at(1).at("measured_rate");
  CHECK(std::abs(std::log(measured) / std::log(predicted) - 1) <= 0.05);
  CHECK(fs::exists(folder / "drawn/solve.png"));
}

TEST_CASE("bad solve options are refused with the flag's name") {
  const TemporaryFolder folder;
  const auto refused = [&](const Words& flags, const char* flag) {
    const Run run = solve(folder / "bad", small(flags));
    CAPTURE(run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, flag));
  };
  refused({"--solver", "newton"}, "--solver");
  refused({"--solver", "cg,cg"}, "--solver");
  refused({"--tolerance", "0"}, "--tolerance");
  refused({"--max-steps", "0"}, "--max-steps");
  refused({"--step", "0.1"}, "--step");
  refused({"--solver", "descent", "--step", "-1"}, "--step");
  refused({"--solver", "descent", "--momentum", "0.5"}, "--momentum");
  refused({"--start", "random"}, "--start");
  refused({"--activity-decay", "-1"}, "--activity-decay");
  refused({"--solver", "closed", "--activity-decay", "1"}, "--solver closed");
  CHECK_FALSE(fs::exists(folder / "bad/certificate.json"));
}

}  // namespace saddlescope::test

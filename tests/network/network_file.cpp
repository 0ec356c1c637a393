// Networks written and read back, and every way in which a file can be wrong.
#include "saddlescope/network/network_file.hpp"

#include <cmath>
#include <functional>
#include <limits>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/hdf5.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryFolder;
using testing::Problem;
using testing::random_problem;
using testing::random_problems;

TEST_CASE("networks are read back bit for bit") {
  const TemporaryFolder folder;
  std::vector<Problem> problems = random_problems();
  problems.push_back(random_problem(std::vector<Index>(13, 2), true, 7));  // group 10 before 2
  for (Problem& problem : problems) {
    problem.theta(0) = 1.0 / 3;
    problem.theta.tail(1)(0) = -std::numeric_limits<double>::denorm_min();
    problem.architecture.scales.back() = -0.1;
    const Network network{problem.architecture, problem.theta, "mupc", 0.3};
    write_network(folder / "network.h5", network);
    const Network got = read_network(folder / "network.h5");
    CHECK(got.architecture == network.architecture);
    CHECK(got.theta == network.theta);
    CHECK(got.parameterisation == "mupc");
    CHECK(got.gamma == 0.3);
  }
  CHECK(folder.n_entries() == 1);
}

TEST_CASE("weights alone make a network with the defaults") {
  const TemporaryFolder folder;
  const Matrix W_1{{1, 2, 3}, {4, 5, 6}};
  const Matrix W_2{{7, 8}};
  Hdf5Writer writer(folder / "plain.h5");
  writer.matrix("/layers/2/weight", W_2);
  writer.matrix("/layers/1/weight", W_1);
  writer.commit();
  const Network network = read_network(folder / "plain.h5");
  CHECK(network.architecture == Architecture{{3, 2, 1}, {1, 1}, {0, 0}, {1, 1}});
  CHECK(weight(network.architecture, network.theta, 0) == W_1);
  CHECK(weight(network.architecture, network.theta, 1) == W_2);
  CHECK(network.parameterisation.empty());
  CHECK(network.gamma == 1);
}

// The message with which a good file of two layers (2 x 3 and 2 x 2) is refused after `change`,
// without the file's name, which it must begin with.
std::string refusal(const std::function<void(Hdf5Writer&)>& change) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "network.h5";
  Hdf5Writer writer(file);
  writer.matrix("/layers/1/weight", Matrix::Ones(2, 3));
  writer.matrix("/layers/2/weight", Matrix::Ones(2, 2));
  change(writer);
  writer.commit();
  const std::string message = message_of<std::invalid_argument>([&] { (void)read_network(file); });
  const std::string prefix = file.string() + ": ";
  CHECK(message.substr(0, prefix.size()) == prefix);
  return message.size() > prefix.size() ? message.substr(prefix.size()) : message;
}

std::string root_refusal(const std::string& name, const auto& value) {
  return refusal([&](Hdf5Writer& writer) { writer.attribute("/", name, value); });
}

std::string layer_refusal(const std::string& group, const std::string& name, const auto& value) {
  return refusal([&](Hdf5Writer& writer) { writer.attribute(group, name, value); });
}

TEST_CASE("attributes that would be overlooked are refused by name") {
  CHECK(
      contains(refusal([](Hdf5Writer& writer) { writer.attribute("/layers/2", "Precision", 2.0); }),
               "found 'Precision'"));
  CHECK(contains(refusal([](Hdf5Writer& writer) {
                   writer.attribute("/layers/2/weight", "skip", std::int64_t{1});
                 }),
                 "attribute skip: expected on the group /layers/2"));
}

TEST_CASE(
    "activations and placements and losses of no known name are refused with the known ones") {
  CHECK(root_refusal("format_version", std::int64_t{2}) ==
        "attribute format_version: expected 1, found 2");
  CHECK(root_refusal("activation", "tan") ==
        "attribute activation: expected identity, tanh, hard-tanh, relu, leaky-relu, gelu, selu, "
        "silu or softplus, got 'tan'; did you mean 'tanh'?");
  CHECK(root_refusal("placement", "both") ==
        "attribute placement: expected pre or post, got 'both'");
  CHECK(root_refusal("loss", "hinge") == "attribute loss: expected mse or ce, got 'hinge'");
  CHECK(root_refusal("activity_decay", -0.1) ==
        "attribute activity_decay: expected a finite number >= 0, found -0.1");
  CHECK(refusal([](Hdf5Writer& w) { w.vector("/layers/1/gate", Vector::Zero(2)); }) ==
        "/layers/1: expected only the datasets weight and bias, found 'gate'");
}

TEST_CASE("biases on some layers only or of the wrong size are refused") {
  CHECK(refusal([](Hdf5Writer& w) { w.vector("/layers/2/bias", Vector::Zero(2)); }) ==
        "/layers/2/bias: expected a bias on every layer or on none, found none on layer 1 and one "
        "here");
  CHECK(refusal([](Hdf5Writer& w) { w.vector("/layers/1/bias", Vector::Zero(2)); }) ==
        "/layers/2/bias: expected a bias on every layer or on none, found one on layer 1 and none "
        "here");
  CHECK(refusal([](Hdf5Writer& w) { w.vector("/layers/1/bias", Vector::Zero(3)); }) ==
        "/layers/1/bias: expected 2 entries (the rows of the weight), found 3");
}

TEST_CASE("nonlinear networks are read back bit for bit and refused where linear ones are meant") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "network.h5";
  RandomStream stream(3, "test");
  Network network;
  network.architecture = {
      {3, 2, 2, 4},      {1, 0.5, 2},      {0, 1, 0}, {1, 2, 3},
      Activation::kGelu, Placement::kPost, true,      OutputLoss::kCrossEntropy};
  network.theta = stream.normal_matrix(network.architecture.n_parameters(), 1);
  network.activity_decay = 0.25;
  const auto reread = [&] {
    write_network(file, network);
    const Network got = read_network(file);
    CHECK(got.architecture == network.architecture);
    CHECK(got.theta == network.theta);
    CHECK(got.activity_decay == 0.25);
    return message_of<std::invalid_argument>([&] { require_linear(got, "net.h5"); });
  };
  CHECK(contains(reread(), "net.h5: attribute activation: expected identity"));
  network.architecture.activation = Activation::kIdentity;
  CHECK(contains(reread(), "net.h5: /layers/1/bias: expected none"));
  network.architecture.biases = false;
  network.theta = Vector(network.theta.head(network.architecture.n_parameters()));
  CHECK(contains(reread(), "net.h5: attribute loss: expected mse"));
  network.architecture.loss = OutputLoss::kMse;
  write_network(file, network);
  CHECK_NOTHROW(require_linear(read_network(file), "net.h5"));
}

TEST_CASE("attributes of the wrong type are refused") {
  CHECK(contains(root_refusal("activation", 1.0), "attribute activation: expected text"));
  CHECK(contains(root_refusal("gamma", "large"), "attribute gamma: expected a number"));
  CHECK(contains(layer_refusal("/layers/1", "scale", "NTP"),
                 "/layers/1: attribute scale: expected a number"));
  CHECK(contains(layer_refusal("/layers/1", "scale", std::nan("")),
                 "/layers/1: attribute scale: expected a finite number"));
}

TEST_CASE("layers that are missing or do not chain are refused") {
  CHECK(refusal([](Hdf5Writer& w) { w.matrix("/layers/4/weight", Matrix::Ones(1, 2)); }) ==
        "/layers: expected groups 1 .. L without a gap, found 4 of 3 groups");
  for (const char* name : {"output", "0", "03", "-1", "3x"}) {
    CAPTURE(name);
    const std::string group = fmt::format("/layers/{}", name);
    CHECK(refusal([&](Hdf5Writer& w) { w.matrix(group + "/weight", Matrix::Ones(1, 2)); }) ==
          fmt::format("/layers: expected groups named 1 .. 3, found '{}'", name));
  }
  CHECK(refusal([](Hdf5Writer& w) { w.matrix("/layers/3/weight", Matrix::Ones(1, 3)); }) ==
        "/layers/3/weight: expected 2 columns (the rows of layer 2), found 3");
  CHECK(contains(refusal([](Hdf5Writer& w) { w.group("/layers/3"); }),
                 "/layers/3/weight: expected a matrix, found nothing of that name"));

  const TemporaryFolder folder;
  Hdf5Writer empty(folder / "empty.h5");
  empty.attribute("/", "format_version", std::int64_t{1});
  empty.commit();
  CHECK(contains(
      message_of<std::invalid_argument>([&] { (void)read_network(folder / "empty.h5"); }),
      "empty.h5: /layers: expected groups 1 .. L with a weight each, found nothing of that name"));
  Hdf5Writer none(folder / "none.h5");
  none.group("/layers");
  none.commit();
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)read_network(folder / "none.h5"); }),
                 "none.h5: /layers: expected groups 1 .. L, found none"));
}

TEST_CASE("weights and layer attributes out of range are refused") {
  CHECK(contains(refusal([](Hdf5Writer& w) {
                   w.matrix("/layers/3/weight", Matrix::Constant(1, 2, std::nan("")));
                 }),
                 "/layers/3/weight: row 0, column 0 (counted from 0): expected a finite number"));
  CHECK(refusal([](Hdf5Writer& w) { w.matrix("/layers/3/weight", Matrix(0, 2)); }) ==
        "/layers/3/weight: expected at least one row and one column, found 0 x 2");
  CHECK(layer_refusal("/layers/2", "skip", 0.5) ==
        "/layers/2: attribute skip: expected 0 or 1, found 0.5");
  CHECK(layer_refusal("/layers/1", "skip", std::int64_t{1}) ==
        "/layers/1: attribute skip: expected 0 where the weight is not square (2 x 3), found 1");
  CHECK(layer_refusal("/layers/2", "precision", 0.0) ==
        "/layers/2: attribute precision: expected > 0, found 0");
}

TEST_CASE("files that are missing or not HDF5 are refused with their name") {
  const TemporaryFolder folder;
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)read_network(folder / "no.h5"); }),
                 "no.h5"));
  const std::filesystem::path text = folder.file("text.h5", "weights");
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)read_network(text); }),
                 "text.h5: expected an HDF5 file"));
}

TEST_CASE("a network that would not read back is refused before anything is written") {
  const TemporaryFolder folder;
  const Problem problem = random_problem({3, 2}, false, 8);
  const auto message = [&](const Network& network) {
    return message_of<std::invalid_argument>([&] { write_network(folder / "bad.h5", network); });
  };
  Vector theta = problem.theta;
  CHECK(contains(message({problem.architecture, theta.head(5), "", 1}),
                 "bad.h5: parameters to write: expected 6, got 5"));
  CHECK(contains(message({problem.architecture, theta, "", std::nan("")}),
                 "bad.h5: gamma: expected a finite number, got nan"));
  theta(3) = std::nan("");
  CHECK(contains(message({problem.architecture, theta, "", 1}),
                 "bad.h5: parameters to write: expected finite numbers, got nan at entry 3"));
  Architecture architecture = problem.architecture;
  architecture.precisions = {-1};
  CHECK(contains(message({architecture, problem.theta, "", 1}), "precision pi_1"));
  CHECK(folder.n_entries() == 0);
}

}  // namespace
}  // namespace saddlescope

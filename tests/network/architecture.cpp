// The flat parameter vector, its layer views and what counts as an architecture.
#include "saddlescope/network/architecture.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/base/quad.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using testing::Problem;
using testing::random_problems;

TEST_CASE("the layers' weights lie one after the other column by column") {
  const Architecture net{{3, 2, 4}, {1, 1}, {0, 0}, {1, 1}};
  CHECK(net.depth() == 2);
  CHECK(net.n_parameters() == 14);
  CHECK(net.offset(0) == 0);
  CHECK(net.offset(1) == 6);
  CHECK(net.offset(2) == 14);
  const Vector theta = Vector::LinSpaced(14, 0, 13);
  const auto W_1 = weight(net, theta, 0);
  const auto W_2 = weight(net, theta, 1);
  CHECK(W_1.rows() == 2);
  CHECK(W_1.cols() == 3);
  CHECK(W_1(1, 0) == 1);
  CHECK(W_1(0, 1) == 2);
  CHECK(W_2.rows() == 4);
  CHECK(W_2(0, 0) == 6);
  CHECK(W_2(3, 1) == 13);
}

TEST_CASE("the layer views share the memory of theta and cover it without overlap") {
  for (const Problem& problem : random_problems()) {
    const Architecture& net = problem.architecture;
    Vector theta = Vector::Zero(net.n_parameters());
    for (Index l = 0; l < net.depth(); ++l) weight(net, theta, l).array() += 1;
    CHECK(theta == Vector::Ones(net.n_parameters()));
    Vector copied(net.n_parameters());
    for (Index l = 0; l < net.depth(); ++l) weight(net, copied, l) = weight(net, problem.theta, l);
    CHECK(copied == problem.theta);
  }
}

template <class T>
void check_effective_maps(const Problem& problem) {
  const Architecture& net = problem.architecture;
  const VectorOf<T> theta = problem.theta.cast<T>();
  const std::vector<MatrixOf<T>> maps = effective_maps(net, theta);
  REQUIRE(static_cast<Index>(maps.size()) == net.depth());
  for (Index l = 0; l < net.depth(); ++l) {
    const auto at = static_cast<std::size_t>(l);
    for (Index j = 0; j < net.cols(l); ++j)
      for (Index i = 0; i < net.rows(l); ++i) {
        const T skip = i == j ? T(net.skips[at]) : T(0);
        CHECK(maps[at](i, j) ==
              T(net.scales[at]) * theta(net.offset(l) + i + j * net.rows(l)) + skip);
      }
  }
}

TEST_CASE("a layer's bias follows its weights and the views cover theta without overlap") {
  const Architecture net{{3, 2, 4},         {1, 1},           {0, 0}, {1, 1},
                         Activation::kTanh, Placement::kPost, true};
  CHECK(net.n_parameters() == 20);
  CHECK(net.offset(1) == 8);
  CHECK(net.bias_offset(0) == 6);
  CHECK(net.bias_offset(1) == 16);
  Vector theta = Vector::Zero(20);
  for (Index l = 0; l < net.depth(); ++l) {
    weight(net, theta, l).array() += 1;
    bias(net, theta, l).array() += 2;
  }
  CHECK((theta.array() > 0).all());
  CHECK(theta.sum() == 14 + 2 * 6);
  CHECK(bias(net, theta, 1) == Vector::Constant(4, 2));
  const Architecture without{{3, 2}, {1}, {0}, {1}};
  CHECK(message_of<std::invalid_argument>([&] { (void)bias(without, theta, 0); }) ==
        "bias of layer 1: expected a network with biases, got one without");
}

TEST_CASE(
    "the activation stands before the weights or after the sum but never on x or at the output") {
  Architecture net{{2, 2, 2, 2}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}, Activation::kRelu};
  const auto pattern = [&] {
    std::vector<int> out;
    for (Index l = 0; l < 3; ++l)
      out.push_back((net.activates_input(l) ? 1 : 0) + (net.activates_sum(l) ? 2 : 0));
    return out;
  };
  CHECK(pattern() == std::vector<int>{0, 1, 1});
  net.placement = Placement::kPost;
  CHECK(pattern() == std::vector<int>{2, 2, 0});
  net.activation = Activation::kIdentity;
  CHECK(pattern() == std::vector<int>{0, 0, 0});
}

TEST_CASE("effective maps are refused for networks that are not linear") {
  Architecture net{{3, 2}, {1}, {0}, {1}, Activation::kTanh};
  const auto message = [&] {
    const Vector theta = Vector::Zero(net.n_parameters());
    return message_of<std::invalid_argument>([&] { (void)effective_maps(net, theta); });
  };
  CHECK(message() == "effective maps: expected a linear network, got activation tanh");
  net.activation = Activation::kIdentity;
  net.biases = true;
  CHECK(message() == "effective maps: expected a network without biases, got biases");
  net.biases = false;
  net.loss = OutputLoss::kCrossEntropy;
  CHECK(message() == "effective maps: expected loss mse, got ce");
}

TEST_CASE("the effective map is the scaled weight plus the skip") {
  for (const Problem& problem : random_problems()) {
    check_effective_maps<double>(problem);
    check_effective_maps<Quad>(problem);
  }
}

TEST_CASE("what is not an architecture is refused with field and expected and got") {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Architecture good{{3, 2, 2, 4}, {1, 1, 1}, {0, 1, 0}, {1, 1, 1}};
  CHECK_NOTHROW(check(good));
  const auto message = [&](auto&& break_it) {
    Architecture bad = good;
    break_it(bad);
    return message_of<std::invalid_argument>([&] { check(bad); });
  };
  CHECK(message([](auto& a) { a.scales.clear(); }) ==
        "scales: expected one per layer and at least one layer, got none");
  CHECK(message([](auto& a) { a.widths.pop_back(); }) == "widths: expected 4 (n_0 .. n_L), got 3");
  CHECK(message([](auto& a) { a.skips.push_back(0); }) ==
        "skips: expected 3 (one per layer), got 4");
  CHECK(message([](auto& a) { a.precisions.pop_back(); }) ==
        "precisions: expected 3 (one per layer), got 2");
  CHECK(message([](auto& a) { a.widths[0] = 0; }) == "width n_0: expected >= 1, got 0");
  CHECK(message([](auto& a) { a.widths[3] = -2; }) == "width n_3: expected >= 1, got -2");
  CHECK(message([](auto& a) { a.widths[0] = Index{1} << 60; }) ==
        "widths: expected fewer than 2^53 parameters, got 2.31e+18");
  CHECK(message([](auto& a) { a.scales[1] = 1 / 0.0; }) ==
        "scale a_2: expected a finite number, got inf");
  CHECK(message([](auto& a) { a.skips[1] = 2; }) == "skip tau_2: expected 0 or 1, got 2");
  CHECK(message([](auto& a) { a.skips[2] = 1; }) ==
        "skip tau_3: expected equal widths n_2 = n_3, got 2 and 4");
  CHECK(message([](auto& a) { a.precisions[0] = 0; }) ==
        "precision pi_1: expected a finite number > 0, got 0");
  CHECK(contains(message([](auto& a) { a.precisions[2] = kNan; }),
                 "precision pi_3: expected a finite number > 0, got nan"));
}

TEST_CASE("views of a vector of the wrong length or of a layer that is not there are refused") {
  const Architecture net{{3, 2}, {1}, {0}, {1}};
  const Vector theta = Vector::Zero(5);
  CHECK(message_of<std::invalid_argument>([&] { (void)weight(net, theta, 0); }) ==
        "parameter vector: expected 6 entries, got 5");
  CHECK(message_of<std::invalid_argument>([&] { (void)effective_maps(net, theta); }) ==
        "parameter vector: expected 6 entries, got 5");
  const Vector whole = Vector::Zero(6);
  CHECK(message_of<std::invalid_argument>([&] { (void)weight(net, whole, 1); }) ==
        "layer index: expected 0 .. 0, got 1");
}

}  // namespace
}  // namespace saddlescope

// The rescaling of units of positively homogeneous networks: invariance, zero modes, verdicts.
#include "saddlescope/saddle/rescaling.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"

#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/objective_classification.hpp"

namespace saddlescope {
namespace {

using testing::network_problem;
using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

Architecture network(Activation activation, Placement placement, int skip = 0, bool biases = true) {
  return {{3, 4, 4, 2}, {1, 1, 1}, {0, skip, 0}, {1, 1, 1}, activation, placement, biases};
}

// At any point, critical or not: the derivative of the loss along a tangent of an invariance is 0,
// and H g_k = -(derivative of g_k along itself) grad, which |H G| <= |G| |grad| bounds.
TEST_CASE("the loss does not change along the tangents, whatever the placement") {
  for (const Activation activation : {Activation::kRelu, Activation::kLeakyRelu})
    for (const Placement placement : {Placement::kPre, Placement::kPost}) {
      const NetworkProblem p = network_problem(network(activation, placement), 0, {}, 5, 81);
      const Matrix G = rescaling_directions(p.architecture, p.theta);
      REQUIRE(G.cols() == 8);
      const auto here = network_loss(p.architecture, {p.x, p.y, "random"})->at(p.theta).point;
      const Vector g = here->gradient();
      CHECK(g.norm() > 0.1);
      CHECK((G.transpose() * g).norm() <= 1e3 * kEps * G.norm() * here->gradient_magnitude());
      const Matrix HG = here->hessian() * G;
      for (Index k = 0; k < G.cols(); ++k) CHECK(HG.col(k).norm() <= 2 * g.norm());
    }
}

TEST_CASE("units at identity skips, and of other activations, have no tangents") {
  const auto columns = [](const Architecture& net) {
    RandomStream stream(1, "weights");
    return rescaling_directions(net, stream.normal_matrix(net.n_parameters(), 1)).cols();
  };
  CHECK(columns(network(Activation::kRelu, Placement::kPost, 1)) == 0);  // skip into z_2 from z_1
  CHECK(columns(network(Activation::kTanh, Placement::kPost)) == 0);
  CHECK(columns(network(Activation::kSelu, Placement::kPre)) == 0);
  Architecture four = {{3, 4, 4, 4, 2},   {1, 1, 1, 1},    {0, 0, 1, 0}, {1, 1, 1, 1},
                       Activation::kRelu, Placement::kPre, false};
  CHECK(columns(four) == 4);  // z_1 alone
}

// Targets that the network itself makes: a global minimum of both, critical, whose hidden errors
// vanish. Both Hessians have the orbit's tangents as zero modes. (With biases a unit that no sample
// brings to its kink would make one more: its bias and the next layer's move together.)
TEST_CASE("at a fit the tangents are zero modes of loss and energy and the split says so") {
  for (const Placement placement : {Placement::kPre, Placement::kPost}) {
    NetworkProblem p =
        network_problem(network(Activation::kLeakyRelu, placement, 0, false), 0, {}, 40, 83);
    p.y = p.energy().predict(p.theta, p.x);
    const Dataset data{p.x, p.y, "fit"};
    const Matrix G = rescaling_directions(p.architecture, p.theta);
    const auto check = [&](const Objective<double>& objective) {
      CAPTURE(objective.name());
      const Classification found = classify(objective, 0, 4, p.theta, {}, G);
      CAPTURE(found.reason);
      CHECK(found.symmetry_nullity == 8);
      CHECK(found.inertia.n_negative == 0);
      CHECK(found.excess_nullity == found.inertia.n_zero - 8);
      CHECK(found.verdict ==
            (found.excess_nullity == 0 ? PointVerdict::kLocalMinimum : PointVerdict::kUndecided));
      CHECK(found.excess_nullity == 0);
      // Without the generators every zero is in excess, and signs within the threshold stay open.
      const Classification plain = classify(objective, 0, 4, p.theta);
      CHECK(plain.symmetry_nullity == 0);
      CHECK(plain.excess_nullity == 8);
      CHECK(plain.verdict == PointVerdict::kUndecided);
    };
    check(*network_loss(p.architecture, data));
    check(*network_equilibrated_energy(p.energy(), data));
  }
}

// Tangents that are none: the split finds that H G is not 0 and credits nothing to the symmetry.
TEST_CASE("directions that are no zero modes are found out") {
  NetworkProblem p =
      network_problem(network(Activation::kLeakyRelu, Placement::kPost), 0, {}, 40, 83);
  p.y = p.energy().predict(p.theta, p.x);
  Matrix G = rescaling_directions(p.architecture, p.theta);
  G.topRows(5) *= -1;
  const Classification found =
      classify(*network_loss(p.architecture, {p.x, p.y, "fit"}), 0, 4, p.theta, {}, G);
  CHECK(found.excess_nullity == -1);
  CHECK(found.verdict == PointVerdict::kUndecided);
}

}  // namespace
}  // namespace saddlescope

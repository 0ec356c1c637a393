#include "saddlescope/saddle/orbit_transition.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "predictions.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/saddle/constructions.hpp"
#include "saddlescope/saddle/counterexamples.hpp"
#include "saddlescope/saddle/orbit.hpp"

namespace saddlescope {
namespace {

using testing::objective_of;

// d = exp(s): the diagonal scaling of the one hidden unit.
TEST_CASE("the transition of the bottleneck is found to its closed form within the stated error") {
  for (const BottleneckOptions& options : {BottleneckOptions{},
                                           {1, 0.5, 1.5, 2, 1, 1},
                                           {2.3, 0.1, 2.7, 0.4, 1, 1},
                                           {0.9, 0.85, 4, 1, 0.5, 1},
                                           {1, 0.9, 10, 3, 2, 1}}) {
    const Construction built = bottleneck(options);
    const auto energy = objective_of(LinearObjective::kEnergy, built.architecture, built.data);
    TransitionOptions scan_options;
    scan_options.from = -6;
    scan_options.to = 5;
    scan_options.samples = 24;
    const TransitionScan scan = find_transitions(
        *energy,
        [&](double s) {
          return orbit_path(built.architecture, built.point.theta, {Matrix::Constant(1, 1, -1)}, s);
        },
        scan_options);
    CHECK(scan.summary.ok());
    CHECK(scan.persistent_zeros == 1);
    REQUIRE(scan.transitions.size() == 1);
    const Transition& found = scan.transitions[0];
    CHECK(found.negative_before == 0);
    CHECK(found.negative_after == 1);
    CHECK(found.slope < 0);
    const double expected = std::log(bottleneck_transition(options));
    CHECK(std::abs(found.s - expected) <= found.error);
    // d_c = exp(s): relative error of d_c is that of s.
    CHECK(found.error <= 1e-7);
  }
}

// The same along d itself, with a sample that hits the transition exactly.
TEST_CASE("a sample at the transition itself is set aside") {
  const Construction built = bottleneck({});
  const auto energy = objective_of(LinearObjective::kEnergy, built.architecture, built.data);
  TransitionOptions options;
  options.from = 0.5;
  options.to = 1.5;
  options.samples = 5;
  const TransitionScan scan = find_transitions(
      *energy,
      [](double d) {
        BottleneckOptions at;
        at.d = d;
        return bottleneck(at).point.theta;
      },
      options);
  CHECK(scan.n_skipped == 1);
  CHECK(scan.s.size() == 4);
  REQUIRE(scan.transitions.size() == 1);
  CHECK(std::abs(scan.transitions[0].s - 1) <= scan.transitions[0].error);
  CHECK(scan.transitions[0].error <= 1e-9);
}

// L = 3 with n_2 = 1 < d_y = 2 and data of the bottleneck: A_1 passes x on, the orbit scales the
// hidden units of layer 2.
TEST_CASE("a deeper bottleneck changes type where a dense scan sees its sign change") {
  const Construction two = bottleneck({1.2, 0.5, 2, 1.5, 1, 1});
  const Architecture net{{2, 2, 1, 2}, {1, 0.8, 1.3}, {0, 0, 0}, {50, 1.1, 1.5}};
  const Matrix A_1 = 2 * Matrix::Identity(2, 2);
  Matrix A_2 = Matrix::Zero(1, 2);
  A_2(0, 0) = 0.5;
  Matrix A_3 = Matrix::Zero(2, 1);
  A_3(0, 0) = std::sqrt(1.2);
  const Vector theta = weights_of(net, {A_1, A_2, A_3});
  const auto energy = objective_of(LinearObjective::kEnergy, net, two.data);
  const auto path = [&](double s) {
    return orbit_path(net, theta, {Matrix::Zero(2, 2), Matrix::Constant(1, 1, -1)}, s);
  };
  TransitionOptions options;
  options.from = -3;
  options.to = 3;
  options.samples = 13;
  const TransitionScan scan = find_transitions(*energy, path, options);
  CHECK(scan.summary.ok());
  REQUIRE(!scan.transitions.empty());
  for (const Transition& found : scan.transitions) CHECK(found.error <= 1e-9);

  options.samples = 601;
  const TransitionScan dense = find_transitions(*energy, path, options);
  REQUIRE(dense.transitions.size() == scan.transitions.size());
  for (std::size_t i = 0; i < scan.transitions.size(); ++i)
    CHECK(std::abs(dense.transitions[i].s - scan.transitions[i].s) <=
          dense.transitions[i].error + scan.transitions[i].error);
  // On either side, by 1e-6, the count is the one before and the one after.
  for (const Transition& found : scan.transitions)
    for (const double side : {-1e-6, 1e-6}) {
      const auto at =
          testing::measured_spectrum(LinearObjective::kEnergy, net, two.data, path(found.s + side));
      CHECK((at.eigenvalues.array() < -at.error).count() ==
            (side < 0 ? found.negative_before : found.negative_after));
    }
}

TEST_CASE("the loss has no transition along a bottleneck orbit") {
  const Construction built = bottleneck({});
  const auto mse = objective_of(LinearObjective::kMse, built.architecture, built.data);
  TransitionOptions options;
  options.from = -2;
  options.to = 2;
  const TransitionScan scan = find_transitions(
      *mse,
      [&](double s) {
        return orbit_path(built.architecture, built.point.theta, {Matrix::Constant(1, 1, 1)}, s);
      },
      options);
  CHECK(scan.summary.ok());
  CHECK(scan.transitions.empty());
}

}  // namespace
}  // namespace saddlescope

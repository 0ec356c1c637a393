// Gradient flows against closed forms, their balance laws, and the run-away of the energy.
#include "saddlescope/saddle/gradient_flow.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "support/formula_objective.hpp"
#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/saddle/flow_system.hpp"

namespace saddlescope {
namespace {

using testing::quadratic;

// delta(t) = exp(-H t) delta(0).
TEST_CASE("the flow of a quadratic follows its exponentials") {
  Matrix H = Matrix::Zero(3, 3);
  H.diagonal() << -0.5, 0, 2;
  const Vector center = Vector::Constant(3, 1);
  Vector displacement(3);
  displacement << 1e-6, 2e-6, -3e-6;
  FlowOptions options;
  options.duration = 10;
  options.records = 20;
  const FlowResult flow = gradient_flow(quadratic(H, center), center, displacement, options);
  CHECK(flow.end == FlowEnd::kDuration);
  CHECK(flow.time == 10);
  // A tolerance of 1e-10 a step, some hundred steps, growth e^5 of early errors of 1e-16 in theta.
  const Vector delta = flow.theta - center;
  CHECK(delta[0] == doctest::Approx(1e-6 * std::exp(5)).epsilon(1e-7));
  CHECK(delta[1] == doctest::Approx(2e-6).epsilon(1e-9));
  CHECK(std::abs(delta[2] + 3e-6 * std::exp(-20)) <= 1e-14);
  CHECK(flow.records.front().time == 0);
  CHECK(flow.records.back().time == 10);
  CHECK(flow.records.size() >= 20);
  CHECK(flow.records.size() <= 41);
  CHECK(flow.records.front().radius == doctest::Approx(displacement.norm()));
}

TEST_CASE("the share of the duration that is told rises to one") {
  std::vector<double> shares;
  FlowOptions options;
  options.duration = 4;
  options.progress = [&](double share) { shares.push_back(share); };
  const Vector center = Vector::Zero(2);
  const FlowResult flow =
      gradient_flow(quadratic(Matrix::Identity(2, 2), center), center, Vector::Ones(2), options);
  CHECK(static_cast<Index>(shares.size()) == flow.steps);
  CHECK(std::is_sorted(shares.begin(), shares.end()));
  CHECK(shares.front() > 0);
  CHECK(shares.back() == 1);
}

TEST_CASE("the exit is found on the continuous output whatever the steps") {
  const Matrix H = -0.3 * Matrix::Identity(2, 2);
  const Vector center = Vector::Zero(2);
  Vector displacement(2);
  displacement << 3e-5, 4e-5;
  for (const double tolerance : {1e-6, 1e-9, 1e-12}) {
    FlowOptions options;
    options.radius = 0.02;
    options.tolerance = tolerance;
    const FlowResult flow = gradient_flow(quadratic(H, center), center, displacement, options);
    CHECK(flow.end == FlowEnd::kRadius);
    CHECK(flow.records.back().radius == doctest::Approx(0.02).epsilon(1e-12));
    CHECK(std::abs(flow.time - std::log(400.0) / 0.3) <= 1e3 * tolerance);
  }
}

// The law holds for every scale, skip and precision. Residual: 1e-10 a step, over a few hundred.
TEST_CASE("the balance laws hold along the flows of loss and energy") {
  for (const auto& problem : testing::random_problems()) {
    if (problem.architecture.depth() < 2) continue;
    for (const LinearObjective which : {LinearObjective::kMse, LinearObjective::kEnergy}) {
      const LinearLandscape place(which, problem.architecture, problem.data);
      FlowOptions options;
      options.duration = 5;
      const FlowResult flow = gradient_flow(place, Vector::Zero(place.objective().dim()),
                                            place.reduced().reduce(problem.theta), options);
      CHECK(flow.summary.ok());
      CHECK(flow.balance_residual <= 1e-8);
      CHECK(flow.records.back().value < flow.records.front().value);
    }
  }
}

// The energy's hidden errors make the balance change, so a vanishing residual is not an accident of
// a balance that stays.
TEST_CASE("inference moves the balance and the loss keeps it") {
  const auto problem = testing::random_problem({4, 3, 3, 2}, false, 3);
  for (const LinearObjective which : {LinearObjective::kMse, LinearObjective::kEnergy}) {
    const LinearLandscape place(which, problem.architecture, problem.data);
    const auto system = flow::linear_system(place);
    const Vector from = place.reduced().reduce(problem.theta);
    FlowOptions options;
    options.duration = 5;
    const FlowResult flow = gradient_flow(place, Vector::Zero(from.size()), from, options);
    const std::vector<double> none(static_cast<std::size_t>(system->n_integrals()), 0);
    const auto balance = system->balance(from, flow.theta, none.data());
    if (which == LinearObjective::kMse)
      CHECK(balance.defect <= 1e-8 * balance.scale);
    else
      CHECK(balance.defect >= 1e-3 * balance.scale);
  }
}

TEST_CASE("both overloads follow the same flow") {
  const auto problem = testing::random_problem({3, 3, 2}, false, 4);
  const LinearLandscape place(LinearObjective::kEnergy, problem.architecture, problem.data);
  const Vector from = place.reduced().reduce(problem.theta);
  FlowOptions options;
  options.duration = 2;
  const Vector a = gradient_flow(place, Vector::Zero(from.size()), from, options).theta;
  const Vector b = gradient_flow(place.objective(), Vector::Zero(from.size()), from, options).theta;
  CHECK((a - b).norm() <= 1e-8 * a.norm());
}

// theta' = -theta reaches 1e-9 of its gradient at t = log(1e9) = 20.7.
TEST_CASE("the flow ends where its gradient has decayed") {
  const FlowResult flow = gradient_flow(quadratic(Matrix::Identity(2, 2), Vector::Zero(2)),
                                        Vector::Zero(2), Vector::Constant(2, 1));
  CHECK(flow.end == FlowEnd::kStationary);
  CHECK(flow.time == doctest::Approx(20.7).epsilon(0.1));
}

LinearLandscape teacher(double noise, LinearObjective which = LinearObjective::kEnergy) {
  TeacherOptions options;
  options.input = 3;
  options.output = 2;
  options.noise = noise;
  options.seed = 2;
  ArchitectureOptions net;
  net.widths = {3, 3, 2};
  return {which, make_architecture(net), linear_teacher(options)};
}

TEST_CASE("the energy of noisy data runs away and that of realisable data does not") {
  for (const double noise : {0.5, 0.0}) {
    const LinearLandscape place = teacher(noise);
    RandomStream stream(5, "start");
    const Vector from = initialise(place.reduced().architecture(), {}, stream);
    FlowOptions options;
    options.duration = 300;
    const FlowResult flow = gradient_flow(place, Vector::Zero(from.size()), from, options);
    CAPTURE(noise);
    CHECK(flow.balance_residual <= 1e-8);
    CHECK(flow.runaway.found == (noise > 0));
    if (noise > 0) {
      CHECK(flow.end == FlowEnd::kDuration);
      CHECK(flow.runaway.S_growth > 1.01);
      CHECK(flow.runaway.weight_growth > 1.01);
      CHECK(test::contains(flow.runaway.message, "run-away"));
      // The loss has converged to its least-squares value.
      const double least = teacher(noise, LinearObjective::kMse).lower_bound().value;
      CHECK(flow.records.back().loss == doctest::Approx(least).epsilon(0.02));
    }
  }
}

TEST_CASE("a flow says where its steps ran out and refuses options that make no sense") {
  const auto f = quadratic(Matrix::Identity(2, 2), Vector::Zero(2));
  const Vector zero = Vector::Zero(2);
  const Vector one = Vector::Constant(2, 1);
  FlowOptions options;
  options.max_steps = 5;
  const FlowResult flow = gradient_flow(f, zero, one, options);
  CHECK(flow.end == FlowEnd::kStepLimit);
  CHECK(flow.summary.status == Status::kNotConverged);
  CHECK(flow.time < 100);
  options.duration = 0;
  CHECK_THROWS_AS((void)gradient_flow(f, zero, one, options), std::invalid_argument);
  CHECK_THROWS_AS((void)gradient_flow(f, zero, Vector::Zero(3)), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

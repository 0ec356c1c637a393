// When a run is called converged, capped, stalled or diverging.
#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "problems.hpp"

#include "saddlescope/inference/equilibrium.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::solve;

EquilibriumOptions with(EquilibriumSolver solver, Index max_steps = 100000) {
  EquilibriumOptions options;
  options.solver = solver;
  options.max_steps = max_steps;
  return options;
}

// One hidden unit: H_z = 1 + w^2, b = w (x + y).
Problem scalar_net(double w, double x, double y) {
  Problem p = testing::random_problem({1, 1, 1}, false, 1);
  p.architecture.scales = {1, 1};
  p.architecture.precisions = {1, 1};
  p.theta = Vector::Constant(2, w);
  p.data.x = Matrix::Constant(1, 1, x);
  p.data.y = Matrix::Constant(1, 1, y);
  return p;
}

// A rule that looks at |z| alone stops at z = 0 beside a small network and never at |z| = 1.
TEST_CASE("convergence is judged by the gradient and not by the activities") {
  for (const EquilibriumSolver solver : testing::solvers()) {
    if (is_direct(solver)) continue;
    CAPTURE(name(solver));
    EquilibriumOptions options = with(solver, 1);
    if (has_step(solver)) options.step = 1e-3;
    options.start = ActivityStart::kZero;
    const Problem small = scalar_net(1e-3, 0, 1);
    if (has_step(solver)) CHECK(solve(small, options).verdict != EquilibriumVerdict::kConverged);

    const Problem unit = scalar_net(1, 1, 1);  // z* = 1
    options.start = ActivityStart::kGiven;
    options.given = Matrix::Constant(1, 1, 1);
    const Equilibrium at_rest = solve(unit, options);
    CHECK(at_rest.verdict == EquilibriumVerdict::kConverged);
    CHECK(at_rest.samples.front().steps == 0);
    CHECK(at_rest.z(0, 0) == 1);
  }
}

TEST_CASE("the steps counted are those that it takes") {
  const Problem p = testing::initialised(Parameterisation::kSp, 5, 3, false, 1, 2);
  for (const EquilibriumSolver solver : testing::solvers()) {
    if (is_direct(solver)) continue;
    CAPTURE(name(solver));
    const Equilibrium whole = solve(p, with(solver));
    REQUIRE(whole.verdict == EquilibriumVerdict::kConverged);
    const Index steps = whole.samples.front().steps;
    REQUIRE(steps > 3);
    CHECK(solve(p, with(solver, steps)).z == whole.z);
    const Equilibrium early = solve(p, with(solver, steps / 2));
    CHECK(early.samples.front().steps == steps / 2);
    CHECK(early.verdict == EquilibriumVerdict::kCapped);
  }
}

// 2/lambda_max for descent, Euler and Heun, 2(1 + beta)/lambda_max with momentum.
TEST_CASE("steps just beyond the stable ones diverge and just below them do not") {
  for (const Problem& p : testing::inference_problems()) {
    const Conditioning conditioning = activity_conditioning(p.architecture, p.theta, {});
    for (const EquilibriumSolver solver :
         {EquilibriumSolver::kDescent, EquilibriumSolver::kEuler, EquilibriumSolver::kHeun,
          EquilibriumSolver::kMomentum}) {
      CAPTURE(name(solver));
      EquilibriumOptions options = with(solver, 20000);
      double largest = 2 / conditioning.lambda_max;
      if (solver == EquilibriumSolver::kMomentum) {
        options.momentum = 0.5;
        largest *= 1.5;
      }
      options.step = 1.01 * largest;
      const Equilibrium beyond = solve(p, options);
      CAPTURE(beyond.summary.message);
      CHECK(beyond.verdict == EquilibriumVerdict::kDiverging);
      CHECK(*beyond.predicted_rate > 1);
      CHECK(beyond.summary.message.find("grew") != std::string::npos);
      options.step = 0.99 * largest;
      const Equilibrium below = solve(p, options);
      CHECK(below.verdict != EquilibriumVerdict::kDiverging);
      CHECK(*below.predicted_rate < 1);
    }
  }
}

TEST_CASE("a NaN or Inf is reported with the step and the sample and never returned") {
  Problem p = testing::initialised(Parameterisation::kSp, 5, 3, false, 3, 2);
  p.data.x.col(0).setZero();  // sample 1 starts at its equilibrium, 0
  p.data.y.col(0).setZero();
  EquilibriumOptions options = with(EquilibriumSolver::kDescent);
  options.step = 1e308;
  options.start = ActivityStart::kZero;
  const Equilibrium run = solve(p, options);
  CHECK(run.samples[0].verdict == EquilibriumVerdict::kConverged);
  CHECK(run.verdict == EquilibriumVerdict::kDiverging);
  CHECK(run.summary.status == Status::kNotFinite);
  CHECK(run.summary.message.find("NaN or Inf in step 1") != std::string::npos);
  CHECK(run.summary.message.find("sample 2") != std::string::npos);
  CHECK(run.z.allFinite());
}

// 24 residual layers at SP's variance: kappa about 1e7, so that the gradient falls to what is
// usually called small while the slow modes have hardly moved.
TEST_CASE("a deep chain with a small gradient is stalled and not converged") {
  const Problem p = testing::initialised(Parameterisation::kSp, 8, 24, true, 2, 7);
  const Equilibrium exact = solve(p, with(EquilibriumSolver::kBlock));
  CHECK(exact.conditioning.lambda_max / exact.conditioning.lambda_min > 1e6);
  for (const EquilibriumSolver solver : {EquilibriumSolver::kDescent, EquilibriumSolver::kEuler,
                                         EquilibriumSolver::kHeun, EquilibriumSolver::kDopri5}) {
    CAPTURE(name(solver));
    const Equilibrium run = solve(p, with(solver, 4000));
    CAPTURE(run.summary.message);
    // The longer steps of dopri5 are still at halving it.
    CHECK(run.verdict == (solver == EquilibriumSolver::kDopri5 ? EquilibriumVerdict::kCapped
                                                               : EquilibriumVerdict::kStalled));
    CHECK(run.samples.front().gradient_norm <= 1e-2 * run.samples.front().size);
    CHECK((run.z - exact.z).norm() > 1e-2 * exact.z.norm());
    CHECK(run.summary.status == Status::kNotConverged);
    CHECK(run.summary.message.find("expected 1.0e-10") != std::string::npos);
  }
}

TEST_CASE("a tolerance below what doubles can hold is a stall at the rounding") {
  const Problem p = testing::initialised(Parameterisation::kSp, 5, 3, false, 2, 2);
  for (const EquilibriumSolver solver : testing::solvers()) {
    CAPTURE(name(solver));
    EquilibriumOptions options = with(solver);
    options.tolerance = 1e-18;
    const Equilibrium run = solve(p, options);
    CHECK(run.verdict == EquilibriumVerdict::kStalled);
    CHECK(run.samples.front().steps < 100000);
    CHECK(run.samples.front().distance <= 1e-9 * run.samples.front().size);
  }
}

// kappa beyond 1e10: nothing is proved about lambda_min, so nothing is converged; activity decay is
// a bound by itself.
TEST_CASE("without a lower bound of lambda_min nothing is converged") {
  const Problem p = testing::initialised(Parameterisation::kSp, 16, 60, true, 2, 7);
  for (const EquilibriumSolver solver :
       {EquilibriumSolver::kBlock, EquilibriumSolver::kClosedForm, EquilibriumSolver::kDescent,
        EquilibriumSolver::kMomentum}) {
    CAPTURE(name(solver));
    const Equilibrium run = solve(p, with(solver, 200));
    CHECK(run.conditioning.lambda_min_below == 0);
    CHECK(run.verdict != EquilibriumVerdict::kConverged);
    CHECK(run.summary.status == Status::kUndecided);
    CHECK(run.summary.message.find("lambda_min") != std::string::npos);
    CHECK(std::isinf(run.samples.front().distance));
  }
}

}  // namespace
}  // namespace saddlescope

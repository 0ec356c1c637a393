// How fast iterations converge, against their predicted rates; the orders of the ODE methods.
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "problems.hpp"

#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/convergence_rate.hpp"
#include "saddlescope/inference/equilibrium.hpp"
#include "saddlescope/inference/step_rule.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::Problem;

// With x = 0 and y = 0 the equilibrium is 0 and nothing limits how closely it can be approached, so
// a run may last until the slowest mode has outlived the others by any factor: 150 times the steps
// in which theory predicts a fall by e. A start drawn at random has a share in every mode.
TEST_CASE("measured rates are within 5 % of the prediction on every architecture") {
  for (const Problem& p : testing::inference_problems()) {
    const Conditioning conditioning = activity_conditioning(p.architecture, p.theta, {});
    const Index n = ActivityOperator(p.architecture, p.theta, 0).dim();
    if (n == 1) continue;  // every rate is 0
    const Matrix x = Matrix::Zero(p.architecture.input(), 3);
    const Matrix y = Matrix::Zero(p.architecture.output(), 3);
    EquilibriumOptions options;
    options.start = ActivityStart::kGiven;
    options.given = RandomStream(8, "start").normal_matrix(n, 3);
    for (const EquilibriumSolver solver : testing::solvers()) {
      if (is_direct(solver) || solver == EquilibriumSolver::kConjugateGradients) continue;
      CAPTURE(name(solver));
      CAPTURE(conditioning.lambda_max / conditioning.lambda_min);
      options.solver = solver;
      options.max_steps = 1;
      const Equilibrium probe = equilibrium(p.architecture, p.theta, x, y, options, conditioning);
      double per_step = -std::log(*probe.predicted_rate);
      if (solver == EquilibriumSolver::kDopri5) per_step *= 2 / conditioning.lambda_max;
      options.max_steps = 100 + static_cast<Index>(std::ceil(150 / per_step));
      const Equilibrium run = equilibrium(p.architecture, p.theta, x, y, options, conditioning);
      REQUIRE(run.measured_rate);
      CHECK(std::abs(std::log(*run.measured_rate) / std::log(*run.predicted_rate) - 1) <= 0.05);
    }
  }
}

// |z_k - z*|_H <= 2 rate^k |z_0 - z*|_H, squared; the gap is half the square of that norm. Rounding
// stops the fall at (eps kappa |z|)^2 lambda_max.
TEST_CASE("conjugate gradients stay below their Chebyshev bound and reach it with few steps") {
  for (const Problem& p : testing::inference_problems()) {
    EquilibriumOptions options;
    options.solver = EquilibriumSolver::kConjugateGradients;
    options.keep_trace = true;
    options.start = ActivityStart::kZero;
    const Equilibrium run = testing::solve(p, options);
    CHECK(run.verdict == EquilibriumVerdict::kConverged);
    REQUIRE(run.predicted_rate);
    REQUIRE(run.trace.size() >= 2);
    const double kappa = run.conditioning.lambda_max / run.conditioning.lambda_min;
    const double floor =
        run.conditioning.lambda_max * std::pow(10 * testing::kEps * kappa * run.z.norm(), 2);
    for (const EquilibriumTrace& row : run.trace)
      CHECK(row.energy_gap <= 1.01 * 4 * std::pow(*run.predicted_rate, 2.0 * double(row.step)) *
                                      run.trace.front().energy_gap +
                                  floor);
    CHECK(run.trace.back().step <= 3 * run.z.rows());
  }
}

TEST_CASE("predicted rates are those of the scalar problem") {
  using S = EquilibriumSolver;
  CHECK(*predicted_rate(S::kDescent, 2, 2, 0.3, 0) == doctest::Approx(0.4));
  CHECK(*predicted_rate(S::kEuler, 1, 4, 0.4, 0) == doctest::Approx(0.6));
  CHECK(*predicted_rate(S::kHeun, 1, 4, 0.1, 0) == doctest::Approx(1 - 0.1 + 0.005));
  CHECK(*predicted_rate(S::kDopri5, 0.25, 4, 0.1, 0) == doctest::Approx(std::exp(-0.25)));
  // Polyak's parameters for kappa = 9: beta = 1/4.
  CHECK(*predicted_rate(S::kMomentum, 1, 9, 0.25, 0.25) == doctest::Approx(0.5));
  // Beyond 2(1 + beta)/lambda_max a root leaves the unit circle.
  CHECK(*predicted_rate(S::kMomentum, 1, 9, 2.51 / 9, 0.25) > 1);
  CHECK(*predicted_rate(S::kConjugateGradients, 1, 9, 0, 0) == doctest::Approx(0.5));
  CHECK_FALSE(predicted_rate(S::kBlock, 1, 9, 0, 0));
}

TEST_CASE("a measured rate is the slope of the last third above the floor") {
  std::vector<double> times, norms;
  for (int k = 0; k < 60; ++k) {
    times.push_back(k);
    norms.push_back(std::max(std::pow(0.5, k) + 100 * std::pow(0.2, k), 1e-12));
  }
  CHECK(*measured_rate(times, norms, 1e-12) == doctest::Approx(0.5).epsilon(1e-4));
  CHECK_FALSE(measured_rate({0, 1, 2}, {1, 0.5, 0.25}, 0));
  CHECK_FALSE(measured_rate(times, norms, 1e9));
}

// The error at time 1 against z* + exp(-H)(z_0 - z*) falls by 2^order where the step is halved.
TEST_CASE("Euler's, Heun's and Dormand and Prince's methods have orders 1, 2 and 5") {
  const Problem p = testing::random_problem({3, 4, 4, 2}, false, 9);
  const ActivityOperator op(p.architecture, p.theta, 0.1);
  const Eigenpairs H =
      symmetric_eigenpairs(activity_hessian<double>(p.architecture, p.theta, 0.1).dense());
  const Matrix b = op.source(p.data.x, p.data.y);
  const Matrix start = op.forward(p.data.x);
  const Matrix star = H.vectors * H.values.cwiseInverse().asDiagonal() * H.vectors.transpose() * b;
  const Vector decay = (-H.values.array()).exp();
  const Matrix exact =
      star + H.vectors * decay.asDiagonal() * H.vectors.transpose() * (start - star);
  const auto error = [&](EquilibriumSolver solver, int steps) {
    iteration::Batch batch{start, Matrix(start.rows(), start.cols()), b,
                           Vector::Zero(start.cols())};
    op.apply(start, batch.g);
    batch.g -= b;
    const double h = 1.0 / steps;
    const auto rule = solver == EquilibriumSolver::kDopri5
                          ? iteration::make_dopri5_rule(op, batch, h, iteration::OdeControl::kFixed)
                          : iteration::make_ode_rule(solver, op, h);
    for (int i = 0; i < steps; ++i) rule->advance(batch);
    CHECK(batch.time.maxCoeff() == doctest::Approx(1));
    return (batch.z - exact).norm();
  };
  const auto order = [&](EquilibriumSolver solver, int steps) {
    return std::log2(error(solver, steps) / error(solver, 2 * steps));
  };
  CHECK(order(EquilibriumSolver::kEuler, 400) == doctest::Approx(1).epsilon(0.05));
  CHECK(order(EquilibriumSolver::kHeun, 200) == doctest::Approx(2).epsilon(0.05));
  CHECK(order(EquilibriumSolver::kDopri5, 60) == doctest::Approx(5).epsilon(0.05));
}

}  // namespace
}  // namespace saddlescope

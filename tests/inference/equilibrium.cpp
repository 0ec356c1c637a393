// Every solver against the closed form, the reference numbers and each other.
#include "saddlescope/inference/equilibrium.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "problems.hpp"
#include "support/oracles.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/inference/activity_operator.hpp"

namespace saddlescope {
namespace {

using testing::kEps;
using testing::Problem;
using testing::solve;

Matrix stacked(const std::vector<Matrix>& layers) {
  Index rows = 0;
  for (const Matrix& z : layers) rows += z.rows();
  Matrix out(rows, layers.front().cols());
  rows = 0;
  for (const Matrix& z : layers) {
    out.middleRows(rows, z.rows()) = z;
    rows += z.rows();
  }
  return out;
}

// The certificate promises 5e-11 and the reference itself carries eps kappa, kappa < 1e5.
TEST_CASE("every solver reaches the reference activities to 1e-10 and says that it did") {
  Index compared = 0;
  for (const testing::OracleCase& c : testing::oracle_cases()) {
    if (c.activities.empty()) continue;
    CAPTURE(c.name);
    const Matrix expected = stacked(c.activities);
    for (const EquilibriumSolver solver : testing::solvers()) {
      CAPTURE(name(solver));
      EquilibriumOptions options;
      options.solver = solver;
      options.tolerance = 5e-11;
      const Equilibrium found = equilibrium(c.architecture, c.theta, c.data.x, c.data.y, options);
      CAPTURE(found.summary.message);
      CHECK(found.verdict == EquilibriumVerdict::kConverged);
      CHECK(found.summary.ok());
      CHECK((found.z - expected).norm() <= 1e-10 * expected.norm());
      ++compared;
    }
  }
  CHECK(compared >= 25 * 8);
}

// F(z) - F* = 1/2 |z - z*|^2 in the H-norm lies between 0 and the certificate; the energies
// themselves are known to about eps of their terms.
TEST_CASE("energies lie above F* by no more than the certificate at any stage") {
  for (const Problem& p : testing::inference_problems()) {
    const LinearState<double> state(LinearObjective::kEnergy, p.architecture,
                                    DataFactor<double>{p.data.x, p.data.y}, p.theta);
    const double F = state.value();
    for (const Index steps : {1, 5, 100000})
      for (const EquilibriumSolver solver : testing::solvers()) {
        CAPTURE(name(solver));
        EquilibriumOptions options;
        options.solver = solver;
        options.max_steps = steps;
        const Equilibrium found = solve(p, options);
        double energy = 0, gap = 0, distance = 0;
        for (const SampleCertificate& one : found.samples) {
          energy += one.energy;
          gap += one.energy_gap;
          distance += one.distance * one.distance;
        }
        const double rounding = 1000 * kEps * (F + energy);
        CHECK(energy >= F - rounding);
        CHECK(energy - F <= gap + rounding);
        double off = 0;
        for (Index l = 1, row = 0; l < state.depth(); ++l) {
          off += (found.z.middleRows(row, state.z(l).rows()) - state.z(l)).squaredNorm();
          row += state.z(l).rows();
        }
        CHECK(std::sqrt(off) <= std::sqrt(distance) + 1e-12 * found.z.norm());
      }
  }
}

// A step of 1/N of the sample's own, as a batch mean would take, misses by half of |z| here.
TEST_CASE("the path of a sample is the same alone and among 64 others") {
  const Problem p = testing::initialised(Parameterisation::kSp, 6, 3, false, 64, 3);
  for (const EquilibriumSolver solver : testing::solvers()) {
    CAPTURE(name(solver));
    EquilibriumOptions options;
    options.solver = solver;
    options.max_steps = 12;
    const Equilibrium together = solve(p, options);
    for (const Index j : {0, 31, 32, 63}) {
      const Equilibrium alone =
          equilibrium(p.architecture, p.theta, p.data.x.col(j), p.data.y.col(j), options);
      const SampleCertificate& one = together.samples[static_cast<std::size_t>(j)];
      CHECK(alone.samples.front().steps == one.steps);
      CHECK(alone.samples.front().verdict == one.verdict);
      CHECK((alone.z - together.z.col(j)).norm() <= 1000 * kEps * alone.z.norm());
    }
  }
}

TEST_CASE("permuting samples permutes the result") {
  const Problem p = testing::initialised(Parameterisation::kMupc, 5, 3, true, 40, 4);
  RandomStream stream(1, "permutation");
  const std::vector<Index> order = stream.sample(40, 40);
  for (const EquilibriumSolver solver : testing::solvers()) {
    CAPTURE(name(solver));
    EquilibriumOptions options;
    options.solver = solver;
    const Equilibrium straight = solve(p, options);
    const Equilibrium shuffled = equilibrium(p.architecture, p.theta, p.data.x(Eigen::all, order),
                                             p.data.y(Eigen::all, order), options);
    CHECK(straight.verdict == EquilibriumVerdict::kConverged);
    CHECK((straight.z(Eigen::all, order) - shuffled.z).norm() <= 1e-10 * straight.z.norm());
  }
}

TEST_CASE("results are bitwise the same for one thread and two") {
  const Problem p = testing::initialised(Parameterisation::kNtp, 6, 3, false, 70, 5);
  for (const EquilibriumSolver solver :
       {EquilibriumSolver::kBlock, EquilibriumSolver::kMomentum, EquilibriumSolver::kDopri5}) {
    EquilibriumOptions options;
    options.solver = solver;
    set_threads(1);
    const Equilibrium one = solve(p, options);
    set_threads(2);
    const Equilibrium two = solve(p, options);
    set_threads(1);
    CHECK((one.z - two.z).norm() == 0);
    CHECK(one.samples.back().gradient_norm == two.samples.back().gradient_norm);
  }
}

TEST_CASE("activity decay moves the equilibrium to where the blocks say") {
  const Problem p = testing::random_problem({3, 4, 4, 4, 2}, true, 4);
  for (const EquilibriumSolver solver : testing::solvers()) {
    EquilibriumOptions options;
    options.solver = solver;
    options.activity_decay = 0.3;
    if (solver == EquilibriumSolver::kClosedForm) {
      CHECK_THROWS_AS((void)solve(p, options), std::invalid_argument);
      continue;
    }
    const Equilibrium found = solve(p, options);
    CHECK(found.verdict == EquilibriumVerdict::kConverged);
    const ActivityOperator op(p.architecture, p.theta, 0.3);
    CHECK(op.gradient(p.data.x, p.data.y, found.z).norm() <= 1e-9 * found.z.norm());
    const ActivityOperator without(p.architecture, p.theta, 0);
    CHECK(without.gradient(p.data.x, p.data.y, found.z).norm() >= 1e-2 * found.z.norm());
  }
}

// One target per sample is a row: as a column it would be N outputs of one sample.
TEST_CASE("shapes that do not fit and options out of range are refused") {
  const Problem p = testing::random_problem({3, 4, 1}, false, 6);
  EquilibriumOptions options;
  const auto refused = [&](const Matrix& x, const Matrix& y) {
    CHECK_THROWS_AS((void)equilibrium(p.architecture, p.theta, x, y, options),
                    std::invalid_argument);
  };
  refused(p.data.x, p.data.y.transpose());
  refused(p.data.x.transpose(), p.data.y);
  refused(p.data.x.leftCols(0), p.data.y.leftCols(0));
  Matrix bad = p.data.x;
  bad(1, 1) = std::numeric_limits<double>::quiet_NaN();
  refused(bad, p.data.y);
  const auto wrong = [&](auto&& change) {
    options = {};
    change(options);
    refused(p.data.x, p.data.y);
  };
  wrong([](auto& o) { o.tolerance = 0; });
  wrong([](auto& o) { o.max_steps = 0; });
  wrong([](auto& o) { o.step = 0.1; });  // of the block solver
  wrong([](auto& o) { o.solver = EquilibriumSolver::kDescent, o.step = -1; });
  wrong([](auto& o) { o.solver = EquilibriumSolver::kDescent, o.momentum = 0.5; });
  wrong([](auto& o) { o.solver = EquilibriumSolver::kMomentum, o.momentum = 1; });
  wrong([](auto& o) { o.start = ActivityStart::kGiven, o.given = Matrix::Zero(3, 7); });
  wrong([](auto& o) { o.activity_decay = -1; });
  CHECK_THROWS_AS((void)parse_solver("newton"), std::invalid_argument);
  const Problem shallow = testing::random_problem({3, 2}, false, 6);
  CHECK_THROWS_AS((void)solve(shallow, {}), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

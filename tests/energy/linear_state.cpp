// Laws of the closed form of the equilibrated energy against the definition of the energy.
#include "saddlescope/energy/linear_state.hpp"

#include <doctest/doctest.h>

#include "support/oracles.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/energy/activity_energy.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();

LinearState<double> state_at(LinearObjective objective, const Problem& p) {
  return {objective, p.architecture, data_factor<double>(p.data), p.theta};
}

Matrix stacked_activities(const LinearState<double>& state) {
  Index rows = 0;
  for (Index l = 1; l < state.depth(); ++l) rows += state.z(l).rows();
  Matrix z(rows, state.z(0).cols());
  rows = 0;
  for (Index l = 1; l < state.depth(); ++l) {
    z.middleRows(rows, state.z(l).rows()) = state.z(l);
    rows += state.z(l).rows();
  }
  return z;
}

// Products of a few O(1) matrices of width n <= 5: a residual of 100 n eps times the terms' size.
double tolerance(const LinearState<double>& state) {
  double size = 1;
  for (Index l = 0; l < state.depth(); ++l)
    size = std::max(size, state.z(l).norm() + state.e(l).norm());
  return 500 * kEps * size * size;
}

TEST_CASE("the activities of the closed form make the energy stationary and give its value") {
  for (const Problem& p : random_problems()) {
    const auto state = state_at(LinearObjective::kEnergy, p);
    const auto data = data_factor<double>(p.data);
    const Matrix z = stacked_activities(state);
    CHECK(activity_gradient(p.architecture, p.theta, data, z).norm() <= tolerance(state));
    const double F = layer_energies(p.architecture, p.theta, data, z).sum();
    CHECK(std::abs(F - state.value()) <= tolerance(state));
  }
}

// F is convex and quadratic in z, so any step d away from equilibrium raises it by 1/2 d' H_z d >
// 0.
TEST_CASE("no other activities have less energy") {
  RandomStream stream(3, "perturbations");
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const auto state = state_at(LinearObjective::kEnergy, p);
    const auto data = data_factor<double>(p.data);
    const Matrix z = stacked_activities(state);
    for (int trial = 0; trial < 5; ++trial) {
      const Matrix step = 0.1 * stream.normal_matrix(z.rows(), z.cols());
      CHECK(layer_energies(p.architecture, p.theta, data, Matrix(z + step)).sum() > state.value());
    }
  }
}

TEST_CASE("the gradient is the central difference of the value to second order") {
  for (const LinearObjective objective : {LinearObjective::kMse, LinearObjective::kEnergy})
    for (const Problem& p : random_problems()) {
      // In quad precision truncation is all there is: the error of a central difference falls by 4.
      const auto data = data_factor<Quad>(p.data);
      const VectorOf<Quad> theta = p.theta.cast<Quad>();
      const LinearState<Quad> state(objective, p.architecture, data, theta);
      const VectorOf<Quad> v =
          RandomStream(9, "direction").normal_matrix(theta.size(), 1).cast<Quad>();
      const auto error = [&](double h) {
        const VectorOf<Quad> step = Quad(h) * v;
        const Quad up =
            LinearState<Quad>(objective, p.architecture, data, VectorOf<Quad>(theta + step))
                .value();
        const Quad down =
            LinearState<Quad>(objective, p.architecture, data, VectorOf<Quad>(theta - step))
                .value();
        return static_cast<double>(abs((up - down) / (2 * Quad(h)) - state.gradient().dot(v)));
      };
      const double exact = 1e-24 * static_cast<double>(1 + abs(state.value()));
      const double coarse = error(1e-4);
      if (coarse <= exact) continue;  // a quadratic function has no truncation error
      CHECK(coarse / error(5e-5) == doctest::Approx(4).epsilon(0.01));
    }
}

TEST_CASE("the energy never exceeds lambda times the loss and equals it without hidden layers") {
  for (const Problem& p : random_problems()) {
    const double mse = state_at(LinearObjective::kMse, p).value();
    const double energy = state_at(LinearObjective::kEnergy, p).value();
    const double bound = p.architecture.lambda() * mse;
    CHECK(energy <= bound * (1 + 100 * kEps));
    if (p.architecture.depth() == 1) CHECK(energy == doctest::Approx(bound).epsilon(100 * kEps));
  }
}

TEST_CASE("the energy over lambda tends to the loss as lambda tends to zero") {
  for (Problem p : random_problems()) {
    const double mse = state_at(LinearObjective::kMse, p).value();
    double previous = 1;
    for (const double lambda : {1e-3, 1e-6}) {
      p.architecture.precisions.back() = lambda;
      const double gap = 1 - state_at(LinearObjective::kEnergy, p).value() / (lambda * mse);
      // S lambda = I + O(lambda): the relative gap is at most lambda |S - I/lambda|.
      const Matrix S = state_at(LinearObjective::kEnergy, p).S();
      CHECK(gap <= (lambda * S - Matrix::Identity(S.rows(), S.cols())).norm() + 100 * kEps);
      CHECK(gap <= previous);
      previous = gap + 100 * kEps;
    }
  }
}

// A_{l+1}' G_{l+1} - G_l A_l' = <e_l e_l'>/pi_l with G_l = <e_l z_{l-1}'>, at every theta [D].
TEST_CASE("satisfies the balance identity at every point") {
  for (const Problem& p : random_problems()) {
    const auto s = state_at(LinearObjective::kEnergy, p);
    for (Index l = 0; l + 1 < s.depth(); ++l) {
      const Matrix left = s.A(l + 1).transpose() * s.e(l + 1) * s.z(l + 1).transpose() -
                          s.e(l) * s.z(l).transpose() * s.A(l).transpose();
      const Matrix right = s.q(l) * s.e(l) * s.e(l).transpose();
      CHECK((left - right).norm() <= 10 * tolerance(s));
    }
  }
}

TEST_CASE("agrees with the independent reference numbers") {
  for (const auto& oracle : testing::oracle_cases()) {
    INFO("case ", oracle.name);
    const auto data = data_factor<double>(oracle.data);
    const LinearState<double> mse(LinearObjective::kMse, oracle.architecture, data, oracle.theta);
    const LinearState<double> energy(LinearObjective::kEnergy, oracle.architecture, data,
                                     oracle.theta);
    const auto close = [](double a, double b) {
      return std::abs(a - b) <= 1e-11 * (1 + std::abs(b));
    };
    CHECK(close(mse.value(), oracle.mse.value));
    CHECK(close(energy.value(), oracle.energy.value));
    CHECK((mse.gradient() - oracle.mse.gradient).norm() <=
          1e-11 * (1 + oracle.mse.gradient.norm()));
    CHECK((energy.gradient() - oracle.energy.gradient).norm() <=
          1e-11 * (1 + oracle.energy.gradient.norm()));
    CHECK((energy.S() - oracle.S).norm() <= 1e-12 * oracle.S.norm());
    const double root_n = std::sqrt(static_cast<double>(oracle.data.n_samples()));
    for (std::size_t l = 0; l < oracle.activities.size(); ++l)
      CHECK((root_n * energy.z(static_cast<Index>(l) + 1) - oracle.activities[l]).norm() <=
            1e-11 * (1 + oracle.activities[l].norm()));
  }
}

TEST_CASE("targets and inputs of the wrong width are refused by name") {
  Problem p = random_problems().front();
  p.data.y.conservativeResize(2, p.data.y.cols());
  CHECK_THROWS_WITH_AS(state_at(LinearObjective::kMse, p), doctest::Contains("output width n_L"),
                       std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

// The energy after a few inference steps, between the loss and the equilibrated energy.
#include "saddlescope/inference/unrolled_energy.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/activity_operator.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();

double closed_form(LinearObjective which, const Problem& p, const DataFactor<double>& data) {
  return LinearState<double>(which, p.architecture, data, p.theta).value();
}

}  // namespace

TEST_CASE("without steps it is lambda times the loss, on samples and on their second moments") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const auto data = data_factor<double>(p.data);
    const double loss = p.architecture.lambda() * closed_form(LinearObjective::kMse, p, data);
    CHECK(std::abs(unrolled_energy(p.architecture, p.theta, data, {0, 0.1}).value - loss) <=
          100 * kEps * loss);
    const double steps = unrolled_energy(p.architecture, p.theta, data, {5, 0.1}).value;
    CHECK(
        std::abs(unrolled_energy(p.architecture, p.theta, compress<double>(data), {5, 0.1}).value -
                 steps) <= 1000 * kEps * loss);
  }
}

// In the eigenbasis of H_z: F(t) - F* = 1/2 sum_i mu_i (1 - dt mu_i)^{2t} <c_i^2>, c the
// coordinates of z(0) - z*. The tolerance is that of z* = H_z^{-1} b, kappa(H_z) <= 1e3 here.
TEST_CASE("it decays to the equilibrated energy mode by mode") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const auto data = data_factor<double>(p.data);
    const ActivityOperator op(p.architecture, p.theta, 0);
    const Eigenpairs modes =
        symmetric_eigenpairs(activity_hessian<double>(p.architecture, p.theta, 0).dense());
    const Vector& mu = modes.values;
    REQUIRE(mu[0] > 1e-3 * mu[mu.size() - 1]);
    const Matrix b = modes.vectors.transpose() * op.source(data.x, data.y);
    const Matrix c =
        modes.vectors.transpose() * op.forward(data.x) - Matrix(mu.cwiseInverse().asDiagonal() * b);
    const double equilibrium = closed_form(LinearObjective::kEnergy, p, data);
    const double dt = 1 / mu[mu.size() - 1];
    const double start = unrolled_energy(p.architecture, p.theta, data, {0, dt}).value;
    double before = start;
    for (const Index steps : {0, 1, 3, 20}) {
      const Vector decay = mu.array() * (1 - dt * mu.array()).pow(2.0 * double(steps));
      const double expected = equilibrium + 0.5 * decay.dot(c.rowwise().squaredNorm());
      const double value = unrolled_energy(p.architecture, p.theta, data, {steps, dt}).value;
      CHECK(std::abs(value - expected) <= 1e3 * 100 * kEps * start);
      CHECK(value <= before * (1 + 100 * kEps));
      CHECK(value >= equilibrium * (1 - 1e3 * 100 * kEps));
      before = value;
    }
  }
}

// At the origin of a scalar chain with L = 2 the second derivatives of F(theta; t) are 0 in w_1 and
// -(1 - (1 - dt)^{2t}) <y^2> in w_2 (the unrolled steps pull z_1 towards 0 only as fast as they
// go), those of F* are 0 and -<y^2>.
TEST_CASE("at the origin of the chain the curvature lags behind by (1 - dt)^2t") {
  Architecture chain;
  chain.widths = {1, 1, 1};
  chain.scales = {1, 1};
  chain.skips = {0, 0};
  chain.precisions = {1, 1};
  DataFactor<double> data;
  data.x = Matrix::Constant(1, 1, 1.0);
  data.y = Matrix::Constant(1, 1, -1.0);
  const UnrolledEnergyOptions options{20, 0.1};
  const double q = std::pow(0.9, 40);
  const auto f = [&](double w1, double w2) {
    Vector theta(2);
    theta << w1, w2;
    return unrolled_energy(chain, theta, data, options).value;
  };
  // Along w_2 alone F(h) is even in h: the truncation is h^2/12 f'''', f'''' of order 100; rounding
  // is 4 eps/h^2.
  const double h = 1e-3;
  CHECK(std::abs((f(0, h) - 2 * f(0, 0) + f(0, -h)) / (h * h) + (1 - q)) <= 1e-4);
  CHECK(f(h, 0) == f(0, 0));
}

TEST_CASE("steps that diverge are told and options out of range refused") {
  const Problem p = testing::random_problem({3, 4, 4, 2}, false, 4);
  const auto data = data_factor<double>(p.data);
  const UnrolledEnergy away = unrolled_energy(p.architecture, p.theta, data, {400, 100});
  CHECK(away.summary.status == Status::kNotFinite);
  CHECK(away.summary.message.find("2/lambda_max") != std::string::npos);
  CHECK_THROWS_AS(unrolled_energy(p.architecture, p.theta, data, {-1, 0.1}), std::invalid_argument);
  CHECK_THROWS_AS(unrolled_energy(p.architecture, p.theta, data, {3, 0}), std::invalid_argument);
  const Problem flat = testing::random_problem({3, 2}, false, 4);
  CHECK_THROWS_AS(
      unrolled_energy(flat.architecture, flat.theta, data_factor<double>(flat.data), {3, 0.1}),
      std::invalid_argument);
}

// The same steps by two routes: dgemm's roundings, a hundred of them, are amplified by no step below
// 2/lambda_max.
TEST_CASE("without an activation the steps are those of the linear network") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const double linear =
        unrolled_energy(p.architecture, p.theta, data_factor<double>(p.data), {7, 0.05}).value;
    const UnrolledEnergy got =
        unrolled_energy(NetworkEnergy<double>(p.architecture), p.theta, p.data, {7, 0.05});
    CHECK(std::abs(got.value - linear) <= 1000 * kEps * linear);
  }
}

TEST_CASE("in smooth networks many steps reach an equilibrium and lower the energy on their way") {
  int tested = 0;
  for (const testing::NetworkProblem& p : testing::network_problems()) {
    if (p.architecture.activation != Activation::kTanh || !p.clamping.output || !p.clamping.input)
      continue;
    const NetworkEnergy<double> energy = p.energy();
    const Dataset data{p.x, p.y, "random"};
    const auto at = [&](Index steps) {
      return unrolled_energy(energy, p.theta, data, {steps, 0.02}).value;
    };
    const double least = at(8000);
    CHECK(at(0) > at(5));
    CHECK(at(5) > at(50));
    CHECK(std::abs(at(9000) - least) <= 1e-9 * (1 + least));
    ++tested;
  }
  CHECK(tested >= 30);
}

}  // namespace saddlescope

// Equilibria of nonlinear networks: reference numbers, the linear case, certificates, refusals.
#include "saddlescope/inference/network_equilibrium.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_oracles.hpp"
#include "support/network_problem.hpp"
#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using testing::network_oracle_cases;
using testing::network_problems;
using testing::NetworkProblem;

NetworkEquilibrium solve(const NetworkProblem& p, const NewtonOptions& options = {}) {
  return network_equilibrium(p.energy(), p.theta, p.x, p.y, options);
}

TEST_CASE("equilibria agree with the reference to 1e-9") {
  for (const auto& c : network_oracle_cases()) {
    CAPTURE(c.name);
    const NetworkEnergy<double> energy(c.architecture);
    const NetworkEquilibrium got = network_equilibrium(energy, c.theta, c.data.x, c.data.y);
    REQUIRE_MESSAGE(got.summary.ok(), got.summary.message);
    CHECK((got.z - c.activities).cwiseAbs().maxCoeff() <= 1e-9);
    double smallest = std::numeric_limits<double>::infinity();
    double mean = 0;
    for (const auto& sample : got.samples) {
      smallest = std::min(smallest, sample.lambda_min);
      mean += sample.energy / static_cast<double>(got.samples.size());
      CHECK(sample.lambda_min_below > 0.98 * sample.lambda_min);
    }
    CHECK(smallest == doctest::Approx(c.smallest_activity_eigenvalue).epsilon(1e-6));
    CHECK(std::abs(mean - c.energy) <= 1e-9);
  }
}

TEST_CASE("without an activation one step reaches the equilibrium of the linear network") {
  for (const auto& problem : testing::random_problems()) {
    if (problem.architecture.depth() < 2) continue;
    const NetworkEnergy<double> energy(problem.architecture, 0.3);
    const NetworkEquilibrium got =
        network_equilibrium(energy, problem.theta, problem.data.x, problem.data.y);
    REQUIRE(got.summary.ok());
    const auto H = activity_hessian<double>(problem.architecture, problem.theta, 0.3);
    const Matrix z = BlockTridiagonalCholesky<double>(H).solve(activity_source<double>(
        problem.architecture, problem.theta, problem.data.x, problem.data.y));
    CHECK((got.z - z).norm() <= 1e-12 * (1 + z.norm()));
    for (const auto& sample : got.samples) {
      CHECK(sample.steps <= 4);  // one, and what rounding leaves to polish
      CHECK(sample.gauss_newton_steps == 0);
    }
  }
}

// The certificate is checked from its own definitions: gradient, spectrum of F_zz, and 100 random
// points around it that must have more energy.
TEST_CASE("certified minima are stationary and have the smallest eigenvalue they claim") {
  RandomStream stream(4, "perturbations");
  int certified = 0;
  for (const NetworkProblem& p : network_problems()) {
    if (!kinks(p.architecture.activation).empty()) continue;
    CAPTURE(p.name);
    const NetworkEquilibrium got = solve(p);
    NetworkPass<double> pass;
    p.energy().evaluate(p.theta, p.x, p.y, got.z, pass);
    const Matrix g = p.energy().activity_gradient(p.theta, pass);
    const Vector F = p.energy().energies(pass);
    const NetworkCurvature curvature(p.energy(), p.theta, pass);
    for (Index i = 0; i < got.z.cols(); ++i) {
      const StationarityCertificate& c = got.samples[static_cast<std::size_t>(i)];
      if (c.verdict != StationarityVerdict::kMinimum) continue;
      ++certified;
      CHECK(g.col(i).norm() <= 1e-12 * (1 + F[i] + got.z.norm()) + 2 * c.rounding);
      const double lowest = symmetric_eigenvalues(curvature.activity_hessian(i).dense())[0];
      CHECK(c.lambda_min_below <= lowest * (1 + 1e-10));
      CHECK(c.lambda_min >= lowest * (1 - 1e-10));
      const double radius = 1e-3 * std::min(1.0, lowest);
      for (int trial = 0; trial < 5; ++trial) {
        Matrix d = stream.normal_matrix(got.z.rows(), 1);
        d *= radius / d.norm();
        NetworkPass<double> moved;
        p.energy().evaluate(p.theta, p.x.col(i), p.y.col(i), got.z.col(i) + d, moved);
        CHECK(p.energy().energies(moved)[0] > F[i]);
      }
    }
  }
  // Of some 400 samples with smooth activations: nearly all have a minimum that Newton finds.
  CHECK(certified >= 390);
}

TEST_CASE("energy at the equilibrium is at most that of the forward pass") {
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    NetworkPass<double> pass;
    p.energy().evaluate(p.theta, p.x, p.y, p.energy().forward(p.theta, p.x), pass);
    const Vector start = p.energy().energies(pass);
    const NetworkEquilibrium got = solve(p);
    for (Index i = 0; i < start.size(); ++i)
      CHECK(got.samples[static_cast<std::size_t>(i)].energy <= start[i] * (1 + 1e-14));
  }
}

TEST_CASE("a sample's equilibrium does not depend on the batch or on the number of threads") {
  const NetworkProblem p = network_problems()[25];
  const NetworkEquilibrium whole = solve(p);
  const int before = threads();
  set_threads(2);
  CHECK(solve(p).z == whole.z);
  set_threads(before);
  for (Index i = 0; i < p.x.cols(); ++i)
    CHECK(network_equilibrium(p.energy(), p.theta, p.x.col(i), p.y.col(i)).z == whole.z.col(i));
}

// One unit, pre, tanh, w = 1, v = 5: F'' = 1 + v^2 phi'^2 - (y - v tanh z) v phi'' is negative at
// the forward pass z = x = 1.4 for y = -9.
TEST_CASE("where F_zz is indefinite the search goes on with Gauss-Newton steps to a minimum") {
  const Architecture net{{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}, Activation::kTanh, Placement::kPre};
  const NetworkEnergy<double> energy(net);
  const Vector theta{{1, 5}};
  const Matrix x{{1.4}};
  const Matrix y{{-9}};
  NetworkPass<double> pass;
  energy.evaluate(theta, x, y, x, pass);
  CHECK(NetworkCurvature(energy, theta, pass).activity_hessian(0).dense()(0, 0) < 0);
  const NetworkEquilibrium got = network_equilibrium(energy, theta, x, y);
  CHECK(got.samples[0].gauss_newton_steps > 0);
  CHECK(got.summary.ok());
}

// z_0 free with a wide first layer: F_zz has the null space of W_1 and no decay to fill it.
TEST_CASE("a minimum that is not strict is refused with the reason") {
  const Architecture net{{3, 2, 2}, {1, 1}, {0, 0}, {1, 1}, Activation::kTanh, Placement::kPost};
  const NetworkEnergy<double> energy(net, 0, {false, true});
  RandomStream stream(6, "weights");
  const Vector theta = stream.normal_matrix(net.n_parameters(), 1);
  const NetworkEquilibrium got =
      network_equilibrium(energy, theta, stream.normal_matrix(3, 2), 0.1 * Matrix::Ones(2, 2));
  CHECK_FALSE(got.summary.ok());
  CHECK(got.samples[0].verdict == StationarityVerdict::kIndefinite);
  CHECK(contains(got.summary.message, "sample 1: F_zz is not positive definite"));
  const NetworkEnergy<double> with_decay(net, 0.1, {false, true});
  CHECK(network_equilibrium(with_decay, theta, stream.normal_matrix(3, 2), 0.1 * Matrix::Ones(2, 2))
            .summary.ok());
}

// Post, ReLU, one unit, x = 1, w = 0 in front: u = 0 exactly, on the kink for every z.
TEST_CASE("equilibria on a kink are not certified") {
  const Architecture net{{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}, Activation::kRelu, Placement::kPost};
  const NetworkEquilibrium got = network_equilibrium(NetworkEnergy<double>(net), Vector{{0, 1}},
                                                     Matrix::Ones(1, 1), Matrix::Ones(1, 1));
  CHECK(got.samples[0].verdict == StationarityVerdict::kKink);
  CHECK(contains(got.summary.message, "from a kink"));
}

TEST_CASE("what is capped or not finite says so") {
  NetworkProblem p = network_problems()[33];
  NewtonOptions options;
  options.max_steps = 1;
  const NetworkEquilibrium capped = solve(p, options);
  CHECK(capped.summary.status == Status::kNotConverged);
  CHECK(contains(capped.summary.message, "after all 1 steps allowed"));
  CHECK(contains(capped.summary.message, "of 3 samples have none"));
  p.theta *= 1e200;
  CHECK(solve(p).summary.status == Status::kNotFinite);
  options.tolerance = 0;
  CHECK(message_of<std::invalid_argument>([&] { (void)solve(p, options); }) ==
        "tolerance: expected a finite number > 0, got 0");
}

}  // namespace
}  // namespace saddlescope

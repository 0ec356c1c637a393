// Bounds of what double leaves of equilibria, gradients and Hessians of the equilibrated energy,
// against quad arithmetic.
#include "saddlescope/inference/implicit_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"
#include "support/quad_equilibrium.hpp"

#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"
#include "saddlescope/inference/precise_activities.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::network_problems;
using testing::NetworkProblem;
using testing::quad_equilibrium;
using testing::quad_hessian;

// One sample each of what quad_equilibrium knows.
std::vector<NetworkProblem> quad_problems() {
  std::vector<NetworkProblem> out;
  for (const NetworkProblem& p : network_problems()) {
    const Activation phi = p.architecture.activation;
    if ((phi != Activation::kTanh && phi != Activation::kSoftplus) || !p.clamping.input ||
        !p.clamping.output || p.architecture.loss != OutputLoss::kMse)
      continue;
    out.push_back(p);
    out.back().x = p.x.col(0);
    out.back().y = p.y.col(0);
  }
  return out;
}

TEST_CASE("the distance to the exact equilibrium is bounded, and is that of z's own rounding") {
  int tested = 0;
  for (const NetworkProblem& p : quad_problems()) {
    CAPTURE(p.name);
    const NetworkEquilibrium found = network_equilibrium(p.energy(), p.theta, p.x, p.y);
    if (!found.summary.ok()) continue;
    const Vector z = found.z.col(0);
    const VectorOf<Quad> exact =
        quad_equilibrium(p.energy(), p.theta.cast<Quad>(), p.x.col(0), p.y.col(0), z);
    const auto error = static_cast<double>(Quad((exact - z.cast<Quad>()).norm()));
    const double bound = found.samples[0].distance;
    const double eps = std::numeric_limits<double>::epsilon();
    CHECK(error <= bound);
    // A vector is rounded to eps/2 |z|, which F_zz makes a residual of, and its inverse a step.
    CHECK(error <= 2 * eps * (1 + z.norm()));
    CHECK(bound <= 20 * eps * (1 + z.norm()) / std::min(found.samples[0].lambda_min_below, 1.0));
    ++tested;
  }
  CHECK(tested >= 20);  // of 32
}

TEST_CASE("the bound of the Hessian holds against quad and is not coarser than 1e5 times") {
  std::vector<double> ratios;
  ratios.reserve(32);
  for (const NetworkProblem& p : quad_problems()) {
    CAPTURE(p.name);
    const auto here = network_equilibrated_energy(p.energy(), {p.x, p.y, "random"})->at(p.theta);
    if (!here.summary.ok()) continue;
    const NetworkEquilibrium found = network_equilibrium(p.energy(), p.theta, p.x, p.y);
    const MatrixOf<Quad> exact =
        quad_hessian(p.energy(), p.theta, p.x.col(0), p.y.col(0), found.z.col(0));
    const Matrix H = here.point->hessian();
    const Matrix difference = (exact - H.cast<Quad>()).cast<double>();
    const double error =
        symmetric_eigenvalues(0.5 * (difference + difference.transpose())).cwiseAbs().maxCoeff();
    const double bound = here.point->hessian_error_bound();
    CHECK(error <= bound);
    ratios.push_back(bound / error);
  }
  REQUIRE(ratios.size() >= 20);
  std::sort(ratios.begin(), ratios.end());
  // Worst-case roundings in the place of random ones, norms in the place of matrices, and |X|^2 in
  // the place of what it multiplies: ten to a hundred times each.
  CAPTURE(ratios.back());
  CHECK(ratios[ratios.size() / 2] <= 3e4);
  CHECK(ratios.back() <= 1e5);
}

TEST_CASE("the two factors of F_zt make its product with any direction") {
  RandomStream stream(4, "directions");
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    NetworkPass<double> pass;
    p.energy().evaluate(p.theta, p.x, p.y, p.z, pass);
    const NetworkCurvature curvature(p.energy(), p.theta, pass);
    const Architecture& net = p.architecture;
    const Vector v = stream.normal_matrix(p.theta.size(), 1);
    const Matrix expected = curvature.along(nullptr, &v).activities;
    const Index sample = 1;
    Vector got = Vector::Zero(p.energy().dim());
    for (Index l = 0; l < net.depth(); ++l) {
      const auto at = static_cast<std::size_t>(l);
      const auto factors = curvature.mixed_factors(l, sample);
      const Vector h =
          net.activates_input(l) ? pass.layers[at].inner.col(sample) : pass.z[at].col(sample);
      Vector u = net.scales[at] * weight(net, v, l) * h;
      if (net.biases) u += bias(net, v, l);
      got += factors.of_sum * u +
             factors.of_adjoint * (weight(net, v, l).transpose() * pass.delta[at].col(sample));
    }
    const double size = 1 + expected.norm() + got.norm();
    CHECK((got - expected.col(sample)).norm() <=
          200 * std::numeric_limits<double>::epsilon() * size);
  }
}

// F_z = x^2 - c has F_zz = 2 x with Lipschitz constant 2: the theorem's extreme case.
TEST_CASE("Kantorovich's distance is attained by a quadratic and infinite past its condition") {
  const double x = 1, c = 0.81, inverse = 0.5, lipschitz = 2;
  const double step = (x * x - c) * inverse;
  CHECK(kantorovich_distance(step, inverse, lipschitz) ==
        doctest::Approx(x - std::sqrt(c)).epsilon(1e-14));
  CHECK(std::isinf(kantorovich_distance(0.51, 0.5, 2)));
  CHECK(std::isinf(kantorovich_distance(std::numeric_limits<double>::quiet_NaN(), 1, 1)));
}

}  // namespace
}  // namespace saddlescope

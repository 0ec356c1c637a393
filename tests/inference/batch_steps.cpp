// The steps of single methods of inference on mini-batches: orders, refused trials, curvature.
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "batch_problems.hpp"

#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/inference/batch_block.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::BatchRun;
using testing::infer;
using testing::network_problems;
using testing::NetworkProblem;
using testing::with;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// z(t) = z* + e^{-H t} (z(0) - z*) of a linear network; halving h divides the error of a method of
// order k by 2^k, to O(h).
TEST_CASE("Euler's method has order one and Heun's order two on the exact flow") {
  const NetworkProblem p = network_problems()[0];
  REQUIRE(p.architecture.activation == Activation::kIdentity);
  const NetworkEnergy<double> energy = p.energy();
  NetworkPass<double> pass;
  energy.evaluate_forward(p.theta, p.x, p.y, pass);
  const Matrix start = testing::stacked(energy, pass);
  const Eigenpairs H =
      symmetric_eigenpairs(NetworkCurvature(energy, p.theta, pass).activity_hessian(0).dense());
  const Matrix z_star = network_equilibrium(energy, p.theta, p.x, p.y).z;
  const double time = 0.5;
  const Vector decay = (-time * H.values).array().exp();
  const Matrix exact =
      z_star + H.vectors * decay.asDiagonal() * H.vectors.transpose() * (start - z_star);
  const auto error = [&](InferenceMethod method, Index steps) {
    BatchInferenceOptions options = with(method, steps);
    options.step = time / static_cast<double>(steps);
    return (infer(p, options).z - exact).norm();
  };
  const std::vector<std::pair<InferenceMethod, double>> orders = {
      {InferenceMethod::kEuler, 1}, {InferenceMethod::kDescent, 1}, {InferenceMethod::kHeun, 2}};
  for (const auto& entry : orders) {
    const InferenceMethod method = entry.first;
    CAPTURE(name(method));
    const double ratio = error(method, 200) / error(method, 400);
    CHECK(std::log2(ratio) == doctest::Approx(entry.second).epsilon(0.03));
  }
}

// The flow's own tolerance is 1e-6 of each step's length, and the lengths of a path that decays sum
// to a few times |z(0) - z*|; at its end the path is at the equilibrium.
TEST_CASE("Dormand and Prince's method follows the flow to the equilibrium") {
  const NetworkProblem p = testing::wide_problem(Activation::kTanh, Placement::kPre, 5);
  const NetworkEquilibrium exact = network_equilibrium(p.energy(), p.theta, p.x, p.y);
  const BatchRun got = infer(p, with(InferenceMethod::kDopri5, 3000, 1e-9));
  CHECK(got.report.converged == 5);
  CHECK((got.z - exact.z).norm() <= 1e-6 * exact.z.norm());
}

// Rounding of p'Hp is n eps |H| |p|^2; both are O(10) here.
TEST_CASE("the curvature along a direction is that of the Gauss-Newton matrix") {
  RandomStream stream(9, "directions");
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    BatchBlock<double> block(energy);
    block.start(p.theta, p.x, p.y);
    block.z() = p.z;
    block.evaluate();
    const Matrix direction = stream.normal_matrix(p.z.rows(), p.z.cols());
    const Vector got = block.curvature_along(direction);
    const NetworkCurvature curvature(energy, p.theta, block.pass());
    for (Index i = 0; i < p.z.cols(); ++i) {
      const Matrix H = curvature.activity_hessian(i, ActivityHessianKind::kGaussNewton).dense();
      const double expected = direction.col(i).dot(H * direction.col(i));
      CHECK(std::abs(got[i] - expected) <= 40 * kEps * H.norm() * direction.col(i).squaredNorm());
    }
  }
}

// Trials that raise F are taken back also when the steps end on one. Large weights make them
// happen.
TEST_CASE("conjugate gradients never return more energy than a step before") {
  int refused = 0;
  for (NetworkProblem p : network_problems()) {
    CAPTURE(p.name);
    p.theta *= 3;
    Vector before = infer(p, with(InferenceMethod::kConjugateGradients, 0)).report.energies;
    for (const Index steps : {1, 2, 3, 4}) {
      const BatchRun got = infer(p, with(InferenceMethod::kConjugateGradients, steps));
      for (Index i = 0; i < before.size(); ++i) {
        CHECK(got.report.energies[i] <=
              before[i] + 40 * kEps * (before[i] + got.z.col(i).squaredNorm()));
        if (got.report.energies[i] == before[i]) ++refused;
      }
      before = got.report.energies;
    }
  }
  CHECK(refused > 20);
}

TEST_CASE("a step of Dormand and Prince's that errs too much is refused and made smaller") {
  const NetworkProblem p = testing::wide_problem(Activation::kTanh, Placement::kPre, 5);
  BatchInferenceOptions options = with(InferenceMethod::kDopri5, 1);
  const Matrix start = infer(p, with(InferenceMethod::kDopri5, 0)).z;
  options.step = 100;
  CHECK(infer(p, options).z == start);
  options.max_steps = 60;
  CHECK(infer(p, options).z != start);
  options.step = 1e-3;
  options.max_steps = 1;
  CHECK(infer(p, options).z != start);
}

// Conjugate gradients end after dim steps in exact arithmetic; each step costs one trial here.
TEST_CASE("conjugate gradients solve a linear network in about as many steps as unknowns") {
  for (const NetworkProblem& p : network_problems()) {
    if (p.architecture.activation != Activation::kIdentity ||
        p.architecture.loss != OutputLoss::kMse)
      continue;
    CAPTURE(p.name);
    const BatchRun got =
        infer(p, with(InferenceMethod::kConjugateGradients, 3 * p.energy().dim(), 1e-9));
    CHECK(got.report.converged == p.x.cols());
  }
}

}  // namespace
}  // namespace saddlescope

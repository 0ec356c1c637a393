// Second derivatives of the energy of nonlinear networks against differences of its gradients, and
// the linear case.
#include "saddlescope/hessian/network_curvature.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::network_problems;
using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

NetworkCurvature curvature_at(const NetworkProblem& p, const Vector& theta, const Matrix& z) {
  NetworkPass<double> pass;
  p.energy().evaluate(theta, p.x, p.y, z, pass);
  return {p.energy(), theta, pass};
}

// Both gradients, stacked.
Vector gradients(const NetworkProblem& p, const Vector& theta, const Matrix& z) {
  NetworkPass<double> pass;
  p.energy().evaluate(theta, p.x, p.y, z, pass);
  const Matrix g = p.energy().activity_gradient(theta, pass);
  Vector out(g.size() + theta.size());
  out << g.reshaped(), p.energy().parameter_gradient(pass);
  return out;
}

Vector stacked(const GradientTangent& tangent) {
  Vector out(tangent.activities.size() + tangent.parameters.size());
  out << tangent.activities.reshaped(), tangent.parameters;
  return out;
}

// As in tests/energy/network_energy.cpp: order two where phi is smooth; on a piece the gradients
// are polynomials and a small step stays on it.
template <class Line>
void check_tangent(const NetworkProblem& p, const Line& g, const Vector& expected) {
  CAPTURE(p.name);
  const auto error = [&](double h) { return ((g(h) - g(-h)) / (2 * h) - expected).norm(); };
  const double size = 10 + expected.norm() + g(0).norm();
  if (kinks(p.architecture.activation).empty()) {
    const double fine = error(1e-3);
    CHECK(fine <= error(2e-3) / 3.5 + 8 * kEps * size / 1e-3);
    CHECK(fine <= 1e-4 * size);
  } else {
    CHECK(error(1e-5) <= 1e-9 * size + 8 * kEps * size / 1e-5);
  }
}

TEST_CASE("tangents of both gradients along activities and parameters equal their differences") {
  RandomStream stream(1, "directions");
  for (const NetworkProblem& p : network_problems()) {
    const NetworkCurvature curvature = curvature_at(p, p.theta, p.z);
    const Matrix dz = stream.normal_matrix(p.z.rows(), p.z.cols()) / p.z.norm();
    const Vector dt = stream.normal_matrix(p.theta.size(), 1) / p.theta.norm();
    check_tangent(
        p, [&](double t) { return gradients(p, p.theta, p.z + t * dz); },
        stacked(curvature.along(&dz, nullptr)));
    check_tangent(
        p, [&](double t) { return gradients(p, p.theta + t * dt, p.z); },
        stacked(curvature.along(nullptr, &dt)));
    const Vector both = stacked(curvature.along(&dz, &dt));
    const Vector sum =
        stacked(curvature.along(&dz, nullptr)) + stacked(curvature.along(nullptr, &dt));
    CHECK((both - sum).norm() <= 100 * kEps * (1 + sum.norm()));
  }
}

TEST_CASE("the blocks of F_zz are those of its products and the joint Hessian is symmetric") {
  RandomStream stream(2, "directions");
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    const NetworkCurvature curvature = curvature_at(p, p.theta, p.z);
    const Matrix dz = stream.normal_matrix(p.z.rows(), p.z.cols());
    const Vector dt = stream.normal_matrix(p.theta.size(), 1);
    const GradientTangent by_z = curvature.along(&dz, nullptr);
    const GradientTangent by_theta = curvature.along(nullptr, &dt);
    const double N = static_cast<double>(p.z.cols());
    const double size = 1 + by_z.activities.norm() + by_theta.activities.norm();
    for (Index i = 0; i < p.z.cols(); ++i) {
      const Matrix product = curvature.activity_hessian(i).dense() * dz.col(i);
      CHECK((product - by_z.activities.col(i)).norm() <= 200 * kEps * size);
    }
    // dz' F_zt dt, from either side.
    CHECK(std::abs(by_theta.activities.cwiseProduct(dz).sum() / N - by_z.parameters.dot(dt)) <=
          200 * kEps * size * dt.norm());
  }
}

TEST_CASE("without an activation F_zz is the activity Hessian of the linear network") {
  for (const auto& problem : testing::random_problems()) {
    if (problem.architecture.depth() < 2) continue;
    NetworkProblem p;
    p.architecture = problem.architecture;
    p.decay = 0.4;
    p.theta = problem.theta;
    p.x = problem.data.x;
    p.y = problem.data.y;
    RandomStream stream(3, "activities");
    p.z = stream.normal_matrix(p.energy().dim(), p.x.cols());
    const Matrix expected = activity_hessian<double>(p.architecture, p.theta, 0.4).dense();
    const NetworkCurvature curvature = curvature_at(p, p.theta, p.z);
    for (const auto kind : {ActivityHessianKind::kExact, ActivityHessianKind::kGaussNewton})
      CHECK((curvature.activity_hessian(1, kind).dense() - expected).norm() <=
            100 * kEps * expected.norm());
  }
}

// Each hidden layer carries pi_l I + J' C J, and no error adds to it.
TEST_CASE("the Gauss-Newton matrix is positive definite where only hidden layers are free") {
  for (const NetworkProblem& p : network_problems()) {
    if (!p.clamping.input || !p.clamping.output) continue;
    CAPTURE(p.name);
    const NetworkCurvature curvature = curvature_at(p, p.theta, p.z);
    const Matrix GN = curvature.activity_hessian(0, ActivityHessianKind::kGaussNewton).dense();
    CHECK(symmetric_eigenvalues(GN).minCoeff() > 0);
    // With no errors at all it is exact.
    const Matrix forward = p.energy().forward(p.theta, p.x);
    NetworkProblem fitted = p;
    fitted.y = p.energy().predict(p.theta, p.x);
    if (p.architecture.loss == OutputLoss::kCrossEntropy) continue;
    const NetworkCurvature at_fit = curvature_at(fitted, p.theta, forward);
    const Matrix exact = at_fit.activity_hessian(0).dense();
    CHECK((at_fit.activity_hessian(0, ActivityHessianKind::kGaussNewton).dense() - exact).norm() <=
          10 * kEps * exact.norm());
  }
}

}  // namespace
}  // namespace saddlescope

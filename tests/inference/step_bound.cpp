// The curvature bound that chooses inference steps, against dense spectra.
#include "saddlescope/inference/step_bound.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"

#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::network_problems;
using testing::NetworkProblem;

// Widths up to 4: nine products of Lanczos' method find norms to rounding.
TEST_CASE("no sample's Gauss-Newton matrix has an eigenvalue above the bound") {
  double closest = std::numeric_limits<double>::infinity();
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    NetworkPass<double> pass;
    p.energy().evaluate(p.theta, p.x, p.y, p.z, pass);
    const NetworkCurvature curvature(p.energy(), p.theta, pass);
    const double bound = activity_curvature_bound<double>(p.energy(), p.theta);
    for (Index i = 0; i < p.x.cols(); ++i) {
      const Matrix H = curvature.activity_hessian(i, ActivityHessianKind::kGaussNewton).dense();
      const double largest = symmetric_eigenvalues(H)[H.rows() - 1];
      CHECK(largest <= bound * (1 + 1e-12));
      closest = std::min(closest, bound / largest);
    }
  }
  CHECK(closest <= 1.2);  // and it is not far away from all of them
}

// Linear networks: E is quadratic in e, with the Hessian T' H_z T, T = dz/de.
TEST_CASE("without an activation the bound in the errors is above their curvature") {
  for (const NetworkProblem& p : network_problems()) {
    const Architecture& net = p.architecture;
    if (net.activation != Activation::kIdentity || net.loss != OutputLoss::kMse) continue;
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    const Index n = energy.dim();
    Matrix T(n, n);
    NetworkPass<double> pass;
    energy.evaluate_forward(p.theta, p.x.col(0), p.y.col(0), pass);
    const auto stacked = [&](const Vector& e) {
      energy.move_to_errors(p.theta, e, pass);
      Vector z(n);
      for (Index l = energy.first_free(); l <= energy.last_free(); ++l)
        z.segment(energy.offset(l), net.widths[static_cast<std::size_t>(l)]) =
            pass.z[static_cast<std::size_t>(l)];
      return z;
    };
    const Vector origin = stacked(Vector::Zero(n));
    for (Index k = 0; k < n; ++k) T.col(k) = stacked(Vector::Unit(n, k)) - origin;
    const Matrix H = NetworkCurvature(energy, p.theta, pass).activity_hessian(0).dense();
    const double largest = symmetric_eigenvalues(T.transpose() * H * T)[n - 1];
    const double bound = error_curvature_bound<double>(energy, p.theta);
    CHECK(largest <= bound * (1 + 1e-12));
    if (p.decay == 0) CHECK(bound <= 4 * largest);  // pi up to 2 beside the response's part
  }
}

TEST_CASE("slopes stay below the bound of the slope and come near it") {
  for (const Activation activation : testing::all_activations()) {
    CAPTURE(name(activation));
    const Matrix u = Vector::LinSpaced(20001, -10, 10);
    Matrix slope(u.rows(), 1);
    activation_slope<double>(activation, u, slope);
    CHECK(slope.maxCoeff() <= largest_slope(activation));
    CHECK(slope.maxCoeff() >= largest_slope(activation) - 2e-3);
  }
}

TEST_CASE("single precision gives the same bounds and a weight that is no number none") {
  const NetworkProblem p = network_problems()[20];
  const NetworkEnergy<float> energy(p.architecture, p.decay, p.clamping);
  VectorOf<float> theta = p.theta.cast<float>();
  CHECK(activity_curvature_bound<float>(energy, theta) ==
        doctest::Approx(activity_curvature_bound<double>(p.energy(), p.theta)).epsilon(1e-5));
  CHECK(error_curvature_bound<float>(energy, theta) ==
        doctest::Approx(error_curvature_bound<double>(p.energy(), p.theta)).epsilon(1e-5));
  theta[p.architecture.offset(1)] = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(activity_curvature_bound<float>(energy, theta)));
  CHECK(std::isnan(error_curvature_bound<float>(energy, theta)));
}

}  // namespace
}  // namespace saddlescope

// The four directions of descent against gradients, dense Jacobians and their limits.
#include "saddlescope/hessian/descent_directions.hpp"

#include <Eigen/LU>
#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr Descent kAll[] = {Descent::kBackprop, Descent::kPredictiveCoding,
                            Descent::kLevenbergMarquardt, Descent::kGaussNewton};

// d vec(P_1 x)/d theta (m d_y x p), a column per parameter, from the definition A_l -> A_l + a_l dW:
// P_1 is affine in each weight, so differences with step 1 are exact but for rounding.
Matrix dense_jacobian(const Architecture& net, const DataFactor<double>& data,
                      const Vector& theta) {
  const auto prediction = [&](const Vector& at) {
    Matrix out = data.x;
    for (const Matrix& A : effective_maps<double>(net, at)) out = A * out;
    return out;
  };
  const Matrix here = prediction(theta);
  Matrix J(here.size(), theta.size());
  for (Index k = 0; k < theta.size(); ++k) {
    Vector moved = theta;
    moved[k] += 1;
    J.col(k) = (prediction(moved) - here).reshaped();
  }
  return J;
}

// Errors of both sides are n eps times the size of their terms, which a hundred covers at these
// sizes (n < 30, every factor below 3).
void check_equal(const Vector& got, const Vector& expected, double scale) {
  CHECK((got - expected).norm() <= 100 * kEps * scale);
}

TEST_CASE("BP and PC are the negative gradients of loss and energy") {
  for (const Problem& p : random_problems()) {
    const auto data = data_factor<double>(p.data);
    const DescentDirections directions(p.architecture, data, p.theta);
    REQUIRE(directions.summary().ok());
    const LinearState<double> loss(LinearObjective::kMse, p.architecture, data, p.theta);
    const LinearState<double> energy(LinearObjective::kEnergy, p.architecture, data, p.theta);
    CHECK(std::abs(directions.loss() - loss.value()) <= 100 * kEps * loss.value());
    CHECK(std::abs(directions.energy() - energy.value()) <= 100 * kEps * energy.value());
    const double scale = 1 + energy.S().norm();
    check_equal(directions.vector(Descent::kBackprop), -loss.gradient(),
                scale * (1 + loss.gradient().norm()));
    check_equal(directions.vector(Descent::kPredictiveCoding), -energy.gradient(),
                scale * (1 + energy.gradient().norm()));
    const Matrix S = directions.schur_excess() +
                     Matrix::Identity(p.architecture.output(), p.architecture.output()) /
                         p.architecture.lambda();
    CHECK((S - energy.S()).norm() <= 100 * kEps * S.norm());
    CHECK(directions.spectral_excess() + 1 / p.architecture.lambda() ==
          doctest::Approx(symmetric_eigenvalues(S).maxCoeff()).epsilon(100 * kEps));
  }
}

TEST_CASE("LM pulls S^-1 r back over the feed-forward activities") {
  for (const Problem& p : random_problems()) {
    const auto data = data_factor<double>(p.data);
    const DescentDirections directions(p.architecture, data, p.theta);
    const LinearState<double> energy(LinearObjective::kEnergy, p.architecture, data, p.theta);
    const Vector pulled = dense_jacobian(p.architecture, data, p.theta).transpose() *
                          energy.solve_S(energy.r()).reshaped();
    check_equal(directions.vector(Descent::kLevenbergMarquardt), pulled,
                (1 + energy.S().norm()) * (1 + pulled.norm()));
  }
}

// (J'J + eps I) v = J' vec r in the p x p primal form, whose condition is 1/damping.
TEST_CASE("GN solves the damped normal equations with the dense Jacobian") {
  for (const double damping : {1e-2, 1e-6}) {
    for (const Problem& p : random_problems()) {
      const auto data = data_factor<double>(p.data);
      const DescentDirections directions(p.architecture, data, p.theta, {true, damping});
      REQUIRE(directions.summary().ok());
      const LinearState<double> loss(LinearObjective::kMse, p.architecture, data, p.theta);
      const Matrix J = dense_jacobian(p.architecture, data, p.theta);
      const Matrix normal = J.transpose() * J;
      const double largest = symmetric_eigenvalues(normal).maxCoeff();
      CHECK(directions.gauss_newton_shift() ==
            doctest::Approx(damping * largest).epsilon(1e3 * kEps));
      const Vector v = directions.vector(Descent::kGaussNewton);
      const Vector residual = normal * v + directions.gauss_newton_shift() * v + loss.gradient();
      // The dual solve has a backward error of n eps |K| |U| with |U| <= |r|/eps where r meets
      // directions that J cannot see (a bottleneck); J' carries it over with |J| = |K|^{1/2}.
      CHECK(residual.norm() <= 10 * kEps / damping * std::sqrt(largest) * loss.r().norm());
    }
  }
}

TEST_CASE("inner products and cosines are those of the directions") {
  for (const Problem& p : random_problems()) {
    const auto data = data_factor<double>(p.data);
    const DescentDirections directions(p.architecture, data, p.theta);
    for (const Descent a : kAll) {
      for (const Descent b : kAll) {
        const Vector u = directions.vector(a);
        const Vector v = directions.vector(b);
        const double scale = u.norm() * v.norm();
        const double error = directions.cosine_error(a, b) * scale;
        CHECK(std::abs(directions.inner(a, b) - u.dot(v)) <= error);
        CHECK(std::abs(*directions.cosine(a, b) - u.dot(v) / scale) <= error / scale);
        for (Index l = 0; l < p.architecture.depth(); ++l) {
          const auto rows = p.architecture.rows(l) * p.architecture.cols(l);
          const Vector u_l = u.segment(p.architecture.offset(l), rows);
          const Vector v_l = v.segment(p.architecture.offset(l), rows);
          CHECK(std::abs(directions.inner(a, b, l) - u_l.dot(v_l)) <= error);
        }
      }
      CHECK(*directions.cosine(a, a) == doctest::Approx(1).epsilon(10 * kEps));
    }
  }
}

// With gradients untouched by the compression, so is J'J and everything made from them.
TEST_CASE("directions do not change under second-moment compression") {
  RandomStream stream(31, "samples");
  for (Problem p : random_problems()) {
    p.data.x = stream.normal_matrix(p.architecture.input(), 40);
    p.data.y = stream.normal_matrix(p.architecture.output(), 40);
    const auto data = data_factor<double>(p.data);
    const DescentDirections all(p.architecture, data, p.theta);
    const DescentDirections few(p.architecture, compress(data), p.theta);
    for (const Descent a : kAll) {
      const Vector u = all.vector(a);
      const double condition = a == Descent::kGaussNewton ? 1e6 : 1;
      CHECK((u - few.vector(a)).norm() <= 100 * kEps * condition * (1 + u.norm()));
    }
  }
}

// S -> I/lambda as hidden layers stiffen (pi_l -> inf, l < L): PC/lambda and LM/lambda differ from
// BP by terms linear in 1/pi.
TEST_CASE("PC and LM turn into lambda BP linearly as hidden precisions grow") {
  for (Problem p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const auto data = data_factor<double>(p.data);
    const auto distance = [&](Descent which, double precision) {
      for (std::size_t l = 0; l + 1 < p.architecture.precisions.size(); ++l)
        p.architecture.precisions[l] = precision;
      const DescentDirections directions(p.architecture, data, p.theta);
      const Vector bp = directions.vector(Descent::kBackprop);
      return (directions.vector(which) / p.architecture.lambda() - bp).norm() / bp.norm();
    };
    for (const Descent which : {Descent::kPredictiveCoding, Descent::kLevenbergMarquardt}) {
      const double far = distance(which, 1e4);
      const double near = distance(which, 1e5);
      CHECK(near < 1e-2);
      // The quadratic term is of relative size `far`.
      CHECK(far / near == doctest::Approx(10).epsilon(10 * far));
    }
  }
}

// K -> its damping: (K + eps)^{-1} r -> r/eps, so GN turns into BP with cosine 1 - O(damping^-2).
TEST_CASE("GN turns into BP as the damping grows") {
  for (const Problem& p : random_problems()) {
    const auto data = data_factor<double>(p.data);
    const DescentDirections damped(p.architecture, data, p.theta, {true, 1e5});
    CHECK(1 - *damped.cosine(Descent::kGaussNewton, Descent::kBackprop) <= 1e-9);
    if (p.architecture.input() == 1 && p.architecture.output() == 1) continue;  // K is a number
    const DescentDirections free(p.architecture, data, p.theta, {true, 1e-6});
    CHECK(*free.cosine(Descent::kGaussNewton, Descent::kBackprop) < 1 - 1e-6);
  }
}

// One layer: PC = lambda BP exactly, and GN without damping jumps to the least-squares solution.
TEST_CASE("one layer has PC parallel to BP and GN at the least-squares solution") {
  const Problem p = testing::random_problem({4, 3}, false, 41);
  const auto data = data_factor<double>(p.data);
  const DescentDirections directions(p.architecture, data, p.theta, {true, 1e-12});
  CHECK(1 - *directions.cosine(Descent::kBackprop, Descent::kPredictiveCoding) <= 10 * kEps);
  CHECK(directions.spectral_excess() == 0);
  const Vector after = p.theta + directions.vector(Descent::kGaussNewton);
  const LinearState<double> there(LinearObjective::kMse, p.architecture, data, after);
  CHECK(there.gradient().norm() <= 1e-8 * directions.vector(Descent::kBackprop).norm());
}

TEST_CASE("the origin has no Gauss-Newton direction and says why, and cosines there are nothing") {
  const Problem p = testing::random_problem({4, 3, 3, 2}, false, 42);
  const auto data = data_factor<double>(p.data);
  const DescentDirections directions(p.architecture, data, Vector::Zero(p.theta.size()));
  CHECK(directions.summary().status == Status::kRefused);
  CHECK(directions.summary().message.find("JJ' = 0") != std::string::npos);
  CHECK(!directions.has(Descent::kGaussNewton));
  CHECK_THROWS_AS(static_cast<void>(directions.vector(Descent::kGaussNewton)),
                  std::invalid_argument);
  REQUIRE(directions.has(Descent::kBackprop));
  CHECK(!directions.cosine(Descent::kBackprop, Descent::kPredictiveCoding).has_value());
  const Vector near = 1e-8 * p.theta;
  const DescentDirections close(p.architecture, data, near);
  const LinearState<double> energy(LinearObjective::kEnergy, p.architecture, data, near);
  check_equal(close.vector(Descent::kPredictiveCoding), -energy.gradient(),
              energy.gradient().norm());
}

TEST_CASE("numbers that overflow are named and give no directions") {
  const Problem p = testing::random_problem({4, 3, 3, 2}, false, 43);
  const auto data = data_factor<double>(p.data);
  const DescentDirections directions(p.architecture, data, 1e160 * p.theta);
  CHECK(directions.summary().status == Status::kNotFinite);
  CHECK(directions.summary().message.find("overflow") != std::string::npos);
  CHECK(!directions.has(Descent::kBackprop));
  CHECK_THROWS_AS(DescentDirections(p.architecture, data, Vector::Zero(3)), std::invalid_argument);
  CHECK_THROWS_AS(DescentDirections(p.architecture, data, p.theta, {true, 0}),
                  std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

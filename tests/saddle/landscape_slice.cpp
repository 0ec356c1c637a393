// Lines and planes through a point: values, descent in the plane, the quadratic model, and what of
// a trajectory the plane holds.
#include "saddlescope/saddle/landscape_slice.hpp"

#include <cmath>
#include <limits>
#include <memory>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <doctest/doctest.h>

#include "support/formula_objective.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/saddle/slice_directions.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::vector<std::unique_ptr<Objective<double>>> both(const Problem& p) {
  std::vector<std::unique_ptr<Objective<double>>> out;
  const auto data = data_factor<double>(p.data);
  out.push_back(mse_loss<double>(p.architecture, data));
  out.push_back(equilibrated_energy<double>(p.architecture, data));
  return out;
}

Matrix skew_directions(Index p) {
  Matrix D = RandomStream(3, "directions").normal_matrix(p, 2);
  D.col(1) += 2 * D.col(0);  // neither normalised nor orthogonal
  return D;
}

}  // namespace

TEST_CASE("a slice holds the values of the objective at theta + s u + t v") {
  for (const Problem& p : testing::random_problems()) {
    const SlicePlane plane(p.theta, skew_directions(p.theta.size()));
    const SliceGrid grid = slice_grid(plane, 0.5, 5);
    CHECK(grid.s[2] == 0);
    CHECK((grid.s + grid.s.reverse()).isZero(0));
    for (const auto& objective : both(p)) {
      const SliceSurface surface = slice(*objective, plane, grid, false);
      CHECK(surface.n_missing == 0);
      for (Index i = 0; i < 5; ++i)
        for (Index j = 0; j < 5; ++j) {
          const Vector theta = p.theta + grid.s[i] * plane.directions().col(0) +
                               grid.t[j] * plane.directions().col(1);
          CHECK(surface.values(i, j) == objective->at(theta).point->value());
        }
      CHECK(surface.values(2, 2) == objective->at(p.theta).point->value());
    }
  }
}

// f = 1/2 theta'H theta restricted to D = (u v) has the gradient D'H D c in coordinates c; the
// steepest direction among displacements D c' of given length is (D'D)^{-1} times it.
TEST_CASE("descent in a skew plane is steepest in the metric of parameter space") {
  RandomStream stream(1, "hessian");
  Matrix H = stream.normal_matrix(6, 6);
  H = (H + H.transpose()).eval();
  const auto f = testing::quadratic(H, Vector::Zero(6));
  const SlicePlane plane(Vector::Zero(6), skew_directions(6));
  const Matrix& D = plane.directions();
  const SliceGrid grid = slice_grid(plane, 1, 4);
  const SliceSurface surface = slice(f, plane, grid, true);
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < 4; ++j) {
      const Eigen::Vector2d c(grid.s[i], grid.t[j]);
      const Eigen::Vector2d expected = -(D.transpose() * D).inverse() * (D.transpose() * H * D * c);
      const Eigen::Vector2d got(surface.descent_s(i, j), surface.descent_t(i, j));
      CHECK((got - expected).norm() <= 1e4 * kEps * H.norm());
      CHECK(surface.values(i, j) ==
            doctest::Approx(0.5 * (D * c).dot(H * D * c)).epsilon(1e4 * kEps));
    }
}

// The residual of the quadratic model is f'''(0) s^3/6 + O(s^4): halving s divides it by 8, up to
// s f''''/(4 f'''). Where f''' = 0, at the origin of the energy, by 16.
TEST_CASE("the quadratic model errs at third order and at fourth where the third vanishes") {
  const Problem p = random_problem({3, 4, 2}, false, 21);
  for (const auto& objective : both(p)) {
    const auto residual = [&](const Vector& theta, const Vector& u, double s) {
      const auto point = objective->at(theta).point;
      const QuadraticModel model = quadratic_model(*point, u);
      return objective->at(theta + s * u).point->value() - model.at(s);
    };
    const Vector u = RandomStream(5, "u").normal_matrix(p.theta.size(), 1).normalized();
    const double ratio = residual(p.theta, u, 2e-3) / residual(p.theta, u, 1e-3);
    CHECK(std::abs(ratio - 8) <= 0.1);
    // f(-theta) = f(theta) for an even number of layers: no odd terms at the origin.
    const Vector zero = Vector::Zero(p.theta.size());
    const double even = residual(zero, u, 2e-1) / residual(zero, u, 1e-1);
    CHECK(std::abs(even - 16) <= 0.5);
  }
}

TEST_CASE("values that cannot be had are gaps with a reason") {
  const auto f = [](const Vector& theta) -> SliceValue {
    if (theta[0] > 0.5) return {0, {Status::kRefused, "beyond the border"}};
    return {1 / theta[1], {}};
  };
  const SlicePlane plane(Vector::Zero(2), Matrix::Identity(2, 2));
  const SliceSurface surface = slice(f, plane, slice_grid(plane, 1, 3));
  CHECK(surface.n_missing == 5);  // three beyond, and 1/0 at two more
  CHECK(surface.first_missing == "(s, t) = (1, -1): beyond the border");
  CHECK(std::isnan(surface.values(2, 0)));
  CHECK(std::isnan(surface.values(1, 1)));
  CHECK(surface.values(0, 0) == -1);
  // Parameters beyond the numbers are a gap of a real objective too, in values and descent.
  const Problem p = random_problem({3, 4, 2}, false, 21);
  for (const auto& objective : both(p)) {
    const SlicePlane far(p.theta, Matrix::Constant(p.theta.size(), 1, 1e200));
    const SliceSurface gaps = slice(*objective, far, slice_grid(far, 1, 3), true);
    CHECK(gaps.n_missing == 2);
    CHECK(std::isnan(gaps.values(0, 0)));
    CHECK(std::isnan(gaps.descent_s(2, 0)));
    CHECK(std::isfinite(gaps.values(1, 0)));
  }
}

TEST_CASE("slices have the same bits for one thread and for two") {
  const Problem p = random_problem({3, 4, 4, 4, 2}, true, 4);
  const SlicePlane plane(p.theta, skew_directions(p.theta.size()));
  const SliceGrid grid = slice_grid(plane, 1, 9);
  for (const auto& objective : both(p)) {
    set_threads(1);
    const SliceSurface one = slice(*objective, plane, grid, true);
    set_threads(2);
    const SliceSurface two = slice(*objective, plane, grid, true);
    set_threads(1);
    CHECK(one.values == two.values);
    CHECK(one.descent_s == two.descent_s);
    CHECK(one.descent_t == two.descent_t);
  }
}

// theta = c + D (s, t)' + n with n orthogonal to the plane: the coordinates come back, |n| is the
// distance, and the shares of the squared distances add up.
TEST_CASE("a trajectory has its coordinates in the plane and its distance from it") {
  const Index p = 12;
  RandomStream stream(8, "trajectory");
  const Vector center = stream.normal_matrix(p, 1);
  const SlicePlane plane(center, skew_directions(p));
  const Matrix& D = plane.directions();
  const Matrix c = stream.normal_matrix(2, 5);
  Matrix n = stream.normal_matrix(p, 5);
  n -= D * (D.transpose() * D).ldlt().solve(D.transpose() * n);
  const ProjectedTrajectory out = project(plane, (D * c + n).colwise() + center);
  const double size = (D * c).norm() + n.norm() + center.norm();
  CHECK((out.coordinates - c).norm() <= 1e3 * kEps * size);
  CHECK((out.off_plane - n.colwise().norm().transpose()).norm() <= 1e3 * kEps * size);
  CHECK(out.explained ==
        doctest::Approx((D * c).squaredNorm() / ((D * c).squaredNorm() + n.squaredNorm()))
            .epsilon(1e4 * kEps));
  CHECK(project(plane, center).explained == 1);
}

TEST_CASE("planes that are none and grids that are none are refused") {
  const Vector c = Vector::Zero(3);
  Matrix parallel(3, 2);
  parallel << 1, 2, 2, 4, 3, 6;
  CHECK_THROWS_AS(SlicePlane(c, parallel), std::invalid_argument);
  CHECK_THROWS_AS(SlicePlane(c, Matrix::Identity(3, 3)), std::invalid_argument);
  CHECK_THROWS_AS(SlicePlane(c, Matrix::Identity(2, 2)), std::invalid_argument);
  CHECK_THROWS_AS(SlicePlane(c, Matrix::Zero(3, 1)), std::invalid_argument);
  const SlicePlane line(c, Matrix::Identity(3, 1));
  CHECK_THROWS_AS(slice_grid(line, 0, 5), std::invalid_argument);
  CHECK_THROWS_AS(slice_grid(line, 1, 1), std::invalid_argument);
  const SliceGrid wide{Vector::Zero(1), Vector::Ones(2)};
  CHECK_THROWS_AS(slice([](const Vector&) { return SliceValue{}; }, line, wide),
                  std::invalid_argument);
}

}  // namespace saddlescope

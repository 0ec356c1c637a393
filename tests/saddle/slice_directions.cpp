// Directions of slices: eigenvectors, filter-normalised draws, principal components.
#include "saddlescope/saddle/slice_directions.hpp"

#include <cmath>
#include <limits>

#include <Eigen/Eigenvalues>
#include <doctest/doctest.h>

#include "support/formula_objective.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/hessian/linear_objective.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

}  // namespace

// The published slices took rows of the eigenvector matrix. Rows pass |H u - lambda u| only where
// the matrix happens to be symmetric.
TEST_CASE("Hessian directions are eigenvectors and rows of their matrix are not") {
  const Problem p = random_problem({5, 2, 4, 3}, false, 3);
  const auto data = data_factor<double>(p.data);
  for (const auto& make : {mse_loss<double>, equilibrated_energy<double>}) {
    const auto point = make(p.architecture, data)->at(p.theta).point;
    const Index n = point->dim();
    const Matrix H = point->hessian();
    const double rounding =
        4 * (point->hessian_error_bound() + static_cast<double>(n) * kEps * H.norm());
    const EigenDirections all = hessian_directions(*point, {1, 2, -1, 7}, 0);
    REQUIRE(all.summary.ok());
    CHECK(all.indices == std::vector<Index>{1, 2, n, 7});
    CHECK((H * all.vectors - all.vectors * all.values.asDiagonal()).norm() <= rounding);
    CHECK(all.residuals.maxCoeff() <= rounding);
    CHECK((all.vectors.transpose() * all.vectors - Matrix::Identity(4, 4)).norm() <=
          10 * kEps * static_cast<double>(n));
    const Vector spectrum = Eigen::SelfAdjointEigenSolver<Matrix>(H).eigenvalues();
    CHECK(std::abs(all.values[0] - spectrum[0]) <= rounding);
    CHECK(std::abs(all.values[2] - spectrum[n - 1]) <= rounding);
    CHECK(std::abs(all.values[3] - spectrum[6]) <= rounding);
    // The curvature along column i is lambda_i, along row i it is another number.
    std::vector<Index> every(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) every[static_cast<std::size_t>(i)] = i + 1;
    const Matrix U = hessian_directions(*point, every, 0).vectors;
    const Vector row = U.row(0).transpose();
    CHECK(std::abs(U.col(0).dot(H * U.col(0)) - spectrum[0]) <= rounding);
    CHECK(std::abs(row.dot(H * row) - spectrum[0]) >= 1e-3 * H.norm());
  }
}

TEST_CASE("matrix-free directions are the dense ones") {
  const Problem p = random_problem({6, 6, 5, 4}, false, 13);  // p = 86 > 64
  const auto point =
      equilibrated_energy<double>(p.architecture, data_factor<double>(p.data))->at(p.theta).point;
  const EigenDirections dense = hessian_directions(*point, {1, -1, -2}, 0);
  const EigenDirections free = hessian_directions(*point, {1, -1, -2}, 0, 0);
  REQUIRE(free.summary.ok());
  CHECK(free.indices == dense.indices);
  CHECK((dense.values - free.values).norm() <= 2 * (dense.error + free.error));
  for (Index j = 0; j < 3; ++j) {
    CHECK(dense.multiplicities[static_cast<std::size_t>(j)] == 1);
    // Davis-Kahan: the angle is below residual/gap; the gaps are above 1e-2 here.
    CHECK((dense.vectors.col(j) - free.vectors.col(j)).norm() <= 4e2 * free.error);
  }
}

TEST_CASE("multiple eigenvalues are told and indices out of reach refused") {
  const Vector diagonal = Vector::Map(std::array<double, 5>{3, -1, -1, 0, -1}.data(), 5);
  const auto f = testing::quadratic(diagonal.asDiagonal(), Vector::Zero(5));
  const auto point = f.at(Vector::Zero(5)).point;
  const EigenDirections out = hessian_directions(*point, {1, 4, -1}, 0);
  CHECK(out.multiplicities == std::vector<Index>{3, 1, 1});
  CHECK(out.vectors.col(2) == Vector::Unit(5, 0));  // signed by its largest entry
  CHECK_THROWS_AS(hessian_directions(*point, {0}, 0), std::invalid_argument);
  CHECK_THROWS_AS(hessian_directions(*point, {6}, 0), std::invalid_argument);
  CHECK_THROWS_AS(hessian_directions(*point, {5, -1}, 0), std::invalid_argument);
  const auto big = testing::quadratic(Matrix::Identity(200, 200), Vector::Zero(200));
  CHECK_THROWS_AS(hessian_directions(*big.at(Vector::Zero(200)).point, {100}, 0, 10),
                  std::invalid_argument);
}

TEST_CASE("filter-normalised rows have the norms of the point's rows and zero rows stay zero") {
  Problem p = random_problem({5, 2, 4, 3}, false, 3);
  weight<double>(p.architecture, p.theta, 1).row(2).setZero();
  const FilterDirections out = filter_normalised_directions(p.architecture, p.theta, 2, 7);
  CHECK(out.zero_rows == 1);
  CHECK(out.rows == 9);
  for (Index j = 0; j < 2; ++j) {
    const Vector direction = out.vectors.col(j);
    for (Index l = 0; l < 3; ++l) {
      const auto W = weight<double>(p.architecture, p.theta, l);
      const auto V = weight<double>(p.architecture, direction, l);
      for (Index i = 0; i < W.rows(); ++i)
        CHECK(std::abs(V.row(i).norm() - W.row(i).norm()) <= 20 * kEps * W.row(i).norm());
    }
  }
  CHECK(out.vectors == filter_normalised_directions(p.architecture, p.theta, 2, 7).vectors);
  CHECK(out.vectors != filter_normalised_directions(p.architecture, p.theta, 2, 8).vectors);
  CHECK(std::abs(out.vectors.col(0).dot(out.vectors.col(1))) < 0.9 * out.vectors.squaredNorm() / 2);
  // Twice a row is twice the direction's row: the slice does not see the scaling.
  Vector doubled = p.theta;
  weight<double>(p.architecture, doubled, 0) *= 2;
  const Vector once = out.vectors.col(0);
  const Vector twice = filter_normalised_directions(p.architecture, doubled, 1, 7).vectors.col(0);
  CHECK((weight<double>(p.architecture, twice, 0) - 2 * weight<double>(p.architecture, once, 0))
            .norm() <= 20 * kEps * doubled.norm());
  CHECK_THROWS_AS(filter_normalised_directions(p.architecture, Vector::Zero(p.theta.size()), 1, 7),
                  std::invalid_argument);
}

// Points c + a_k u + b_k v with u, v orthonormal, a and b uncorrelated about c: the components are
// u and v, the shares those of the sums of squares.
TEST_CASE("principal components find the axes of a planar cloud about the stated centre") {
  const Index p = 9;
  RandomStream stream(4, "cloud");
  const Matrix axes = stream.orthogonal_matrix(p, 2);
  Matrix c(2, 4);
  c << 3, -3, 3, -3, 1, 1, -1, -1;
  const Vector center = stream.normal_matrix(p, 1);
  const Matrix points = (axes * c).colwise() + center;
  const PrincipalDirections out = principal_directions(points, center, 2);
  CHECK(std::abs(std::abs(out.vectors.col(0).dot(axes.col(0))) - 1) <= 1e3 * kEps);
  CHECK(std::abs(std::abs(out.vectors.col(1).dot(axes.col(1))) - 1) <= 1e3 * kEps);
  CHECK((out.vectors.transpose() * out.vectors - Matrix::Identity(2, 2)).norm() <= 100 * kEps);
  CHECK(out.variances[0] == doctest::Approx(0.9).epsilon(1e4 * kEps));
  CHECK(out.variances[1] == doctest::Approx(0.1).epsilon(1e4 * kEps));
  // About another centre the first component is the way there.
  const Vector far = center + 100 * axes.col(1);
  CHECK(std::abs(principal_directions(points, far, 1).vectors.col(0).dot(axes.col(1))) > 0.99);
  CHECK_THROWS_AS(principal_directions(points, center, 3), std::invalid_argument);
  CHECK_THROWS_AS(principal_directions(center, center, 1), std::invalid_argument);
}

}  // namespace saddlescope

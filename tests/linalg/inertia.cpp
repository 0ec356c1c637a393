#include "saddlescope/linalg/inertia.hpp"

#include <limits>

#include <Eigen/Dense>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "linalg/matrices.hpp"

#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::testing {

TEST_CASE("both routes count the same signs") {
  RandomStream stream(1, "inertia");
  Vector spectrum = Vector::Zero(60);
  for (Index k = 0; k < 25; ++k) spectrum[k] = -stream.uniform(0.1, 2);
  for (Index k = 25; k < 35; ++k) spectrum[k] = stream.uniform(0.1, 2);
  const Matrix H = with_spectrum(spectrum, stream);
  const double threshold = 100 * eigenvalue_error_bound(60, 2);  // far below 0.1, above rounding
  const Inertia expected{25, 25, 10};
  CHECK(inertia_from_eigenvalues(symmetric_eigenvalues(H), threshold) == expected);
  CHECK(inertia_bunch_kaufman(H, threshold) == expected);
  CHECK(inertia_bunch_kaufman(1e-250 * H, 1e-250 * threshold) == expected);
  CHECK(inertia_bunch_kaufman(1e250 * H, 1e250 * threshold) == expected);
}

// Sylvester: M' H M has the inertia of H for every nonsingular M.
TEST_CASE("a congruence keeps the inertia") {
  RandomStream stream(2, "inertia");
  for (int trial = 0; trial < 5; ++trial) {
    const Matrix H = random_symmetric(31, stream);
    const Matrix M = stream.orthogonal_matrix(31, 31) * Vector::LinSpaced(31, 0.1, 3).asDiagonal() *
                     stream.orthogonal_matrix(31, 31);
    CHECK(count_negative_bunch_kaufman(M.transpose() * H * M) == count_negative_bunch_kaufman(H));
    CHECK(count_negative_bunch_kaufman(H) + count_negative_bunch_kaufman(-H) == 31);
  }
}

TEST_CASE("the inertia of a direct sum is the sum of the inertias") {
  RandomStream stream(3, "inertia");
  const Matrix A = random_symmetric(9, stream);
  const Matrix B = random_symmetric(14, stream);
  Matrix sum = Matrix::Zero(30, 30);  // and seven zeros
  sum.topLeftCorner(9, 9) = A;
  sum.bottomRightCorner(14, 14) = B;
  const Inertia of_A = inertia_bunch_kaufman(A, 0);
  const Inertia of_B = inertia_bunch_kaufman(B, 0);
  CHECK(inertia_bunch_kaufman(sum, 0) ==
        Inertia{of_A.n_negative + of_B.n_negative, 7, of_A.n_positive + of_B.n_positive});
}

// [[P, B'], [B, 0]] with P positive definite (n x n) and B (m x n) onto has m negative and n
// positive eigenvalues. The zero block makes 2 x 2 pivots.
TEST_CASE("a saddle-point matrix has one negative eigenvalue per constraint") {
  RandomStream stream(4, "inertia");
  const Index n = 20;
  const Index m = 12;
  const Matrix G = stream.normal_matrix(n, n);
  const Matrix B = stream.normal_matrix(m, n);
  Matrix saddle = Matrix::Zero(n + m, n + m);
  saddle.topLeftCorner(n, n) = G * G.transpose() + Matrix::Identity(n, n);
  saddle.bottomLeftCorner(m, n) = B;  // the upper triangle is not read
  CHECK(inertia_bunch_kaufman(saddle, 0) == Inertia{m, 0, n});
  const Matrix swap = (Matrix(2, 2) << 0, 1, 1, 0).finished();
  CHECK(inertia_bunch_kaufman(swap, 0) == Inertia{1, 0, 1});
}

TEST_CASE("zero pivots count as zero") {
  CHECK(inertia_bunch_kaufman(Matrix::Zero(6, 6), 0) == Inertia{0, 6, 0});
  CHECK(inertia_bunch_kaufman(Matrix::Ones(2, 2), 0) == Inertia{0, 1, 1});
  CHECK(inertia_bunch_kaufman(-Matrix::Ones(4, 4), 0) == Inertia{1, 3, 0});
  CHECK(inertia_bunch_kaufman(Matrix(0, 0), 0) == Inertia{});
}

TEST_CASE("an eigenvalue at the threshold is zero and just beyond it is not") {
  const Vector values = (Vector(5) << -2, -1, 0, 1, 2).finished();
  CHECK(inertia_from_eigenvalues(values, 1) == Inertia{1, 3, 1});
  CHECK(inertia_from_eigenvalues(values, 0.999) == Inertia{2, 1, 2});
  CHECK(inertia_bunch_kaufman(values.asDiagonal(), 1) == Inertia{1, 3, 1});
  CHECK(inertia_bunch_kaufman(values.asDiagonal(), 0.999) == Inertia{2, 1, 2});
}

TEST_CASE("negative thresholds and NaN and rectangles are refused") {
  const Vector values = Vector::Ones(2);
  CHECK_THROWS_AS((void)inertia_from_eigenvalues(values, -1), std::invalid_argument);
  CHECK_THROWS_AS((void)inertia_bunch_kaufman(Matrix::Zero(2, 3), 0), std::invalid_argument);
  Matrix H = Matrix::Identity(3, 3);
  H(2, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS((void)count_negative_bunch_kaufman(H), std::invalid_argument);
}

}  // namespace saddlescope::testing

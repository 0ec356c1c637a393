#include "saddlescope/linalg/dense_spectrum.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <Eigen/Dense>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "linalg/matrices.hpp"

#include "saddlescope/linalg/exact_blocks.hpp"

namespace saddlescope::testing {

namespace {

double largest(const Matrix& M) { return M.size() == 0 ? 0.0 : M.cwiseAbs().maxCoeff(); }

// The law of backward stability: 4 times the error bound covers LAPACK's modest constant and the
// rounding with which the test matrix itself was made.
double tolerance(Index n, double norm) { return 4 * eigenvalue_error_bound(n, norm); }

}  // namespace

TEST_CASE("A U = U D with orthonormal U and ascending D") {
  RandomStream stream(1, "dense spectrum");
  for (const Index n : {1, 2, 7, 60, 200}) {
    const Matrix A = random_symmetric(n, stream);
    const Eigenpairs pairs = symmetric_eigenpairs(A);
    const double norm = pairs.values.cwiseAbs().maxCoeff();
    CHECK((A * pairs.vectors - pairs.vectors * pairs.values.asDiagonal()).norm() <=
          tolerance(n, norm) * std::sqrt(n));
    CHECK((pairs.vectors.transpose() * pairs.vectors - Matrix::Identity(n, n)).norm() <=
          tolerance(n, 1.0) * std::sqrt(n));
    CHECK(std::is_sorted(pairs.values.begin(), pairs.values.end()));
    CHECK(largest(symmetric_eigenvalues(A) - pairs.values) <= tolerance(n, norm));
  }
}

// Above n = 2000 another routine does the work.
TEST_CASE("the eigenvalues sum to the trace and their squares to the squared Frobenius norm") {
  RandomStream stream(2, "dense spectrum");
  for (const Index n : {30, 2050}) {
    const Matrix A = random_symmetric(n, stream);
    const Vector values = symmetric_eigenvalues(A);
    const double norm = values.cwiseAbs().maxCoeff();
    const auto terms = static_cast<double>(n);
    CHECK(std::is_sorted(values.begin(), values.end()));
    CHECK(std::abs(values.sum() - A.trace()) <= terms * tolerance(n, norm));
    CHECK(std::abs(values.squaredNorm() - A.squaredNorm()) <= terms * tolerance(n, norm * norm));
  }
}

TEST_CASE("the spectrum of c H is c times the spectrum of H") {
  RandomStream stream(3, "dense spectrum");
  const Matrix H = random_symmetric(50, stream);
  const Vector reference = symmetric_eigenvalues(H);
  const double norm = reference.cwiseAbs().maxCoeff();
  for (const double c : {1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11,
                         1e-12, 1e-200, 1e-290, 1e200, 1e300}) {
    CAPTURE(c);
    const Vector values = symmetric_eigenvalues(c * H);
    CHECK(largest(values / c - reference) <= tolerance(50, norm));
    CHECK(largest(symmetric_eigenpairs(c * H).values / c - reference) <= tolerance(50, norm));
  }
}

TEST_CASE("outliers beside a bulk keep their places when the matrix is scaled by 1e-4") {
  RandomStream stream(4, "dense spectrum");
  Vector spectrum(300);
  for (double& value : spectrum) value = stream.uniform(0, 0.2);
  spectrum.head(5) << 5, 3, 1.5, -1, -0.5;
  const Matrix H = with_spectrum(spectrum, stream);
  CHECK(largest(symmetric_eigenvalues(1e-4 * H) / 1e-4 - sorted(spectrum)) <= tolerance(300, 5));
}

TEST_CASE("zero and diagonal matrices have their diagonal as exact spectrum") {
  CHECK(symmetric_eigenvalues(Matrix::Zero(40, 40)) == Vector::Zero(40));
  CHECK(symmetric_eigenvalues(Matrix::Identity(40, 40)) == Vector::Ones(40));
  const Vector diagonal = Vector::LinSpaced(9, -1, 1) / 3;
  CHECK(symmetric_eigenvalues(diagonal.reverse().asDiagonal()) == diagonal);
  const Eigenpairs pairs = symmetric_eigenpairs(diagonal.reverse().asDiagonal());
  CHECK(pairs.values == diagonal);
  CHECK(pairs.vectors == Matrix(Matrix::Identity(9, 9).rowwise().reverse()));
  CHECK(symmetric_eigenvalues(Matrix(0, 0)).size() == 0);
}

TEST_CASE("repeated eigenvalues keep their multiplicities") {
  RandomStream stream(5, "dense spectrum");
  Vector spectrum = Vector::Zero(300);
  spectrum.head(4) << 2, 2, -2, -2;
  CHECK(largest(symmetric_eigenvalues(with_spectrum(spectrum, stream)) - sorted(spectrum)) <=
        tolerance(300, 2));
  spectrum = Vector::Constant(200, 1.0);
  spectrum.head(80).setConstant(-3.0);
  CHECK(largest(symmetric_eigenvalues(with_spectrum(spectrum, stream)) - sorted(spectrum)) <=
        tolerance(200, 3));
}

// The Laplacian of the cycle of n nodes has the eigenvalues 2 - 2 cos(2 pi k / n).
TEST_CASE("the cycle's Laplacian has its cosine spectrum") {
  const Index n = 20;
  Matrix laplacian = 2 * Matrix::Identity(n, n);
  Vector expected(n);
  for (Index k = 0; k < n; ++k) {
    const Index next = (k + 1) % n;
    laplacian(k, next) = laplacian(next, k) = -1;
    expected[k] = 2 - 2 * std::cos(2 * std::numbers::pi * static_cast<double>(k) / n);
  }
  CHECK(largest(symmetric_eigenvalues(laplacian) - sorted(expected)) <= tolerance(n, 4));
}

TEST_CASE("an exactly block-diagonal matrix has bit for bit the spectra of its blocks") {
  RandomStream stream(6, "dense spectrum");
  const Matrix A = random_symmetric(5, stream);
  const Matrix B = random_symmetric(3, stream);
  Matrix H = Matrix::Zero(12, 12);  // four all-zero rows
  const std::vector<Index> at = stream.sample(12, 8);
  const std::vector<Index> at_A(at.begin(), at.begin() + 5);
  const std::vector<Index> at_B(at.begin() + 5, at.end());
  H(at_A, at_A) = A;
  H(at_B, at_B) = B;
  CHECK(exact_blocks(H).size() == 6);

  const Vector values = symmetric_eigenvalues(H);
  CHECK((values.array() == 0).count() == 4);
  // LAPACK sees the rows of A in the order in which they stand in H.
  auto sorted_A = at_A;
  std::sort(sorted_A.begin(), sorted_A.end());
  for (const double value : symmetric_eigenvalues(H(sorted_A, sorted_A)))
    CHECK((values.array() == value).count() == 1);

  const Eigenpairs pairs = symmetric_eigenpairs(H);
  CHECK((H * pairs.vectors - pairs.vectors * pairs.values.asDiagonal()).norm() <=
        tolerance(12, H.norm()));
  CHECK((pairs.vectors.transpose() * pairs.vectors - Matrix::Identity(12, 12)).norm() <=
        tolerance(12, 1) * std::sqrt(12));
}

TEST_CASE("exact blocks are the connected components of a chain cut in two") {
  Matrix H = Matrix::Identity(6, 6);
  for (const Index k : {0, 1, 3, 4}) H(k + 1, k) = 1e-300;  // 0-1-2 and 3-4-5, lower triangle only
  const auto blocks = exact_blocks(H);
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0] == std::vector<Index>{0, 1, 2});
  CHECK(blocks[1] == std::vector<Index>{3, 4, 5});
}

// Weyl: eigenvalues move by at most |E|_2. Cauchy: those of a principal submatrix interlace.
TEST_CASE("eigenvalues obey Weyl and Cauchy") {
  RandomStream stream(7, "dense spectrum");
  const Matrix A = random_symmetric(40, stream);
  const Matrix E = 1e-3 * random_symmetric(40, stream);
  const Vector of_A = symmetric_eigenvalues(A);
  const double slack = tolerance(40, of_A.cwiseAbs().maxCoeff());
  CHECK(largest(symmetric_eigenvalues(A + E) - of_A) <=
        symmetric_eigenvalues(E).cwiseAbs().maxCoeff() + slack);
  const Vector inner = symmetric_eigenvalues(A.topLeftCorner(39, 39));
  CHECK((inner - of_A.head(39)).minCoeff() >= -slack);
  CHECK((of_A.tail(39) - inner).minCoeff() >= -slack);
}

TEST_CASE("NaN and Inf and rectangles are refused and the upper triangle is not read") {
  const double bad[] = {std::numeric_limits<double>::quiet_NaN(),
                        std::numeric_limits<double>::infinity()};
  for (const double value : bad) {
    Matrix H = Matrix::Identity(4, 4);
    H(0, 3) = value;
    CHECK(symmetric_eigenvalues(H) == Vector::Ones(4));
    H(3, 0) = value;
    CHECK_THROWS_AS((void)symmetric_eigenvalues(H), std::invalid_argument);
    CHECK_THROWS_AS((void)symmetric_eigenpairs(H), std::invalid_argument);
  }
  CHECK_THROWS_AS((void)symmetric_eigenvalues(Matrix::Zero(3, 4)), std::invalid_argument);
}

}  // namespace saddlescope::testing

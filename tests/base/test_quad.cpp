// The quad type: its precision, and Eigen's factorisations over it.
#include <cmath>
#include <limits>

#include <Eigen/Dense>
#include <doctest/doctest.h>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

const Quad kEps = std::numeric_limits<Quad>::epsilon();

TEST_CASE("quad has 113 significant bits") {
  CHECK(std::numeric_limits<Quad>::digits == 113);
  CHECK(kEps == ldexp(Quad(1), -112));
  CHECK(Eigen::NumTraits<Quad>::epsilon() == kEps);
  CHECK(Quad(1) + kEps > 1);
  CHECK(Quad(1) + kEps / 2 == 1);
  // The exponent range holds squares of the smallest and largest doubles.
  CHECK(Quad(std::numeric_limits<double>::min()) * std::numeric_limits<double>::min() > 0);
}

// Doubles convert exactly, so 1/3 in double differs from 1/3 in quad by its own rounding error.
TEST_CASE("conversion from double is exact") {
  const Quad error = abs(Quad(1.0 / 3) - Quad(1) / 3);
  CHECK(error > 0);
  CHECK(error < ldexp(Quad(1), -54));
}

// Backward stable solves: the residual is a small multiple of n eps |A| |x|.
TEST_CASE("Cholesky and LDLT solve symmetric systems to quad precision") {
  const Index n = 12;
  RandomStream stream(1, "quad");
  const MatrixOf<Quad> G = stream.normal_matrix(n, n).cast<Quad>();
  const MatrixOf<Quad> A = G * G.transpose() + MatrixOf<Quad>::Identity(n, n);
  const MatrixOf<Quad> B = stream.normal_matrix(n, 2).cast<Quad>();
  const Eigen::LLT<MatrixOf<Quad>> llt(A);
  REQUIRE(llt.info() == Eigen::Success);
  const Eigen::LDLT<MatrixOf<Quad>> ldlt(A);
  REQUIRE(ldlt.info() == Eigen::Success);
  for (const MatrixOf<Quad>& X : {MatrixOf<Quad>(llt.solve(B)), MatrixOf<Quad>(ldlt.solve(B))}) {
    const Quad residual = (A * X - B).norm();
    CHECK(residual < 10 * n * kEps * A.norm() * X.norm());
    CHECK(residual > 0);
  }
}

TEST_CASE("LLT refuses an indefinite matrix") {
  MatrixOf<Quad> A = MatrixOf<Quad>::Identity(3, 3);
  A(2, 2) = -kEps;
  CHECK(Eigen::LLT<MatrixOf<Quad>>(A).info() == Eigen::NumericalIssue);
}

// The Hilbert matrix of size 8 has condition number 1.5e10 and entries that are not doubles: its
// determinant is 2.7e-33 exactly as the product formula says, to n eps times the condition number.
TEST_CASE("the determinant of a Hilbert matrix agrees with its product formula") {
  const Index n = 8;
  MatrixOf<Quad> H(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) H(i, j) = Quad(1) / Quad(i + j + 1);
  const auto c = [](Index m) {  // prod_{i=1}^{m-1} i!
    Quad product = 1;
    Quad factorial = 1;
    for (Index i = 1; i < m; ++i) product *= factorial *= i;
    return product;
  };
  const Quad exact = pow(c(n), 4) / c(2 * n);
  const Quad computed = H.llt().matrixL().toDenseMatrix().diagonal().prod();
  CHECK(abs(computed * computed / exact - 1) < n * kEps * 1.6e10);
}

}  // namespace
}  // namespace saddlescope

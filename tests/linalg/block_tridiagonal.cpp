#include "saddlescope/linalg/block_tridiagonal.hpp"

#include <cmath>
#include <limits>

#include <Eigen/Dense>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "linalg/matrices.hpp"
#include "support/operator_laws.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::testing {

namespace {

// J'J + I/2, J block bidiagonal with Gaussian blocks J_kk and J_{k+1,k}:
//   H_kk = J_kk' J_kk + J_{k+1,k}' J_{k+1,k} + I/2,   H_{k,k+1} = J_{k+1,k}' J_{k+1,k+1}.
BlockTridiagonal<double> positive_definite(const std::vector<Index>& sizes, RandomStream& stream) {
  BlockTridiagonal<double> H;
  Matrix below;  // J_{k,k-1}
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    const Index n = sizes[k];
    const Matrix own = stream.normal_matrix(n, n);
    H.diagonal.emplace_back(own.transpose() * own + 0.5 * Matrix::Identity(n, n));
    if (k > 0) H.upper.emplace_back(below.transpose() * own);
    if (k + 1 == sizes.size()) break;
    below = stream.normal_matrix(sizes[k + 1], n);
    H.diagonal[k] += below.transpose() * below;
  }
  return H;
}

template <class T>
BlockTridiagonal<T> cast(const BlockTridiagonal<double>& H) {
  BlockTridiagonal<T> out;
  for (const auto& D : H.diagonal) out.diagonal.push_back(D.template cast<T>());
  for (const auto& U : H.upper) out.upper.push_back(U.template cast<T>());
  return out;
}

}  // namespace

const std::vector<std::vector<Index>> kShapes = {
    {1}, {6}, {1, 1, 1, 1}, {3, 1, 5, 2}, {8, 20, 4, 12}};

TEST_CASE("block-tridiagonal products obey the operator laws and equal the dense product") {
  RandomStream stream(1, "block tridiagonal");
  for (const auto& sizes : kShapes) {
    const auto H = positive_definite(sizes, stream);
    check_operator_laws(H, stream);
    const Matrix dense = H.dense();
    CHECK(dense == Matrix(dense.transpose()));
    const Matrix V = stream.normal_matrix(H.dim(), 3);
    Matrix HV(H.dim(), 3);
    H.apply(V, HV);
    CHECK((HV - dense * V).norm() <= eigenvalue_error_bound(H.dim(), dense.norm()) * V.norm());
  }
}

// Backward stable: (H + E) X = B with |E| of a few n eps |H|.
TEST_CASE("the factor solves with many right-hand sides to rounding") {
  RandomStream stream(2, "block tridiagonal");
  for (const auto& sizes : kShapes) {
    const auto H = positive_definite(sizes, stream);
    const BlockTridiagonalCholesky<double> factor(H);
    REQUIRE(factor.summary().ok());
    const Matrix B = stream.normal_matrix(H.dim(), 7);
    const Matrix X = factor.solve(B);
    const Matrix dense = H.dense();
    CHECK((dense * X - B).norm() <= 4 * eigenvalue_error_bound(H.dim(), dense.norm()) * X.norm());
  }
}

TEST_CASE("the log determinant is the sum of the logs of the eigenvalues") {
  RandomStream stream(3, "block tridiagonal");
  for (const auto& sizes : kShapes) {
    const auto H = positive_definite(sizes, stream);
    const Vector values = symmetric_eigenvalues(H.dense());
    // Each eigenvalue is at least 1/2 and off by n eps |H|, so its log by twice that.
    const double tolerance = static_cast<double>(H.dim()) * 8 *
                             eigenvalue_error_bound(H.dim(), values.cwiseAbs().maxCoeff());
    CHECK(std::abs(BlockTridiagonalCholesky<double>(H).log_determinant() -
                   values.array().log().sum()) <= tolerance);
  }
}

// det tridiag(-w, 1 + w^2, -w) of size n is 1 + w^2 + .. + w^{2n}.
TEST_CASE("a scalar chain has its geometric determinant in double and in quad") {
  const Index n = 9;
  const double w = 1.25;
  BlockTridiagonal<double> H;
  H.diagonal.assign(n, Matrix::Constant(1, 1, 1 + w * w));
  H.upper.assign(n - 1, Matrix::Constant(1, 1, -w));
  Quad determinant = 0;
  for (Index k = 0; k <= n; ++k) determinant += pow(Quad(w), 2 * static_cast<int>(k));
  const double expected = static_cast<double>(log(determinant));
  CHECK(std::abs(BlockTridiagonalCholesky<double>(H).log_determinant() - expected) <= 1e-14);
  const Quad quad = BlockTridiagonalCholesky<Quad>(cast<Quad>(H)).log_determinant();
  CHECK(abs(quad - log(determinant)) <= Quad(1e-31));
}

TEST_CASE("quad and double agree to double's rounding and quad's residual is at quad's") {
  RandomStream stream(4, "block tridiagonal");
  const auto H = positive_definite({3, 1, 5, 2}, stream);
  const auto HQ = cast<Quad>(H);
  const Matrix B = stream.normal_matrix(H.dim(), 2);
  const BlockTridiagonalCholesky<Quad> factor(HQ);
  REQUIRE(factor.summary().ok());
  const MatrixOf<Quad> X = factor.solve(B.cast<Quad>());
  MatrixOf<Quad> HX(X.rows(), X.cols());
  HQ.apply(X, HX);
  CHECK((HX - B.cast<Quad>()).norm() <= 1e-30 * H.dense().norm() * B.norm());
  // eigenvalues >= 1/2: the error of X is at most 2 x residual.
  CHECK((X.cast<double>() - BlockTridiagonalCholesky<double>(H).solve(B)).norm() <=
        8 * eigenvalue_error_bound(H.dim(), H.dense().norm()) * X.cast<double>().norm());
}

TEST_CASE("a matrix that is not positive definite is refused and the block named") {
  RandomStream stream(5, "block tridiagonal");
  for (const std::size_t bad : {0U, 2U}) {
    auto H = positive_definite({3, 1, 5, 2}, stream);
    H.diagonal[bad](0, 0) = -1;
    const BlockTridiagonalCholesky<double> factor(H);
    CHECK(factor.summary().status == Status::kRefused);
    CHECK(factor.summary().message.find(fmt::format("block {} of 4", bad + 1)) !=
          std::string::npos);
    CHECK(BlockTridiagonalCholesky<Quad>(cast<Quad>(H)).summary().message ==
          factor.summary().message);
    CHECK_THROWS_AS((void)factor.solve(Matrix::Zero(11, 1)), std::invalid_argument);
    CHECK_THROWS_AS((void)factor.log_determinant(), std::invalid_argument);
  }
}

TEST_CASE("a NaN anywhere in the blocks is refused") {
  RandomStream stream(6, "block tridiagonal");
  const auto good = positive_definite({3, 2, 4}, stream);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t k = 0; k < 3; ++k) {
    auto H = good;
    H.diagonal[k](1, 0) = nan;
    CHECK_FALSE(BlockTridiagonalCholesky<double>(H).summary().ok());
    CHECK_FALSE(BlockTridiagonalCholesky<Quad>(cast<Quad>(H)).summary().ok());
    if (k == 2) break;
    H = good;
    H.upper[k](1, 1) = nan;
    CHECK_FALSE(BlockTridiagonalCholesky<double>(H).summary().ok());
  }
}

TEST_CASE("blocks that do not chain are refused") {
  RandomStream stream(7, "block tridiagonal");
  const auto good = positive_definite({3, 2, 4}, stream);
  auto H = good;
  H.upper.pop_back();
  CHECK_THROWS_AS((BlockTridiagonalCholesky<double>(H)), std::invalid_argument);
  H = good;
  H.upper[1] = Matrix::Zero(4, 2);
  CHECK_THROWS_AS((BlockTridiagonalCholesky<double>(H)), std::invalid_argument);
  H = good;
  H.diagonal[1] = Matrix::Zero(2, 3);
  CHECK_THROWS_AS((BlockTridiagonalCholesky<double>(H)), std::invalid_argument);
  CHECK_THROWS_AS((BlockTridiagonalCholesky<double>({})), std::invalid_argument);
  CHECK_THROWS_AS((void)BlockTridiagonalCholesky<double>(good).solve(Matrix::Zero(8, 1)),
                  std::invalid_argument);
}

}  // namespace saddlescope::testing

// The proved bound of the smallest eigenvalue against closed forms and a dense solver.
#include "saddlescope/linalg/block_tridiagonal_bound.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

BlockTridiagonal<double> random_matrix(std::uint64_t seed, double shift) {
  RandomStream stream(seed, "blocks");
  BlockTridiagonal<double> H;
  for (const Index n : {3, 5, 2, 4}) {
    const Matrix B = stream.normal_matrix(n, n);
    H.diagonal.emplace_back(B + B.transpose() + shift * Matrix::Identity(n, n));
  }
  for (std::size_t k = 0; k + 1 < H.diagonal.size(); ++k)
    H.upper.push_back(stream.normal_matrix(H.diagonal[k].rows(), H.diagonal[k + 1].rows()));
  return H;
}

TEST_CASE("the smallest eigenvalue lies between the proved bound and the Rayleigh quotient") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const BlockTridiagonal<double> H = random_matrix(seed, 12);
    const Vector spectrum = symmetric_eigenvalues(H.dense());
    const auto got = smallest_eigenvalue(H);
    REQUIRE(got.has_value() == (spectrum[0] > 0));
    if (!got) continue;
    const double slack = 1e-13 * spectrum.cwiseAbs().maxCoeff();  // of the dense solver
    CHECK(got->below <= spectrum[0] + slack);
    CHECK(got->above >= spectrum[0] - slack);
    CHECK(got->below >= 0.98 * spectrum[0]);
  }
}

TEST_CASE("the largest eigenvalue lies between the Rayleigh quotient and the proved bound") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const BlockTridiagonal<double> H = random_matrix(seed, 12);
    const Vector spectrum = symmetric_eigenvalues(H.dense());
    const double largest = spectrum[spectrum.size() - 1];
    const LargestEigenvalue got = largest_eigenvalue(H);
    const double slack = 1e-13 * spectrum.cwiseAbs().maxCoeff();
    CHECK(got.below <= largest + slack);
    CHECK(got.above >= largest - slack);
    CHECK(got.above <= 1.02 * largest);
  }
  // Beside a larger negative end the iteration finds that one; the bound holds all the same.
  const BlockTridiagonal<double> negative = random_matrix(4, -30);
  const Vector spectrum = symmetric_eigenvalues(negative.dense());
  const LargestEigenvalue got = largest_eigenvalue(negative);
  CHECK(got.below <= spectrum[spectrum.size() - 1]);
  CHECK(got.above >= spectrum[spectrum.size() - 1]);
}

// Shifted by its own smallest eigenvalue and a little: 1e-6 is resolved, below rounding nothing is.
TEST_CASE("positive definite to rounding is proved and what rounding hides is not") {
  const BlockTridiagonal<double> H = random_matrix(3, 0);
  const double lowest = symmetric_eigenvalues(H.dense())[0];
  const auto shifted = [&](double margin) {
    BlockTridiagonal<double> M = H;
    for (Matrix& block : M.diagonal) block.diagonal().array() += margin - lowest;
    return smallest_eigenvalue(M);
  };
  const auto small = shifted(1e-6);
  REQUIRE(small.has_value());
  CHECK(small->below > 0.9e-6);
  CHECK(small->below <= 1e-6 + 1e-13);
  CHECK_FALSE(shifted(-1e-6).has_value());
  const auto nothing = shifted(1e-15);
  CHECK((!nothing.has_value() || nothing->below <= 0));
}

}  // namespace
}  // namespace saddlescope

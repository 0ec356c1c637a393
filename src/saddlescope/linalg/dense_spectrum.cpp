#include "saddlescope/linalg/dense_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/exact_blocks.hpp"
#include "saddlescope/linalg/lapack.hpp"
#include "saddlescope/linalg/power_of_two.hpp"

namespace saddlescope {
namespace {

constexpr Index kTwoStageFrom = 2000;      // where dsyevd_2stage overtakes dsyevd
constexpr Index kLargestForPairs = 32766;  // 2 n^2 + 6 n + 1 fits in dsyevd's 32-bit work size

void require_symmetric_input(const Matrix& H) {
  require(H.rows() == H.cols(), "symmetric matrix: expected square, got {} x {}", H.rows(),
          H.cols());
  for (Index j = 0; j < H.cols(); ++j)
    for (Index i = j; i < H.rows(); ++i)
      require(std::isfinite(H(i, j)),
              "symmetric matrix: expected finite entries, got {} at ({}, {})", H(i, j), i, j);
}

void check_convergence(int info, Index n) {
  if (info != 0)
    throw std::runtime_error(
        fmt::format("LAPACK's symmetric eigen-solver stopped with info = {} at n = {}", info, n));
}

// The eigenvalues of one block; `B` is overwritten, with the eigenvectors if `vectors`.
Vector solve_block(Matrix& B, bool vectors) {
  const Index n = B.rows();
  const int exponent = scale_into_safe_range(B);
  Vector values;
  if (vectors) {
    check_convergence(lapack_eigenpairs(B, values), n);
  } else {
    const auto routine =
        n < kTwoStageFrom ? EigenRoutine::kDivideAndConquer : EigenRoutine::kTwoStage;
    check_convergence(lapack_eigenvalues(routine, B, values), n);
  }
  if (exponent != 0)
    for (double& value : values) value = std::ldexp(value, -exponent);
  return values;
}

}  // namespace

Vector symmetric_eigenvalues(Matrix H) {
  require_symmetric_input(H);
  const auto blocks = exact_blocks(H);
  if (blocks.size() == 1 && H.rows() > 1) return solve_block(H, false);
  Vector values(H.rows());
  Index done = 0;
  for (const auto& block : blocks) {
    const auto n = static_cast<Index>(block.size());
    if (n == 1) {
      values[done] = H(block[0], block[0]);
    } else {
      Matrix B = lower_block(H, block);
      values.segment(done, n) = solve_block(B, false);
    }
    done += n;
  }
  std::sort(values.begin(), values.end());
  return values;
}

Eigenpairs symmetric_eigenpairs(Matrix H) {
  require_symmetric_input(H);
  const Index dim = H.rows();
  const auto blocks = exact_blocks(H);
  if (blocks.size() == 1 && dim > 1) {
    require(dim <= kLargestForPairs, "eigenpairs of a dense matrix: expected n <= {}, got {}",
            kLargestForPairs, dim);
    Vector values = solve_block(H, true);
    return {std::move(values), std::move(H)};
  }
  Vector values(dim);
  Matrix vectors = Matrix::Zero(dim, dim);
  Index done = 0;
  for (const auto& block : blocks) {
    const auto n = static_cast<Index>(block.size());
    require(n <= kLargestForPairs, "eigenpairs of a dense block: expected n <= {}, got {}",
            kLargestForPairs, n);
    if (n == 1) {
      values[done] = H(block[0], block[0]);
      vectors(block[0], done) = 1;
    } else {
      Matrix B = lower_block(H, block);
      values.segment(done, n) = solve_block(B, true);
      for (Index i = 0; i < n; ++i)
        vectors.row(block[static_cast<std::size_t>(i)]).segment(done, n) = B.row(i);
    }
    done += n;
  }
  std::vector<Index> order(static_cast<std::size_t>(dim));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return values[a] < values[b]; });
  return {values(order), vectors(Eigen::all, order)};
}

double eigenvalue_error_bound(Index n, double norm) {
  return static_cast<double>(n) * std::numeric_limits<double>::epsilon() * norm;
}

}  // namespace saddlescope

#include "saddlescope/linalg/inertia.hpp"

#include <cmath>
#include <vector>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/exact_blocks.hpp"
#include "saddlescope/linalg/lapack.hpp"
#include "saddlescope/linalg/power_of_two.hpp"

namespace saddlescope {
namespace {

void require_threshold(double threshold) {
  require(threshold >= 0 && std::isfinite(threshold),
          "inertia threshold: expected finite and >= 0, got {}", threshold);
}

// The number of negative eigenvalues of [[a, b], [b, c]], b != 0. Pivoting only takes such a block
// when |a c| < b^2, so the first case is the usual one; the others are here for safety.
Index negative_in_pair(double a, double b, double c) {
  const double scaled_determinant = (a / b) * (c / b) - 1;
  if (scaled_determinant < 0) return 1;
  if (a + c >= 0) return 0;
  return scaled_determinant > 0 ? 2 : 1;
}

Index count_negative_in_block(Matrix B) {
  (void)scale_into_safe_range(B);
  std::vector<int> pivots;
  lapack_bunch_kaufman(B, pivots);
  Index count = 0;
  for (Index k = 0; k < B.rows(); ++k) {
    if (pivots[static_cast<std::size_t>(k)] > 0) {
      count += B(k, k) < 0 ? 1 : 0;
    } else {
      count += negative_in_pair(B(k, k), B(k + 1, k), B(k + 1, k + 1));
      ++k;
    }
  }
  return count;
}

}  // namespace

Inertia inertia_from_eigenvalues(ConstVectorRef eigenvalues, double threshold) {
  require_threshold(threshold);
  require(eigenvalues.allFinite(), "inertia: expected finite eigenvalues");
  Inertia inertia;
  for (const double value : eigenvalues) {
    if (value < -threshold) {
      ++inertia.n_negative;
    } else if (value > threshold) {
      ++inertia.n_positive;
    } else {
      ++inertia.n_zero;
    }
  }
  return inertia;
}

Index count_negative_bunch_kaufman(Matrix H) {
  require(H.rows() == H.cols(), "inertia: expected a square matrix, got {} x {}", H.rows(),
          H.cols());
  for (Index j = 0; j < H.cols(); ++j)
    require(H.col(j).tail(H.rows() - j).allFinite(),
            "inertia: expected finite entries, got a NaN or Inf in column {}", j);
  const auto blocks = exact_blocks(H);
  if (blocks.size() == 1) return count_negative_in_block(std::move(H));
  Index count = 0;
  for (const auto& block : blocks)
    count += block.size() == 1 ? (H(block[0], block[0]) < 0 ? 1 : 0)
                               : count_negative_in_block(lower_block(H, block));
  return count;
}

Inertia inertia_bunch_kaufman(const Matrix& H, double threshold) {
  require_threshold(threshold);
  require(H.rows() == H.cols(), "inertia: expected a square matrix, got {} x {}", H.rows(),
          H.cols());
  Matrix shifted = H;
  shifted.diagonal().array() += threshold;
  Inertia inertia;
  inertia.n_negative = count_negative_bunch_kaufman(std::move(shifted));
  shifted = -H;
  shifted.diagonal().array() += threshold;
  inertia.n_positive = count_negative_bunch_kaufman(std::move(shifted));
  inertia.n_zero = H.rows() - inertia.n_negative - inertia.n_positive;
  return inertia;
}

}  // namespace saddlescope

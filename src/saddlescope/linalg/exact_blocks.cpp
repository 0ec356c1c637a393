#include "saddlescope/linalg/exact_blocks.hpp"

#include <cstddef>

#include <boost/pending/disjoint_sets.hpp>

namespace saddlescope {

std::vector<std::vector<Index>> exact_blocks(const Matrix& H) {
  const auto n = static_cast<std::size_t>(H.rows());
  boost::disjoint_sets_with_storage<> sets(n);
  std::size_t count = n;
  for (Index j = 0; j < H.rows() && count > 1; ++j) {
    std::size_t root = sets.find_set(static_cast<std::size_t>(j));
    for (Index i = j + 1; i < H.rows(); ++i) {
      if (H(i, j) == 0) continue;
      const std::size_t other = sets.find_set(static_cast<std::size_t>(i));
      if (other == root) continue;
      sets.link(root, other);
      root = sets.find_set(root);
      --count;
    }
  }

  std::vector<std::vector<Index>> blocks;
  std::vector<std::size_t> place(n, n);  // of the set with this representative in blocks; n: none
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t& block = place[sets.find_set(i)];
    if (block == n) {
      block = blocks.size();
      blocks.emplace_back();
    }
    blocks[block].push_back(static_cast<Index>(i));
  }
  return blocks;
}

Matrix lower_block(const Matrix& H, const std::vector<Index>& block) {
  const auto n = static_cast<Index>(block.size());
  Matrix B = Matrix::Zero(n, n);
  for (Index j = 0; j < n; ++j)
    for (Index i = j; i < n; ++i)
      B(i, j) = H(block[static_cast<std::size_t>(i)], block[static_cast<std::size_t>(j)]);
  return B;
}

}  // namespace saddlescope

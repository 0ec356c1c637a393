#include "saddlescope/linalg/exact_blocks.hpp"

#include <numeric>

namespace saddlescope {
namespace {

// Disjoint sets of 0 .. n-1; the smallest member represents its set.
class DisjointSets {
 public:
  explicit DisjointSets(Index n) : parent_(static_cast<std::size_t>(n)), count_(n) {
    std::iota(parent_.begin(), parent_.end(), Index{0});
  }
  Index find(Index i) {
    while (parent(i) != i) {
      parent(i) = parent(parent(i));
      i = parent(i);
    }
    return i;
  }
  void join(Index i, Index j) {
    i = find(i);
    j = find(j);
    if (i == j) return;
    (i < j ? parent(j) : parent(i)) = std::min(i, j);
    --count_;
  }
  [[nodiscard]] Index count() const { return count_; }

 private:
  Index& parent(Index i) { return parent_[static_cast<std::size_t>(i)]; }

  std::vector<Index> parent_;
  Index count_;
};

}  // namespace

std::vector<std::vector<Index>> exact_blocks(const Matrix& H) {
  const Index n = H.rows();
  DisjointSets sets(n);
  for (Index j = 0; j < n && sets.count() > 1; ++j)
    for (Index i = j + 1; i < n; ++i)
      if (H(i, j) != 0) sets.join(i, j);

  std::vector<std::vector<Index>> blocks;
  std::vector<std::size_t> place(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    const Index first = sets.find(i);
    if (first == i) {
      place[static_cast<std::size_t>(i)] = blocks.size();
      blocks.emplace_back();
    }
    blocks[place[static_cast<std::size_t>(first)]].push_back(i);
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

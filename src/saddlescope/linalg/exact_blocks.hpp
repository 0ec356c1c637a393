// The finest block-diagonal structure that a symmetric matrix has exactly.
//
// Join i and j where H_ij != 0, bit for bit: a permutation makes H block diagonal with one block
// per connected component. The eigenvalues of H are those of the blocks, with no rounding at all in
// the split. An all-zero row is a block of size one and eigenvalue 0. Hessians at the origin fall
// apart in this way: most rows are zero and the hidden units decouple.
//
// At most n^2/2 entries are read; a matrix with a full first column is known to be one block after
// reading that column.
#pragma once

#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

// Only the lower triangle of the square H is read. Index sets ascend inside and by first member.
[[nodiscard]] std::vector<std::vector<Index>> exact_blocks(const Matrix& H);

// The lower triangle of H on rows and columns `block`; zero above the diagonal.
[[nodiscard]] Matrix lower_block(const Matrix& H, const std::vector<Index>& block);

}  // namespace saddlescope

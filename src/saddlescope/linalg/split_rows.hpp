// Products X Y' whose error is a rounding or two of the result, however long the sums.
//
// A dot product of k terms summed in any order errs by up to gamma_k = k u/(1 - k u) times the sum
// of the terms' magnitudes (u = 2^-53; Higham 2002, section 3.1), and no more is known of what BLAS
// does. Cut each row x of X into x = h + l, h on the grid of spacing 2^-26 N, where N >= |x|_2 is a
// power of two, and the rows of Y likewise. Every partial sum of h_x' h_y is a multiple of
// 2^-52 N_x N_y of size at most (1 + tiny) N_x N_y, hence exact in double precision, in any order.
// The rest, h_x' l_y + l_x' y, is 2^26 times smaller, so that its rounding does not count. Three
// DGEMMs instead of one. The idea is that of linalg/split_product.hpp; here the units come from norms
// instead of maxima, so that blocks of one matrix, cut once as they are finished, are multiplied many
// times.
#pragma once

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

// gamma_k = k u/(1 - k u), which bounds |(1 + d_1)..(1 + d_k) - 1| for |d_i| <= u.
[[nodiscard]] double rounding_gamma(Index k);

// The least power of two >= (1 + 2^-20) x, at least 2^-900; x >= 0 finite.
[[nodiscard]] double norm_ceiling(double x);

// A matrix with the cut of its rows; norms[i] = norm_ceiling of a bound of |row i|_2.
struct SplitRows {
  Matrix whole, high, low;
  Vector norms;
};

// Fills high and low in the block with that corner and size; allocates them as large as `whole`
// when they are empty.
void split_block(SplitRows& X, Index row, Index col, Index rows, Index cols);

// T = X_rows Y_rows' over the columns [0, cols), where the first rows are x_begin and y_begin and T
// says how many. Each entry errs by at most u |T_ij| + split_error(cols) N_i N_j.
void split_product(const SplitRows& X, Index x_begin, const SplitRows& Y, Index y_begin, Index cols,
                   Matrix& scratch, MatrixRef T);
[[nodiscard]] double split_error(Index cols);

}  // namespace saddlescope

// Critical points of deep linear networks, built rather than searched.
#pragma once

#include <vector>

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// The parameters with given effective maps: W_l = (A_l - tau_l I)/a_l.
[[nodiscard]] Vector weights_of(const Architecture& architecture, const std::vector<Matrix>& maps);

// B = Sigma_yx Sigma_xx^+ (d_y x d_x), with eigenvalues of Sigma_xx below rounding left out.
[[nodiscard]] Matrix least_squares_map(const SecondMoments& moments);

// B Sigma_xx B' = U diag(s^2) U', the part of Sigma_yy that the inputs explain: values s_k^2 >= 0
// in *descending* order, vectors U (d_y x d_y).
[[nodiscard]] Eigenpairs explained_moments(const SecondMoments& moments);

// theta = 0. With L >= 2 critical for both objectives when layers 1 and L have no skip; with L = 1
// only if Sigma_xy = 0.
[[nodiscard]] Vector origin(const Architecture& architecture);

// The published zero-rank saddle, 'all zero but the penultimate weight', which is taken from
// `theta`. For L = 2 the penultimate weight is W_1, and its rows are projected so that W_1 Sigma_xy
// = 0. Needs L >= 2 and no skips on layers 1 and L.
[[nodiscard]] Vector zero_rank(const Architecture& architecture, const Vector& theta,
                               const SecondMoments& moments);

struct RankROptions {
  std::vector<Index> singular_subset;  // S, 0-based indices of singular values of B Sigma_xx^{1/2}
                                       // each of them other than 0
  double t = 1;                        // finite, != 0, scale of the first and last factor
  bool random_rows = false;            // random extra rows in layers 1 .. L-2, killed by the next
  bool rotate = true;                  // conjugate every hidden layer by a random orthogonal matrix
};

// The rank-r critical point of realisable data y = B x (theory of rank-r points): A_1 = U_S'B/t in
// r rows, identities between, A_L = t U_S, and zeros elsewhere. Needs L >= 2, no skips on layers 1
// and L, every hidden width >= r and data with y = B x to rounding; for other data the same point
// with B = Sigma_yx Sigma_xx^{-1} is critical for the loss only. Weights are W_l = (A_l - tau_l
// I)/a_l.
[[nodiscard]] Vector rank_r(const Architecture& architecture, const SecondMoments& moments,
                            const RankROptions& options, RandomStream& stream);

}  // namespace saddlescope

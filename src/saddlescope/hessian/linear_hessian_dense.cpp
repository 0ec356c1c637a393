#include <algorithm>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/linear_hessian.hpp"
#include "saddlescope/hessian/linear_hessian_blocks.hpp"

namespace saddlescope {
namespace {

using linear_blocks::at;
using linear_blocks::Block;
using linear_blocks::for_each_block;

// Writes block (l, m) to H(row.., col..): columns are independent, each is four rank-one updates of
// an n_l x n_{l-1} matrix.
template <class T>
void fill_block(const Block<T>& b, T scale, MatrixOf<T>& H, Index row, Index col) {
  const Index n_l = b.alpha.rows();
  const Index n_lower = b.gamma.rows();  // n_{l-1}
  const Index n_m = b.alpha.cols();
  const Index n_mlower = b.beta.cols();  // n_{m-1}
  parallel_for(n_mlower, [&](Index c) {
    for (Index k = 0; k < n_m; ++k) {
      T* column = &H(row, col + k + n_m * c);
      const T* alpha = b.alpha.col(k).data();
      const T* ee = b.ee.col(k).data();
      const T* beta = b.beta.col(c).data();
      const T* ez_low = b.ez_low.col(c).data();
      for (Index j = 0; j < n_lower; ++j, column += n_l) {
        const T zz = scale * b.zz(c, j);
        const T delta = scale * b.delta(j, c);
        const T ez = scale * b.ez(k, j);
        const T gamma = scale * b.gamma(j, k);
        for (Index i = 0; i < n_l; ++i)
          column[i] = (alpha[i] * zz - ee[i] * delta) - (beta[i] * ez + ez_low[i] * gamma);
      }
    }
  });
}

// Copies the upper triangle to the lower one in tiles that stay in cache.
template <class T>
void mirror_upper(MatrixOf<T>& H) {
  constexpr Index kTile = 64;
  const Index tiles = (H.rows() + kTile - 1) / kTile;
  parallel_for(tiles, [&](Index tile) {
    const Index c0 = tile * kTile;
    const Index c1 = std::min(c0 + kTile, H.cols());
    for (Index r0 = 0; r0 < c1; r0 += kTile)
      for (Index c = c0; c < c1; ++c)
        for (Index r = r0; r < std::min(r0 + kTile, c); ++r) H(c, r) = H(r, c);
  });
}

}  // namespace

template <class T>
MatrixOf<T> linear_hessian(const LinearState<T>& state, const std::vector<Index>& layers) {
  const Architecture& net = state.architecture();
  std::vector<Index> offset(at(net.depth()), 0);
  Index p = 0;
  Index previous = -1;
  for (const Index l : layers) {
    require(l > previous && l < net.depth(), "layers: expected ascending in 1 .. {}, got {}",
            net.depth(), l + 1);
    previous = l;
    offset[at(l)] = p;
    p += net.rows(l) * net.cols(l);
  }
  MatrixOf<T> H(p, p);
  for_each_block(
      state, layers,
      [&](Index l, Index m, const Block<T>& block, const MatrixOf<T>&, const MatrixOf<T>&) {
        fill_block(block, state.scale(l) * state.scale(m), H, offset[at(l)], offset[at(m)]);
      });
  mirror_upper(H);
  return H;
}

template MatrixOf<double> linear_hessian(const LinearState<double>&, const std::vector<Index>&);
template MatrixOf<Quad> linear_hessian(const LinearState<Quad>&, const std::vector<Index>&);

}  // namespace saddlescope

#include <algorithm>
#include <cmath>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/linear_hessian.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// What the blocks share: Y_l = S^{-1} P_l, M_l, P_l M_{l-1} and Y_l M_{l-1}. Index l - 1 as
// everywhere; Y has L + 1 entries and M[l] is M_l for l = 0 .. L-1.
template <class T>
struct Green {
  std::vector<MatrixOf<T>> Y, M, PM, YM;

  explicit Green(const LinearState<T>& s) {
    const Index L = s.depth();
    for (Index l = 0; l <= L; ++l) Y.push_back(s.solve_S(s.P(l)));
    M.push_back(MatrixOf<T>::Zero(s.A(0).cols(), s.A(0).cols()));
    for (Index l = 1; l < L; ++l) {
      M.push_back(product<T>(product<T>(s.A(l - 1), Op::kNone, M[at(l - 1)], Op::kNone), Op::kNone,
                             s.A(l - 1), Op::kTranspose));
      if (s.objective() == LinearObjective::kEnergy) M.back().diagonal().array() += s.q(l - 1);
    }
    for (Index l = 0; l < L; ++l) {
      PM.push_back(product<T>(s.P(l), Op::kNone, M[at(l)], Op::kNone));
      YM.push_back(product<T>(Y[at(l)], Op::kNone, M[at(l)], Op::kNone));
    }
  }
};

// The four Kronecker factors and second moments of block (l, m), l <= m, without the factor a_l
// a_m.
template <class T>
struct Block {
  MatrixOf<T> alpha, beta, gamma, delta;  // see linear_hessian.hpp
  MatrixOf<T> zz, ez, ez_low, ee;  // <z_{m-1} z_{l-1}'>, <e_m z_{l-1}'>, <e_l z_{m-1}'>, <e_l e_m'>
};

// `chain` is A_{m-1:l+1} (identity for l = m - 1; unused for l = m) and `chain_low` A_{m-1:l}.
template <class T>
Block<T> make_block(const LinearState<T>& s, const Green<T>& g, Index l, Index m,
                    const MatrixOf<T>& chain, const MatrixOf<T>& chain_low) {
  Block<T> b;
  b.alpha = product<T>(s.P(l + 1), Op::kTranspose, g.Y[at(m + 1)], Op::kNone);
  b.beta = -product<T>(s.P(l + 1), Op::kTranspose, g.YM[at(m)], Op::kNone);
  if (l < m) b.beta += chain.transpose();
  b.gamma = -product<T>(g.PM[at(l)], Op::kTranspose, g.Y[at(m + 1)], Op::kNone);
  b.delta = product<T>(g.M[at(l)], Op::kNone, chain_low, Op::kTranspose) -
            product<T>(g.PM[at(l)], Op::kTranspose, g.YM[at(m)], Op::kNone);
  b.zz = product<T>(s.z(m), Op::kNone, s.z(l), Op::kTranspose);
  b.ez = product<T>(s.e(m), Op::kNone, s.z(l), Op::kTranspose);
  b.ez_low = product<T>(s.e(l), Op::kNone, s.z(m), Op::kTranspose);
  b.ee = product<T>(s.e(l), Op::kNone, s.e(m), Op::kTranspose);
  return b;
}

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

// Calls visit(l, m, block) for all l <= m of `layers`, carrying the products A_{m-1:l} down the
// rows.
template <class T, class Visitor>
void for_each_block(const LinearState<T>& s, const std::vector<Index>& layers, Visitor visit) {
  const Green<T> green(s);
  for (const Index m : layers) {
    const Index n = s.A(m).cols();
    MatrixOf<T> chain_low = MatrixOf<T>::Identity(n, n);  // A_{m-1:m} = I
    MatrixOf<T> chain = chain_low;
    for (Index l = m; l >= 0; --l) {
      if (l < m) {
        chain = chain_low;
        chain_low = product<T>(chain_low, Op::kNone, s.A(l), Op::kNone);
      }
      if (std::ranges::find(layers, l) != layers.end())
        visit(l, m, make_block(s, green, l, m, chain, chain_low), chain, chain_low);
    }
  }
}

template <class T>
double norm(const MatrixOf<T>& matrix) {
  return static_cast<double>(matrix.norm());
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

template <class T>
double linear_hessian_magnitude(const LinearState<T>& s) {
  const Index L = s.depth();
  const Green<T> g(s);
  const auto [e, z] = s.term_norms();
  double sum = 0;
  std::vector<Index> layers(at(L));
  for (Index l = 0; l < L; ++l) layers[at(l)] = l;
  for_each_block(
      s, layers,
      [&](Index l, Index m, const Block<T>& b, const MatrixOf<T>& chain,
          const MatrixOf<T>& chain_low) {
        const double beta = (l < m ? norm(chain) : 0) + norm(s.P(l + 1)) * norm(g.YM[at(m)]);
        const double delta = norm(g.M[at(l)]) * (l < m ? norm(chain_low) : 1) +
                             norm(g.PM[at(l)]) * norm(g.YM[at(m)]);
        const double block = norm(b.alpha) * z[at(m)] * z[at(l)] + beta * e[at(m)] * z[at(l)] +
                             e[at(l)] * z[at(m)] * norm(b.gamma) + e[at(l)] * e[at(m)] * delta;
        const double scaled = static_cast<double>(s.scale(l) * s.scale(m)) * block;
        sum += (l == m ? 1 : 2) * scaled * scaled;
      });
  return std::sqrt(sum);
}

template MatrixOf<double> linear_hessian(const LinearState<double>&, const std::vector<Index>&);
template MatrixOf<Quad> linear_hessian(const LinearState<Quad>&, const std::vector<Index>&);
template double linear_hessian_magnitude(const LinearState<double>&);
template double linear_hessian_magnitude(const LinearState<Quad>&);

}  // namespace saddlescope

// The blocks of the dense Hessian of hessian/linear_hessian.hpp: what assembly and error analysis share.
// Internal to this folder.
#pragma once

#include <algorithm>
#include <vector>

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope::linear_blocks {

inline std::size_t at(Index i) { return static_cast<std::size_t>(i); }

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

}  // namespace saddlescope::linear_blocks

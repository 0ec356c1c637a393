// Newton's method on the matrix Dyson equation of one chain, at a cost linear in the depth.
//
// Eliminated from the left and from the right, T(x) (theory/dyson_chain.hpp) has the pivots
//
//   d_k = base_k + z_k x - c_k,   l_k = d_k - b_{k-1}^2/l_{k-1},   r_k = d_k - b_k^2/r_{k+1},
//   X_k = 1/(l_k + r_k - d_k),
//
// and with (l, r, c) of a node side by side the linearised equation is banded. Two kinds of steps:
// at a given x for c, and, on the real axis outside the support, for c and x together at a given
// trace g = sum_k weight_k X_k. On that branch dg/dx = -sum of weights/(x - lambda)^2 < 0; at an
// edge of the support Newton's matrix for c alone is singular and dc/dx infinite, but c and x are
// smooth functions of g, and dx/dg = 0.
#pragma once

#include <complex>

#include "saddlescope/theory/dyson_chain.hpp"

namespace saddlescope {

using Complex = std::complex<double>;

template <class T>
struct DysonState {
  T x = 0;
  VectorOf<T> c;  // unknowns
  VectorOf<T> X;  // diagonal of the inverse
  // The largest relative change of a pivot sum l + r - d of T(x) that would make c an exact
  // solution: max_k |1 - strength_k X_p/c_k| |l_p + r_p - d_p|/(|l_p| + |r_p| + |d_p|).
  double residual = 0;
};

// X and the residual of given c at given x.
template <class T>
void evaluate(const DysonChain& chain, DysonState<T>& state);

template <class T>
[[nodiscard]] T trace(const DysonChain& chain, const VectorOf<T>& X);  // g

// Newton steps from state.c at state.x until one changes every c_k by less than 1e-12 of it, or by
// less than 1e-7 and no longer falls (near an edge). False, with state not to be used, where that
// does not happen within `max_steps`. `slope` becomes dc/dx.
template <class T>
[[nodiscard]] bool newton(const DysonChain& chain, DysonState<T>& state, int max_steps,
                          VectorOf<T>& slope);

// The same on the real branch for (c, x) at the trace g, until a step is below 1e-8 (what it leaves
// is of the order of its square).
struct TraceDerivative {
  Vector dc;      // dc/dg
  double dx = 0;  // dx/dg
};
[[nodiscard]] bool newton_at_trace(const DysonChain& chain, DysonState<double>& state, double g,
                                   int max_steps, TraceDerivative& tangent);

// c <- (1 - damping) c + damping strength X(c): keeps Im c < 0 for Im x > 0 and converges to the
// solution, slowly near the real axis.
template <class T>
void fixed_point(const DysonChain& chain, DysonState<T>& state, double damping, int steps);

}  // namespace saddlescope

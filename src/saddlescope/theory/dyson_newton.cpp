#include "saddlescope/theory/dyson_newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/linalg/band_matrix.hpp"

namespace saddlescope {
namespace {

double base(Index k) { return k % 2 == 0 ? 1 : 0; }
double z(Index k) { return k % 2 == 0 ? 0 : 1; }

template <class T>
struct Pivots {
  VectorOf<T> d, left, right;
};

template <class T>
Pivots<T> pivots(const DysonChain& chain, const DysonState<T>& s) {
  const Index n = chain.size();
  Pivots<T> p{VectorOf<T>(n), VectorOf<T>(n), VectorOf<T>(n)};
  for (Index k = 0; k < n; ++k) {
    p.d[k] = base(k) + z(k) * s.x - s.c[k];
    p.left[k] = p.d[k];
    if (k > 0) p.left[k] -= chain.coupling[k - 1] * chain.coupling[k - 1] / p.left[k - 1];
  }
  for (Index k = n - 1; k >= 0; --k) {
    p.right[k] = p.d[k];
    if (k + 1 < n) p.right[k] -= chain.coupling[k] * chain.coupling[k] / p.right[k + 1];
  }
  return p;
}

// What a change of the unknowns does: dc, and dg through dX_k = -X_k^2 (dl + dr + dc - z_k dx).
template <class T>
struct Change {
  VectorOf<T> dc;
  T dg = 0;
};

// The banded linear system in the changes of (l, r, c) of each node: Newton's step at fixed x, which
// cancels the residuals c_k - strength_k X_p, and the derivatives in x. False when singular.
template <class T>
bool linearised(const DysonChain& chain, const DysonState<T>& s, Change<T>& step,
                Change<T>& slope) {
  constexpr Index kLeft = 0, kRight = 1, kC = 2, kStride = 3;
  const Pivots<T> p = pivots(chain, s);
  const Index n = chain.size();
  BandMatrix<T> A(kStride * n, 2 * kStride - 1);
  MatrixOf<T> rhs = MatrixOf<T>::Zero(kStride * n, 2);
  const auto at = [](Index node, Index unknown) { return kStride * node + unknown; };
  for (Index k = 0; k < n; ++k) {
    for (const Index side : {kLeft, kRight}) {
      A(at(k, side), at(k, side)) = 1;
      A(at(k, side), at(k, kC)) = 1;
      rhs(at(k, side), 1) = z(k);
    }
    if (k > 0) {
      const T ratio = chain.coupling[k - 1] / p.left[k - 1];
      A(at(k, kLeft), at(k - 1, kLeft)) = -ratio * ratio;
    }
    if (k + 1 < n) {
      const T ratio = chain.coupling[k] / p.right[k + 1];
      A(at(k, kRight), at(k + 1, kRight)) = -ratio * ratio;
    }
    A(at(k, kC), at(k, kC)) = 1;
    rhs(at(k, kC), 0) = -s.c[k];
    if (!(chain.strength[k] > 0)) continue;
    const Index q = DysonChain::partner(k);
    const T factor = chain.strength[k] * s.X[q] * s.X[q];
    for (const Index unknown : {kLeft, kRight, kC}) A(at(k, kC), at(q, unknown)) = factor;
    rhs(at(k, kC), 0) += chain.strength[k] * s.X[q];
    rhs(at(k, kC), 1) = factor * z(q);
  }
  if (!solve_band_in_place<T>(A, rhs) || !rhs.allFinite()) return false;
  for (const Index column : {0, 1}) {
    Change<T>& out = column == 0 ? step : slope;
    out = {VectorOf<T>(n), T(0)};
    for (Index k = 0; k < n; ++k) {
      out.dc[k] = rhs(at(k, kC), column);
      T pivot = rhs(at(k, kLeft), column) + rhs(at(k, kRight), column) + out.dc[k];
      if (column == 1) pivot -= z(k);
      out.dg -= chain.weight[k] * s.X[k] * s.X[k] * pivot;
    }
  }
  return true;
}

// Steps until one is at most `done`, or small and no longer shrinks. `move` applies one and returns
// its relative size, negative on failure.
template <class Move>
bool iterate(int max_steps, double done, const Move& move) {
  constexpr double kStalled = 1e-7;
  double last = std::numeric_limits<double>::infinity();
  for (int i = 0; i < max_steps; ++i) {
    const double size = move();
    if (!(size >= 0)) return false;
    if (size <= done || (size <= kStalled && size > 0.5 * last)) return true;
    last = size;
  }
  return false;
}

// Applies a step; its size is the largest change of an X_k or a c_k relative to it (they vary over
// decades near poles), or, where one passes zero, to a millionth of its surroundings. Both matter: at
// L = 2 the trace alone fixes c while x still moves.
template <class T>
double apply(const DysonChain& chain, DysonState<T>& s, const VectorOf<T>& dc, T dx) {
  constexpr double kFloor = 1e-6, kTiny = 1e-12;
  const VectorOf<T> X = s.X;
  s.c += dc;
  s.x += dx;
  evaluate(chain, s);
  if (!s.X.allFinite() || !s.c.allFinite()) return -1;
  double largest = 0;
  const double scale = s.X.cwiseAbs().maxCoeff();
  for (Index k = 0; k < chain.size(); ++k) {
    const double own = std::abs(base(k) + z(k) * s.x);
    const double size = std::abs(s.c[k]) + kFloor * own;
    if (chain.strength[k] > 0) largest = std::max(largest, std::abs(dc[k]) / size);
    largest = std::max(largest, std::abs(s.X[k] - X[k]) / (std::abs(s.X[k]) + kTiny * scale));
  }
  return largest;
}

}  // namespace

template <class T>
void evaluate(const DysonChain& chain, DysonState<T>& s) {
  const Pivots<T> p = pivots(chain, s);
  s.X = (p.left + p.right - p.d).cwiseInverse();
  s.residual = 0;
  for (Index k = 0; k < chain.size(); ++k) {
    if (!(chain.strength[k] > 0)) continue;
    const Index q = DysonChain::partner(k);
    const double error = std::abs(s.c[k] - chain.strength[k] * s.X[q]);
    const double terms = std::abs(p.left[q]) + std::abs(p.right[q]) + std::abs(p.d[q]);
    if (error > 0) s.residual = std::max(s.residual, error / (std::abs(s.c[k] * s.X[q]) * terms));
  }
  if (!s.X.allFinite()) s.residual = std::numeric_limits<double>::infinity();
}

template <class T>
T trace(const DysonChain& chain, const VectorOf<T>& X) {
  return (chain.weight.template cast<T>().array() * X.array()).sum();
}

template <class T>
bool newton(const DysonChain& chain, DysonState<T>& s, int max_steps, VectorOf<T>& slope_of_c) {
  constexpr double kRounding = 1e-12;
  evaluate(chain, s);
  return iterate(max_steps, kRounding, [&] {
    Change<T> step, slope;
    if (!s.X.allFinite() || !linearised(chain, s, step, slope)) return -1.0;
    slope_of_c = slope.dc;
    return apply(chain, s, step.dc, T(0));
  });
}

bool newton_at_trace(const DysonChain& chain, DysonState<double>& s, double g, int max_steps,
                     TraceDerivative& tangent) {
  constexpr double kQuadratic = 1e-8;
  evaluate(chain, s);
  return iterate(max_steps, kQuadratic, [&] {
    Change<double> step, slope;
    if (!s.X.allFinite() || !linearised(chain, s, step, slope)) return -1.0;
    tangent = {slope.dc / slope.dg, 1 / slope.dg};
    const double dx = (g - trace<double>(chain, s.X) - step.dg) / slope.dg;
    return apply<double>(chain, s, step.dc + dx * slope.dc, dx);
  });
}

template <class T>
void fixed_point(const DysonChain& chain, DysonState<T>& s, double damping, int steps) {
  evaluate(chain, s);
  for (int i = 0; i < steps && s.X.allFinite(); ++i) {
    for (Index k = 0; k < chain.size(); ++k) {
      if (!(chain.strength[k] > 0)) continue;
      s.c[k] += damping * (chain.strength[k] * s.X[DysonChain::partner(k)] - s.c[k]);
    }
    evaluate(chain, s);
  }
}

template void evaluate(const DysonChain&, DysonState<double>&);
template void evaluate(const DysonChain&, DysonState<Complex>&);
template double trace(const DysonChain&, const Vector&);
template Complex trace(const DysonChain&, const VectorOf<Complex>&);
template bool newton(const DysonChain&, DysonState<double>&, int, Vector&);
template bool newton(const DysonChain&, DysonState<Complex>&, int, VectorOf<Complex>&);
template void fixed_point(const DysonChain&, DysonState<double>&, double, int);
template void fixed_point(const DysonChain&, DysonState<Complex>&, double, int);

}  // namespace saddlescope

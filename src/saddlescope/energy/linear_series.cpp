#include "saddlescope/energy/linear_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// An upper bound of the 2-norm: the Schatten-4 norm |M'M|_F^{1/2} <= |M|_F.
template <class T>
double spread(const MatrixOf<T>& M) {
  const bool tall = M.rows() > M.cols();
  const MatrixOf<T> gram = tall ? product<T>(M, Op::kTranspose, M, Op::kNone)
                                : product<T>(M, Op::kNone, M, Op::kTranspose);
  return std::sqrt(static_cast<double>(gram.norm()));
}

// A polynomial in t of rows x cols matrices with the coefficients of a majorant; an empty
// coefficient is zero.
template <class T>
struct MatrixSeries {
  MatrixSeries(Index rows_, Index cols_, Index count)
      : rows(rows_), cols(cols_), c(at(count)), size(at(count), 0.0) {}

  void add(Index k, T factor, const MatrixOf<T>& term, double term_size) {
    if (term.size() == 0) return;
    if (c[at(k)].size() == 0)
      c[at(k)] = factor * term;
    else
      c[at(k)] += factor * term;
    size[at(k)] += std::abs(static_cast<double>(factor)) * term_size;
  }
  void add(T factor, const MatrixSeries& other) {
    for (Index k = 0; k < static_cast<Index>(c.size()); ++k)
      add(k, factor, other.c[at(k)], other.size[at(k)]);
  }
  // Coefficient k of += factor op(A) op(B).
  void add_product(Index k, T factor, const MatrixSeries& A, Op op_a, const MatrixSeries& B,
                   Op op_b) {
    for (Index j = 0; j <= k; ++j) {
      const MatrixOf<T>& left = A.c[at(j)];
      const MatrixOf<T>& right = B.c[at(k - j)];
      if (left.size() == 0 || right.size() == 0) continue;
      const bool fresh = c[at(k)].size() == 0;
      if (fresh) c[at(k)].resize(rows, cols);
      gemm<T>(factor, left, op_a, right, op_b, T(fresh ? 0 : 1), c[at(k)]);
      size[at(k)] += std::abs(static_cast<double>(factor)) * A.size[at(j)] * B.size[at(k - j)];
    }
  }
  void add_product(T factor, const MatrixSeries& A, Op op_a, const MatrixSeries& B, Op op_b) {
    for (Index k = 0; k < static_cast<Index>(c.size()); ++k)
      add_product(k, factor, A, op_a, B, op_b);
  }

  Index rows, cols;
  std::vector<MatrixOf<T>> c;
  std::vector<double> size;
};

template <class T>
std::vector<MatrixSeries<T>> map_series(const Architecture& net, ConstMatrixRefOf<T> curve) {
  std::vector<MatrixSeries<T>> A;
  for (Index l = 0; l < net.depth(); ++l) {
    MatrixSeries<T>& layer = A.emplace_back(net.rows(l), net.cols(l), curve.cols());
    for (Index k = 0; k < curve.cols(); ++k) {
      const Eigen::Map<const MatrixOf<T>> W(curve.col(k).data() + net.offset(l), net.rows(l),
                                            net.cols(l));
      MatrixOf<T> map = T(net.scales[at(l)]) * W;
      if (k == 0 && net.skips[at(l)] != 0) map.diagonal().array() += T(1);
      if (!map.isZero(T(0))) layer.add(k, T(1), map, spread(map));
    }
  }
  return A;
}

// e with S e = r.
template <class T>
MatrixSeries<T> solve(const Eigen::LLT<MatrixOf<T>>& S_0, double S_inverse,
                      const MatrixSeries<T>& S, const MatrixSeries<T>& r) {
  const Index count = static_cast<Index>(r.c.size());
  MatrixSeries<T> e(r.rows, r.cols, count);
  for (Index k = 0; k < count; ++k) {
    MatrixOf<T> right = r.c[at(k)];
    double right_size = r.size[at(k)];
    for (Index j = 1; j <= k; ++j) {
      const MatrixOf<T>& left = S.c[at(j)];
      const MatrixOf<T>& lower = e.c[at(k - j)];
      if (left.size() == 0 || lower.size() == 0) continue;
      if (right.size() == 0) right = MatrixOf<T>::Zero(r.rows, r.cols);
      gemm<T>(T(-1), left, Op::kNone, lower, Op::kNone, T(1), right);
      right_size += S.size[at(j)] * e.size[at(k - j)];
    }
    if (right.size() != 0) e.c[at(k)] = S_0.solve(right);
    e.size[at(k)] = S_inverse * right_size;
  }
  return e;
}

}  // namespace

template <class T>
LinearSeries<T> linear_series(LinearObjective objective, const Architecture& net,
                              const DataFactor<T>& data, ConstMatrixRefOf<T> curve) {
  require(data.x.rows() == net.input() && data.y.rows() == net.output(),
          "widths n_0 and n_L: expected {} and {} as in the data, got {} and {}", data.x.rows(),
          data.y.rows(), net.input(), net.output());
  require(data.x.cols() == data.y.cols(), "data columns: x has {} and y has {}", data.x.cols(),
          data.y.cols());
  require(curve.rows() == net.n_parameters() && curve.cols() >= 1,
          "curve: expected {} rows and at least 1 column, got {} x {}", net.n_parameters(),
          curve.rows(), curve.cols());
  const Index L = net.depth();
  const Index count = curve.cols();
  const bool energy = objective == LinearObjective::kEnergy;
  const auto q = [&](Index l) { return T(1) / T(net.precisions[at(l)]); };
  LinearSeries<T> out;

  const std::vector<MatrixSeries<T>> A = map_series<T>(net, curve);
  std::vector<MatrixSeries<T>> P;  // P[l] = P_{l+1}, l = 0 .. L-1
  P.reserve(at(L));
  for (Index l = 0; l < L; ++l) P.emplace_back(net.output(), net.cols(l), count);
  P[at(L - 1)] = A[at(L - 1)];
  for (Index l = L - 2; l >= 0; --l)
    P[at(l)].add_product(T(1), P[at(l + 1)], Op::kNone, A[at(l)], Op::kNone);

  MatrixSeries<T> x(net.input(), data.x.cols(), count);
  x.add(0, T(1), data.x, static_cast<double>(data.x.norm()));
  MatrixSeries<T> r(net.output(), data.x.cols(), count);
  r.add(0, T(1), data.y, static_cast<double>(data.y.norm()));
  r.add_product(T(-1), P[0], Op::kNone, x, Op::kNone);

  std::vector<MatrixSeries<T>> e;
  e.reserve(at(L));
  for (Index l = 0; l < L; ++l) e.emplace_back(net.rows(l), data.x.cols(), count);
  if (energy) {
    MatrixSeries<T> S(net.output(), net.output(), count);
    const MatrixOf<T> identity = MatrixOf<T>::Identity(net.output(), net.output());
    S.add(0, q(L - 1), identity, 1.0);
    for (Index l = 1; l < L; ++l)
      S.add_product(q(l - 1), P[at(l)], Op::kNone, P[at(l)], Op::kTranspose);
    out.S_norm = static_cast<double>(S.c[0].norm());
    const Eigen::LLT<MatrixOf<T>> S_0(S.c[0]);
    if (S_0.info() != Eigen::Success) {
      out.is_definite = out.finite = false;
      return out;
    }
    // S_0 >= q_L I.
    const double S_inverse = std::min(1 / static_cast<double>(q(L - 1)),
                                      static_cast<double>(MatrixOf<T>(S_0.solve(identity)).norm()));
    e[at(L - 1)] = solve(S_0, S_inverse, S, r);
  } else {
    e[at(L - 1)] = r;
  }
  for (Index l = L - 2; l >= 0; --l)
    e[at(l)].add_product(T(1), A[at(l + 1)], Op::kTranspose, e[at(l + 1)], Op::kNone);

  std::vector<MatrixSeries<T>> z{x};
  for (Index l = 1; l < L; ++l) {
    z.emplace_back(net.cols(l), data.x.cols(), count);
    z[at(l)].add_product(T(1), A[at(l - 1)], Op::kNone, z[at(l - 1)], Op::kNone);
    if (energy) z[at(l)].add(q(l - 1), e[at(l - 1)]);
  }

  out.value = VectorOf<T>::Zero(count);
  out.value_size = Vector::Zero(count);
  out.gradient = MatrixOf<T>::Zero(curve.rows(), count);
  out.gradient_size = Vector::Zero(count);
  const MatrixSeries<T>& top = e[at(L - 1)];
  for (Index k = 0; k < count; ++k) {
    for (Index j = 0; j <= k; ++j) {
      if (r.c[at(j)].size() != 0 && top.c[at(k - j)].size() != 0)
        out.value[k] += r.c[at(j)].cwiseProduct(top.c[at(k - j)]).sum() / T(2);
      out.value_size[k] += r.size[at(j)] * top.size[at(k - j)] / 2;
    }
    for (Index l = 0; l < L; ++l) {
      MatrixSeries<T> g(net.rows(l), net.cols(l), count);
      g.add_product(k, T(-net.scales[at(l)]), e[at(l)], Op::kNone, z[at(l)], Op::kTranspose);
      if (g.c[at(k)].size() != 0)
        out.gradient.col(k).segment(net.offset(l), g.c[at(k)].size()) = g.c[at(k)].reshaped();
      out.gradient_size[k] = std::hypot(out.gradient_size[k], g.size[at(k)]);
    }
  }
  out.finite = out.value.allFinite() && out.gradient.allFinite() && out.value_size.allFinite() &&
               out.gradient_size.allFinite();
  return out;
}

template LinearSeries<double> linear_series(LinearObjective, const Architecture&,
                                            const DataFactor<double>&, ConstMatrixRef);
template LinearSeries<Quad> linear_series(LinearObjective, const Architecture&,
                                          const DataFactor<Quad>&, ConstMatrixRefOf<Quad>);

}  // namespace saddlescope

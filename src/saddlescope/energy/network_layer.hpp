// One layer of a network as a map f_l(v, W, b) from the activities below to the prediction of its
// own, on a batch of N samples (columns), with its adjoint.
//
//   h = phi(v) (pre, l > 1) or v       u = a W h + b       f = [phi(u) (post, l < L) or u] + tau v
//
// For any error eps on f, with delta = phi'(u) eps (post, l < L) or eps:
//
//   (df/dv)' eps = phi'(v) (a W' delta) + tau eps     (df/dW)' eps = a delta h'    (df/db)' eps =
//   delta
//
// Every predictive-coding and every backpropagation gradient is made of these three. 2 n_l n_{l-1} N
// flops each.
#pragma once

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// What a layer has computed. Buffers keep their memory from batch to batch. `inner` and
// `inner_slope` are empty where no phi stands before the weights, `outer_slope` where none stands
// after the sum.
template <class T>
struct LayerValues {
  MatrixOf<T> inner;        // phi(v), n_{l-1} x N
  MatrixOf<T> inner_slope;  // phi'(v)
  MatrixOf<T> sum;          // u, n_l x N
  MatrixOf<T> outer_slope;  // phi'(u)
  MatrixOf<T> prediction;   // f
};

template <class T>
void predict_layer(const Architecture& architecture, const VectorOf<T>& theta, Index layer,
                   ConstMatrixRefOf<T> v, LayerValues<T>& out);

// delta from eps. Where no phi stands after the sum delta is eps itself.
template <class T>
void sum_error(const Architecture& architecture, Index layer, const LayerValues<T>& values,
               ConstMatrixRefOf<T> eps, MatrixOf<T>& delta);

// adjoint = (df/dv)' eps, n_{l-1} x N.
template <class T>
void pull_back(const Architecture& architecture, const VectorOf<T>& theta, Index layer,
               const LayerValues<T>& values, ConstMatrixRefOf<T> eps, ConstMatrixRefOf<T> delta,
               MatrixRefOf<T> adjoint);

// Writes factor * sum over samples of (df/dW)' eps and (df/db)' eps to the layer's part of g (p).
template <class T>
void parameter_adjoint(const Architecture& architecture, Index layer, const LayerValues<T>& values,
                       ConstMatrixRefOf<T> v, ConstMatrixRefOf<T> delta, T factor, VectorOf<T>& g);

// The same of columns first .. first + count - 1 of W alone, and of b with the first of them: shares
// of one layer for different threads.
struct ColumnRange {
  Index layer = 0;
  Index first = 0;
  Index count = 0;
};
template <class T>
void parameter_adjoint(const Architecture& architecture, const ColumnRange& range,
                       const LayerValues<T>& values, ConstMatrixRefOf<T> v,
                       ConstMatrixRefOf<T> delta, T factor, VectorOf<T>& g);

}  // namespace saddlescope

// Exact compression of a dataset to its second moments, and of its inputs to their span.
//
// For linear networks the loss and the equilibrated energy, with their gradients and Hessians,
// depend on the samples only through the second moments of (x, y) (every quantity is a sum of
// products of two linear functions of a sample). They may therefore be computed from any factor
//
//   [X; Y] [X; Y]' = (1/N) sum_i (x_i, y_i)(x_i, y_i)'
//
// whose columns then play the part of samples and over which the sample mean <.> is a plain sum.
//   uncompressed   X = x/sqrt(N), Y = y/sqrt(N)                      N columns
//   compressed     the triangular factor R of the QR of [X; Y]':     min(N, d_x + d_y) columns
// Backward error of the compression: |dR| <= c eps |R| columnwise (Householder QR).
#pragma once

#include "saddlescope/base/types.hpp"
#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

struct SecondMoments {
  Matrix xx;  // <x x'>  d_x x d_x
  Matrix xy;  // <x y'>  d_x x d_y
  Matrix yy;  // <y y'>  d_y x d_y
};
[[nodiscard]] SecondMoments second_moments(const Dataset& data);

template <class T>
struct DataFactor {
  MatrixOf<T> x;  // d_x x m
  MatrixOf<T> y;  // d_y x m
  // A bound of |E|_F/|X|_F where this factor is that of a nearby X + E instead of the data's own.
  double relative_error = 0;
};

template <class T>
[[nodiscard]] DataFactor<T> data_factor(const Dataset& data);

// The same second moments in min(m, d_x + d_y) columns. 2 m (d_x + d_y)^2 flops.
template <class T>
[[nodiscard]] DataFactor<T> compress(const DataFactor<T>& factor);

// An orthonormal basis Q (d_x x r) of the span of the inputs, from a QR of X with column pivoting;
// r counts pivots above max(d_x, m) eps times the largest. X = Q Q'X to that error.
template <class T>
[[nodiscard]] MatrixOf<T> input_span(const DataFactor<T>& factor);

}  // namespace saddlescope

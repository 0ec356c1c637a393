// An objective on parameter space and its local data at one point.
//
// Evaluating an objective at theta gives a Point, which holds what value, gradient and Hessian
// share (products of weights, S and its factor, equilibrium activities and errors) computed once.
// Loss and energy, linear and nonlinear, are interchangeable behind these two interfaces: the same
// spectrum, classifier and plot run on each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/base/types.hpp"

namespace saddlescope {

template <class T>
class Point {
 public:
  virtual ~Point() = default;

  [[nodiscard]] virtual Index dim() const = 0;  // p
  [[nodiscard]] virtual T value() const = 0;
  [[nodiscard]] virtual VectorOf<T> gradient() const = 0;  // p
  // HV = H V for a block of directions, both p x k; columns are shared out over threads.
  virtual void hessian_times(ConstMatrixRefOf<T> V, MatrixRefOf<T> HV) const = 0;
  [[nodiscard]] virtual MatrixOf<T> hessian() const = 0;  // p x p, both triangles
  // The Hessian in the parameters of `layers` (0-based, distinct, ascending) alone, the others held
  // fixed.
  [[nodiscard]] virtual MatrixOf<T> layer_hessian(const std::vector<Index>& layers) const = 0;
  // An upper bound of the 2-norm of the terms whose sum is H, before any cancellation: entries of
  // the computed Hessian are off by a small multiple of eps times this.
  [[nodiscard]] virtual double hessian_magnitude() const = 0;
  // Upper bounds of the rounding errors in the 2-norm of the computed Hessian and gradient, for the
  // data as given. An eigenvalue below the first, a gradient below the second cannot be told from
  // zero in this precision.
  [[nodiscard]] virtual double hessian_error_bound() const = 0;
  [[nodiscard]] virtual double gradient_error_bound() const = 0;
  // What the norms of the gradient's terms come to before they cancel: a gradient whose error bound
  // is not far below this has no digit that is certain.
  [[nodiscard]] virtual double gradient_magnitude() const = 0;
};

template <class T>
struct Evaluation {
  std::unique_ptr<const Point<T>> point;  // null unless summary.ok()
  Summary summary;
};

// Truncated Taylor series of value and gradient along a polynomial curve theta(t) = sum_k c_k t^k.
template <class T>
struct CurveSeries {
  VectorOf<T> value;     // K + 1: the coefficients of t^0 .. t^K
  MatrixOf<T> gradient;  // p x (K + 1), a coefficient per column
  // K + 1: coefficients of majorant series, in which every term enters with its norm and a plus
  // sign. Rounding errors are small multiples of (operations) eps times these, in the 2-norm.
  Vector value_size;
  Vector gradient_size;
  Summary summary;  // not ok: the vectors are empty
};

template <class T>
class Objective {
 public:
  virtual ~Objective() = default;
  [[nodiscard]] virtual std::string name() const = 0;  // "mse", "energy": file groups and tables
  [[nodiscard]] virtual Index dim() const = 0;
  [[nodiscard]] virtual Evaluation<T> at(const VectorOf<T>& theta) const = 0;
  // `curve` is p x (K + 1), column k = c_k; K >= 0.
  [[nodiscard]] virtual CurveSeries<T> along(ConstMatrixRefOf<T> curve) const = 0;
};

}  // namespace saddlescope

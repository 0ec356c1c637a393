// The escape order of a degenerate critical point: the smallest order at which the objective falls.
//
// Let H be the Hessian at a critical point theta, without negative eigenvalues, and R^p = N + R its
// null space and its range. Along the curves (Lyapunov-Schmidt)
//
//   theta(t) = theta + t u + sum_{j >= 2} t^j w_j,   u in N, w_j in R,   |u| = 1,
//   H w_j = -P_R [t^j] gradient(curve with w_j = 0),
//
// the gradient has no component in R, order by order, so that f(theta(t)) is the reduced function
// f~(t u) = min over R, and its coefficients f~_k(u) are homogeneous polynomials of degree k on N,
//
//   f(theta(t)) = f + sum_{k >= 3} f~_k(u) t^k,      P_N [t^{k-1}] gradient = grad f~_k(u).
//
// (The second is the envelope theorem: d f~(n) = <g, dn + dw> and g has no component in R. Since f
// is stationary in w, an error of order t^{J+1} in w changes f by t^{2J+2} only; w_2 .. w_{k-2}
// make both identities exact at order k.) If f~_3 .. f~_{k-1} vanish identically, no curve lowers f
// at an order below k, and the sign of f~_k decides:
//
//   k odd, f~_k not zero    order k, since f~_k(-u) = -f~_k(u)
//   k even, min f~_k < 0    order k
//   k even, f~_k >= 0       descent, if any, starts from the zeros of f~_k: the first coefficient
//                           that does not vanish on the curve of such a zero, if negative or odd,
//                           is descent of that order, an upper bound of the smallest.
//
// A polynomial that vanishes at random directions vanishes identically (with probability 1).
// Coefficients are compared with their rounding errors: with unit = 4 (p + K + 1) eps and the
// majorants of CurveSeries,
//
//   error_k = unit value_size_k
//             + sum_{j <= min(k, K-2)} d_j (|P_R g_{k-j}| + unit gradient_size_{k-j}),
//   d_j = (|P_R g_j| + unit gradient_size_j)/lambda,
//
// (j <= 1 at K = 3), lambda the smallest range value: d_j bounds the error of w_j, and f changes by
// its product with the gradient. A coefficient within its error counts as zero, one between error
// and kEscapeMargin error as undecided. Zeros of f~_k are known to delta = (f~_k/max f~_k)^{1/2}
// only (taking its largest value seen for its curvature), which adds |grad f~_m| delta to the
// errors that follow.
//
// Cost: a decided case takes about `starts` series of order k, and `polish_steps` more.
#pragma once

#include <cstdint>

#include "saddlescope/hessian/objective.hpp"

namespace saddlescope {

inline constexpr double kEscapeMargin = 1e3;

struct EscapeOptions {
  Index max_order = 8;     // >= 3
  Index starts = 8;        // >= 1 random directions
  Index polish_steps = 6;  // >= 0 descents of f~_k on the sphere once its sign is known
  // A polished direction is left when |grad f~_k - k f~_k u| <= ray_tolerance |k f~_k|; > 0.
  double ray_tolerance = 1e-6;
  // Where no random direction shows the sign: >= 1 of them are followed, >= 0 steps each.
  Index searches = 3;
  Index search_steps = 60;
  // >= 0: bounds the distance from theta to the critical point that is meant, where it exceeds the
  // rounding of theta in the scalar type. A shift n of theta in N changes f~_k by n . [t^k]
  // gradient, so theta_error |P_N [t^k] gradient| enters error_k.
  double theta_error = 0;
  std::uint64_t seed = 0;
};

// The eigenpairs of a Hessian, split at its zero threshold.
template <class T>
struct NullSpace {
  MatrixOf<T> null_basis;    // p x d, orthonormal
  MatrixOf<T> range_basis;   // p x (p - d), orthonormal and orthogonal to the former
  VectorOf<T> range_values;  // > 0
};

// Splits at |eigenvalue| <= threshold. `values` ascending.
[[nodiscard]] NullSpace<double> null_space(const Vector& values, const Matrix& vectors,
                                           double threshold);

template <class T>
struct EscapeOrder {
  Index order = 0;          // 0: no descent found up to `tried`
  bool is_smallest = true;  // false: an upper bound of the smallest order
  Index tried = 0;          // the highest order looked at
  VectorOf<T> direction;    // u
  T coefficient = 0;        // < 0: f(theta(t)) = f + coefficient t^order + ..
  double coefficient_error = 0;
  // |grad f~ - k f~ u|/|k f~|: where it is 0 the ray along u is invariant under the leading
  // gradient flow.
  double ray_residual = 0;
  MatrixOf<T> curve;  // p x (order + 1): theta, u, w_2 .., w_{order-2}, 0, 0
  // kUndecided: a coefficient stands too near its error. kNotFinite, kRefused: of the series.
  Summary summary;
};

// Throws std::invalid_argument if shapes do not fit, a range value is not positive, or an option
// breaks its inequality.
template <class T>
[[nodiscard]] EscapeOrder<T> escape_order(const Objective<T>& objective, const VectorOf<T>& theta,
                                          const NullSpace<T>& space,
                                          const EscapeOptions& options = {});

// The curve of a direction u in N to order K >= 2, and what the objective does along it.
template <class T>
struct ReducedSeries {
  MatrixOf<T> curve;      // p x (K + 1)
  VectorOf<T> value;      // K + 1: f~_k(u) for 3 <= k <= K
  Vector value_error;     // K + 1: error_k above
  MatrixOf<T> gradient;   // d x (K + 1), column k = grad f~_{k+1}(u) in the basis of N, k < K
  Vector gradient_error;  // K + 1: unit gradient_size
  Summary summary;
};
template <class T>
[[nodiscard]] ReducedSeries<T> reduced_series(const Objective<T>& objective,
                                              const VectorOf<T>& theta, const NullSpace<T>& space,
                                              const VectorOf<T>& u, Index order,
                                              double theta_error = 0);

}  // namespace saddlescope

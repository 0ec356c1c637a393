// A deep linear network along a polynomial curve theta(t) = sum_{k <= K} c_k t^k: the Taylor
// coefficients of value and gradient, truncated after t^K.
//
// The equations of energy/linear_state.hpp hold for every t, so each becomes one between matrix
// polynomials, whose products are truncated convolutions:
//
//   A_l(t) = a_l W_l(t) + tau_l I,   P_l = P_{l+1} A_l,   r = y - P_1 x,   S = q_L I + sum q P P'
//   S_0 e_{L,k} = r_k - sum_{j=1}^{k} S_j e_{L,k-j}     (one Cholesky factor, that of S_0 = S(0))
//   e_l = A_{l+1}' e_{l+1},   z_l = A_l z_{l-1} + q_l e_l
//   value = 1/2 <r' e_L>,     gradient in W_l = -a_l <e_l z_{l-1}'>
//
// Nothing is differenced: the coefficients are exact but for rounding, at every order. Cost: that
// of a value and gradient for every pair of coefficients, (K + 1)(K + 2)/2 of them; coefficients
// that are zero matrices cost nothing.
//
// The sizes are those of a majorant series: each matrix coefficient is replaced by an upper bound
// of its 2-norm (of x, y and what is made of them: the Frobenius norm), every sign by a plus,
// S_0^{-1} by |S_0^{-1}|. A product of inner dimension n with K + 1 pairs of coefficients carries a
// relative error of at most (n + K + 1) eps of its majorant's coefficient,
// times sqrt(n) for the norms.
#pragma once

#include "saddlescope/energy/linear_state.hpp"

namespace saddlescope {

template <class T>
struct LinearSeries {
  VectorOf<T> value;        // K + 1
  MatrixOf<T> gradient;     // p x (K + 1)
  Vector value_size;        // K + 1
  Vector gradient_size;     // K + 1; of the gradient of all layers, in the 2-norm
  bool is_definite = true;  // as LinearState::is_definite() at t = 0; if false the rest is empty
  bool finite = true;       // no NaN or Inf above
  double S_norm = 0;        // |S(0)|_F
};

// `curve` is p x (K + 1). Throws std::invalid_argument if it or the data do not fit the
// architecture.
template <class T>
[[nodiscard]] LinearSeries<T> linear_series(LinearObjective objective,
                                            const Architecture& architecture,
                                            const DataFactor<T>& data, ConstMatrixRefOf<T> curve);

}  // namespace saddlescope

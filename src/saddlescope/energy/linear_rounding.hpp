// How far the numbers of a LinearState can be off: a running error analysis in Frobenius norms.
//
// A product of inner dimension n carries, to first order in eps,
//
//   d(A B) <= |A| dB + dA |B| + n eps |A| |B|                           (Higham, section 3.5)
//
// and this rule is followed through every step of energy/linear_state.hpp, with the norms of the
// computed matrices. Where errors pass through a chain of layers, |A_l| is the Schatten-4 norm
// |A_l' A_l|_F^{1/2} >= |A_l|_2, which overestimates a random matrix of width n by n^{1/4} and not
// by n^{1/2}. The solve by S, with |S^{-1}|_2 <= 1/q_L because S >= q_L I, adds
//
//   d e_L <= |S^{-1}| (dr + dS |e_L| + 4 d_y eps |S| |e_L|)             (Higham, theorem 10.4).
//
// Where |S^{-1}| (dS + 4 d_y eps |S|) >= 1, cond(S) is beyond 1/eps, no digit is known and the
// bounds are infinite.
//
// Cost: a product of n_l x n_{l-1} with itself a layer.
#pragma once

#include <vector>

#include "saddlescope/energy/linear_state.hpp"

namespace saddlescope {

// The norm of a computed matrix and a bound of its error; both in the Frobenius norm.
struct Size {
  double norm = 0;
  double error = 0;
};

// The error that a product of matrices of sizes a and b with inner dimension n carries.
[[nodiscard]] double product_error(const Size& a, const Size& b, double n, double epsilon);

// Indexed as in LinearState.
struct LinearRounding {
  double epsilon = 0;            // of the scalar type
  std::vector<Size> A, P, z, e;  // A_1 .. A_L; P_1 .. P_{L+1}; z_0 .. z_{L-1}; e_1 .. e_L
  std::vector<double> spread;    // upper bounds of |A_l|_2
  Size S;
  double S_inverse = 0;  // upper bound of |S^{-1}|_2

  // d(S^{-1} B) for B of size b, given the computed solution's norm.
  [[nodiscard]] double solve_error(const Size& b, double solution_norm, double outputs) const;
};

template <class T>
[[nodiscard]] LinearRounding linear_rounding(const LinearState<T>& state);

// An upper bound of the error in the 2-norm of the computed gradient: the root of the sum over l of
// the squares of a_l d(e_l z_{l-1}').
template <class T>
[[nodiscard]] double gradient_error_bound(const LinearState<T>& state);

// What the norms of the gradient's terms come to before they cancel: the root of the sum over l of
// (a_l |e_l| |z_{l-1}|)^2 with the norms of LinearState::term_norms(), but 1/|S| in the place of
// |S^{-1}|, the least that S can leave of a residual.
template <class T>
[[nodiscard]] double gradient_magnitude(const LinearState<T>& state);

}  // namespace saddlescope

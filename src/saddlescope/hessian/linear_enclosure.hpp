// Value, gradient norm and second directional derivative of loss and equilibrated energy of a deep
// linear network, enclosed with proof.
//
// Weights, scales a_l, precisions, directions and samples are exact doubles; what comes out
// contains the numbers of exact arithmetic. In the notation of energy/linear_state.hpp, with q_l
// enclosed (q_l = 1/pi_l, or 0 below layer L for the loss) and e_L = S^{-1} r solved with proof
// (linalg/verified_solve.hpp):
//
//   value              1/2 <r' e_L>
//   gradient in W_l    -a_l <e_l z_{l-1}'>
//
// Second derivative along V, Adot_l = a_l V_l. With the tangents of e and z *while e_L stays
// fixed*,
//
//   f_L = 0,   f_l = Adot_{l+1}' e_{l+1} + A_{l+1}' f_{l+1}                    (l = L-1 .. 1)
//   w_0 = 0,   w_l = Adot_l z_{l-1} + A_l w_{l-1} + [l < L] q_l f_l            (l = 1 .. L)
//
// w_L is minus the tangent of r - S e_L, and
//
//   V'HV = <w_L' S^{-1} w_L> - sum_{l<L} <f_l' (2 Adot_l z_{l-1} + q_l f_l)>.
//
// (Derivation: d^2/dt^2 of 1/2 r'S^{-1}r is |rdot - Sdot e|^2 in S^{-1} plus e'(rddot - 1/2 Sddot
// e); the second tangents of P_l that this holds fold into the z_l.) It needs no tangent of S, is
// the curvature of theory's second variation with its minimum carried out, and where f or w_L
// vanish exactly, so do their terms.
//
// Data enter as matrices of m columns over which <a b'> = C_a M C_b'/N. With N <= d_x + d_y samples
// the columns are the samples and M = I; otherwise they are coefficients of (x; y), z_0 = [I 0], y
// = [0 I], and M is the enclosed sum of (x; y)(x; y)' over the samples. Cost: about 8 p m interval
// operations for a point and a direction, d_y p for S.
//
// Everything runs in PreciseInterval and is rounded to double at the end. Plain intervals are wider
// than the rounding of a double computation by the norms of the maps multiplied over both passes
// and S^{-1}: at depth 6 and width 8 that made gradients of 1e-13 "at most 1e-6". Width now: eps
// times the result, plus some L n eps^2 times the terms with those norms.
#pragma once

#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/linalg/interval_matrix.hpp"
#include "saddlescope/linalg/precise_interval.hpp"

namespace saddlescope {

struct EnclosedData {
  PreciseIntervalMatrix x;        // d_x x m
  PreciseIntervalMatrix y;        // d_y x m
  PreciseIntervalMatrix moments;  // m x m; 0 x 0 stands for the identity
  Index n_samples = 0;            // N
};
// Throws std::invalid_argument as check(Dataset) does.
[[nodiscard]] EnclosedData enclose_data(const Dataset& data);

// Everything enclosed at one point; for many directions. Read-only after construction. Keeps a
// reference to `data`.
class LinearEnclosure {
 public:
  // Throws std::invalid_argument if theta or the data do not fit the architecture.
  LinearEnclosure(LinearObjective objective, const Architecture& architecture,
                  const EnclosedData& data, const Vector& theta);

  // Not ok where nothing is known: kNotFinite for NaN, Inf or overflow in theta or after it;
  // kUndecided where S could not be shown to be nonsingular; kRefused on a processor that flushes
  // subnormals.
  [[nodiscard]] const Summary& summary() const { return summary_; }

  // The whole line unless summary().ok().
  [[nodiscard]] const Interval& value() const { return value_; }
  [[nodiscard]] const Interval& gradient_norm() const { return gradient_norm_; }  // Euclidean

  struct Curvature {
    Interval second_derivative = Interval::entire();  // V'HV
    Interval rayleigh_quotient = Interval::entire();  // V'HV/|V|^2
    Summary summary;
  };
  // V: p entries. kNotFinite if one is not finite or V'V underflows to 0.
  [[nodiscard]] Curvature along(const Vector& direction) const;

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] PreciseIntervalMatrix scaled_weight(const Vector& theta,  // a_l W_l
                                                    Index layer) const;
  [[nodiscard]] PreciseInterval mean_product(const PreciseIntervalMatrix& a,
                                             const PreciseIntervalMatrix& b) const;
  void enclose_state(const Vector& theta);
  void enclose_gradient();

  LinearObjective objective_;
  Architecture architecture_;
  const EnclosedData& data_;
  std::vector<PreciseInterval> q_;
  std::vector<PreciseIntervalMatrix> A_, z_,
      e_;  // layer l at index l - 1; z_[l] is z_l, l = 0 .. L-1
  PreciseIntervalMatrix S_, r_;
  Interval value_ = Interval::entire();
  Interval gradient_norm_ = Interval::entire();
  Summary summary_;
};

}  // namespace saddlescope

// Four directions of descent of one linear network in weight space, side by side:
//
//   BP   -grad L, of the loss
//   PC   -grad F*, of the equilibrated energy
//   LM   BP's backward pass started from S^{-1} r, on the feed-forward activities            [TR]
//   GN   -(J'J/N + eps I)^{-1} grad L,  J = d yhat/d theta over the batch,
//        eps = damping lambda_max(J'J/N)
//
// With P_l = A_{L:l}, P_{L+1} = I, forward activities z_l = A_{l:1} x, r = y - P_1 x and the columns
// of a data factor in the place of samples, each of them is in layer l
//
//   D_l = a_l P_{l+1}' M_l,   M_l (d_y x n_{l-1}),
//
// of rank d_y at most, because the equilibrium is z*_l = z_l + C_l S^{-1} r with C_0 = 0 and
// C_l = A_l C_{l-1} + P_{l+1}'/pi_l (n_l x d_y):
//
//   BP   M_l = r z_{l-1}'
//   LM   M_l = S^{-1} r z_{l-1}'
//   PC   M_l = S^{-1} (r z_{l-1}' + r r' S^{-1} C_{l-1}')
//   GN   M_l = U z_{l-1}',  (K + eps I) vec U = vec r,
//        K = sum_l a_l^2 (z_{l-1}' z_{l-1}) (x) (P_{l+1} P_{l+1}')
//
// where K is JJ'/N in the factor's columns (rotated so that only the m = rank(x) that x needs are
// left) and (J'J + eps I)^{-1} J' = J' (JJ' + eps I)^{-1}. Inner products need no gradient: <D, E> = sum_l a_l^2 <M_l^D, (P_{l+1} P_{l+1}') M_l^E>.
//
// Cost: 6 d_y p flops for BP, PC and LM, reading every weight twice and copying none; Gauss-Newton
// adds 2 m p for the activities and 5/3 (m d_y)^3 for K. Memory beside theta: O(d_y + m) numbers a
// unit, and 2 (m d_y)^2.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

enum class Descent { kBackprop, kPredictiveCoding, kLevenbergMarquardt, kGaussNewton };

struct DescentOptions {
  bool gauss_newton = true;
  double damping = 1e-6;  // > 0: eps over lambda_max(J'J/N)
};

// Read-only after construction; safe to share between threads.
class DescentDirections {
 public:
  // Throws std::invalid_argument if theta or the data do not fit the architecture.
  DescentDirections(const Architecture& architecture, const DataFactor<double>& data,
                    const Vector& theta, const DescentOptions& options = {});

  // Not ok where the numbers overflow, S or K loses its definiteness to rounding, or K = 0, so that
  // Gauss-Newton has no scale: says which. `has` is false for directions that do not exist.
  [[nodiscard]] const Summary& summary() const { return summary_; }
  [[nodiscard]] bool has(Descent direction) const { return !M_[at(direction)].empty(); }

  [[nodiscard]] Index depth() const { return static_cast<Index>(Q_.size()); }
  [[nodiscard]] double loss() const { return loss_; }      // L  = 1/2 <|r|^2>
  [[nodiscard]] double energy() const { return energy_; }  // F* = 1/2 <r' S^{-1} r>
  // S - I/lambda (d_y x d_y), positive semidefinite; summed by itself, so that it keeps its digits
  // where it is small.
  [[nodiscard]] const Matrix& schur_excess() const { return excess_; }
  // |S|_2 - 1/lambda = lambda_max(S - I/lambda), >= 0 up to rounding.
  [[nodiscard]] double spectral_excess() const { return spectral_excess_; }
  // eps of Gauss-Newton; 0 where it was not asked for.
  [[nodiscard]] double gauss_newton_shift() const { return shift_; }

  // Require has() of both; layers are 0-based. cosine: nothing where a direction is zero there.
  [[nodiscard]] double inner(Descent a, Descent b, Index layer) const;
  [[nodiscard]] double inner(Descent a, Descent b) const;
  [[nodiscard]] std::optional<double> cosine(Descent a, Descent b, Index layer) const;
  [[nodiscard]] std::optional<double> cosine(Descent a, Descent b) const;
  // The direction itself, as long as theta.
  [[nodiscard]] Vector vector(Descent direction) const;

  // First-order bounds of the rounding errors, n = sum of widths + m roundings in the longest chain
  // (Higham, section 3.5), kappa = 1 + lambda |S|_2 the condition of the solve, c = (|y| + |P_1 x|)
  // over |r| the cancellation in the residual.
  // Of lambda L/F*, relative: n eps kappa c.
  [[nodiscard]] double ratio_error() const { return ratio_error_; }
  // Of the cosine of two directions, absolute: that, times 1/damping where Gauss-Newton is one of
  // them, times sum_l |a_l P_{l+1}|_F^2 |M|_F |M'|_F / (|D| |D'|), what the terms come to before
  // they cancel.
  [[nodiscard]] double cosine_error(Descent a, Descent b) const;

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  static std::size_t at(Descent direction) { return static_cast<std::size_t>(direction); }
  void solve_gauss_newton(const Matrix& r, const std::vector<Matrix>& z);

  Architecture architecture_;
  std::vector<Matrix> P_;  // entry l - 1: P_{l+1}, d_y x n_l
  std::vector<Matrix> Q_;  // entry l - 1: a_l^2 P_{l+1} P_{l+1}', d_y x d_y
  std::array<std::vector<Matrix>, 4> M_;
  Matrix excess_;
  double loss_ = 0, energy_ = 0, spectral_excess_ = 0, shift_ = 0, damping_ = 0, ratio_error_ = 0;
  Summary summary_;
};

}  // namespace saddlescope

// A deep linear network at one point: everything that value, gradient and Hessian share.
//
// Loss and equilibrated energy solve the same two-point boundary problem, with inverse precisions
// q_l and P_l = A_{L:l} (P_{L+1} = I):
//
//   z_0 = x,   z_l = A_l z_{l-1} + q_l e_l      (l < L)
//   S e_L = r,   e_l = A_{l+1}' e_{l+1}         (l < L)
//   r = y - P_1 x,   S = q_L I + sum_{l=2}^{L} q_{l-1} P_l P_l'
//
// The value is 1/2 <r' S^{-1} r> and the gradient in W_l is -a_l <e_l z_{l-1}'>.
//
//   equilibrated energy F*   q_l = 1/pi_l               [S] Thm 1, with scales, skips, precisions
//   loss (MSE)               q_l = 0 (l < L), q_L = 1   hidden errors infinitely stiff, so S = I
//
// z are the activities at equilibrium (for the loss: the forward pass) and e the weighted errors,
// e_l = pi_l (z_l - A_l z_{l-1}) (for the loss: the backpropagated ones). Data are a factor of the
// second moments, over whose m columns <.> is a plain sum. Cost: 4 m p flops for the passes, plus
// d_y p for P.
#pragma once

#include <vector>

#include <Eigen/Cholesky>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

enum class LinearObjective { kMse, kEnergy };

// Throws std::invalid_argument, naming expected and got, unless data and theta fit the architecture.
template <class T>
void check_fit(const Architecture& architecture, const DataFactor<T>& data,
               const VectorOf<T>& theta);

// Read-only after construction; safe to share between threads. Layer l of the equations is index l
// - 1 of A, q, e and P (which has L + 1 entries); z[l] is z_l for l = 0 .. L-1.
template <class T>
class LinearState {
 public:
  // Throws std::invalid_argument if theta or the data do not fit the architecture.
  LinearState(LinearObjective objective, Architecture architecture, const DataFactor<T>& data,
              const VectorOf<T>& theta);

  [[nodiscard]] const Architecture& architecture() const { return architecture_; }
  [[nodiscard]] LinearObjective objective() const { return objective_; }
  [[nodiscard]] Index depth() const { return architecture_.depth(); }
  [[nodiscard]] bool finite() const;  // value, errors, activities and S hold no NaN or Inf
  // False where rounding has cost S its positive definiteness: cond(S) is then beyond 1/eps, and
  // value, errors and activities mean nothing.
  [[nodiscard]] bool is_definite() const { return S_factor_.info() == Eigen::Success; }

  [[nodiscard]] T value() const;               // 1/2 <r' S^{-1} r>
  [[nodiscard]] VectorOf<T> gradient() const;  // p
  // Frobenius norms of e_1 .. e_L and z_0 .. z_{L-1} with the cancellations in r = y - P_1 x and in
  // e_l = P_{l+1}' e_L undone: |P_{l+1}| (|y| + |P_1 x|)/q_L for e_l. Rounding errors are small
  // multiples of eps times these.
  struct TermNorms {
    std::vector<double> e, z;
  };
  [[nodiscard]] TermNorms term_norms() const;

  [[nodiscard]] T scale(Index layer) const { return T(architecture_.scales[at(layer)]); }

  [[nodiscard]] const MatrixOf<T>& A(Index layer) const { return A_[at(layer)]; }
  [[nodiscard]] const MatrixOf<T>& P(Index layer) const { return P_[at(layer)]; }  // layer 0 .. L
  [[nodiscard]] const MatrixOf<T>& z(Index l) const { return z_[at(l)]; }
  [[nodiscard]] const MatrixOf<T>& e(Index layer) const { return e_[at(layer)]; }
  [[nodiscard]] T q(Index layer) const { return q_[at(layer)]; }
  [[nodiscard]] const MatrixOf<T>& S() const { return S_; }        // d_y x d_y
  [[nodiscard]] const MatrixOf<T>& r() const { return r_; }        // d_y x m
  [[nodiscard]] double data_error() const { return data_error_; }  // DataFactor::relative_error
  [[nodiscard]] MatrixOf<T> solve_S(const MatrixOf<T>& B) const { return S_factor_.solve(B); }

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }

  LinearObjective objective_;
  Architecture architecture_;
  std::vector<MatrixOf<T>> A_, P_, z_, e_;
  std::vector<T> q_;
  MatrixOf<T> S_, r_;
  double data_error_;
  Eigen::LLT<MatrixOf<T>> S_factor_;
};

}  // namespace saddlescope

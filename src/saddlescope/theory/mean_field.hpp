// Infinitely wide deep linear networks trained by gradient descent: the mean-field (DMFT)
// equations, solved exactly by marching in time.
//
// A network of H hidden layers of width n in the muP scaling, without skips, trained on the MSE,
//
//   h^l = W^l h^{l-1}/sqrt(n_{l-1}), l = 1..H, h^0 = x      f = W^{H+1} h^H/(gamma n)
//   L = 1/(2P) sum_mu |y_mu - f_mu|^2                       W <- W - eta gamma^2 n dL/dW
//
// with iid N(0, 1) weights at first, has deterministic kernels as n -> infinity. Write Delta_t =
// y - f_t (P x K), g^l_k = gamma n df_k/dh^l and c = gamma eta/P. Rows (t mu) or (t k), columns
// (s nu) or (s j), for times t, s, samples mu, nu and outputs k, j:
//
//   H^l = <h^l_{t mu} h^l_{s nu}>/n     TP x TP     A^l = d h^l_{t mu}/d r^l_{s j}       TP x TK
//   G^l = <g^l_{t k} g^l_{s j}>/n       TK x TK     B^l = d g^{l+1}_{t k}/d u^{l+1}_{s nu} TK x TP
//
// where u^l and r^l are Gaussian fields of covariance H^{l-1} and G^{l+1}:
//
//   h^l = u^l + C^l g^l      C^l_{t,s} = A^{l-1}_{t,s} + c 1[s<t] H^{l-1}_{t,s} Delta_s    (P x K)
//   g^l = r^l + D^l h^l      D^l_{t,s} = B^l_{t,s} + c 1[s<t] G^{l+1}_{t,s} Delta_s'       (K x P)
//   M = (I - CD)^{-1}        A^l = M C       H^l = M H^{l-1} M' + A^l G^{l+1} A^l'
//   Q = (I - DC)^{-1}        B^{l-1} = Q D   G^l = Q G^{l+1} Q' + B^{l-1} H^{l-1} B^{l-1}'
//   H^0_{t,s} = K_x    A^0 = 0    G^{H+1}_{t,s} = I    B^H = 0
//   f_t = 1/gamma sum_s A^H_{t,s} + eta/P sum_{s<t} H^H_{t,s} Delta_s
//
// (after [BP]; derived here for K > 1 outputs, which G couples, and for steps of any size: the
// published form takes Delta_{t+1} = Delta_t - (eta/P) K_t Delta_t with the tangent kernel K_t,
// which drops terms of order (eta gamma)^2.) C, D, A and B vanish unless s < t, so row t of
// everything follows from the rows before it: one pass over time, with l = 1..H upwards for H and A
// and downwards for G and B, is the solution, and there is no fixed point to iterate. Predictive
// coding with the equilibrated energy and the step eta gamma^2 n/lambda has the same limit, as its
// S = I/lambda + O(H/(gamma^2 n)).
//
// Cost, with T + 1 times: at most 8/3 H T^3 (P + K)^3 flops (two marches, one for the error), and
// mean_field_bytes() of memory: at T = 100, P = 20, K = 1, 104 MB for H = 1 and 69 MB per further
// hidden layer.
#pragma once

#include <functional>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/base/types.hpp"

namespace saddlescope {

struct MeanFieldProblem {
  Matrix input_kernel;       // K_x = X'X/d_x, P x P, symmetric positive semidefinite
  Matrix targets;            // y, P x K
  Index hidden_layers = 1;   // H >= 1
  Index steps = 50;          // T >= 0
  double learning_rate = 1;  // eta > 0
  double gamma = 1;          // > 0: the larger, the richer; -> 0 is the lazy limit
};

// Times 0 .. T' with T' = T, or the last step at which everything is finite. Row t P + mu of H and
// A and row t K + k of G and B belong to time t.
struct MeanFieldSolution {
  Index n_samples = 0, n_outputs = 0, hidden_layers = 0;
  Vector loss;                    // T' + 1
  std::vector<Matrix> residuals;  // Delta_t, P x K each
  std::vector<Matrix> H, A;       // l = 0 .. H
  std::vector<Matrix> G;          // l = 1 .. H + 1; G[0] is empty
  std::vector<Matrix> B;          // l = 0 .. H
  // The outputs follow from the last hidden layer, as above, and just as well from the first,
  //   f_t' = 1/gamma sum_s B^0_{t,s} K_x + eta/P sum_{s<t} G^1_{t,s} Delta_s' K_x,
  // through other kernels and roundings. A second march that trains on these gives the error of the
  // loss at each step, |difference|: rounding, and what the dynamics makes of it.
  Vector loss_error;  // T' + 1, or shorter where that march diverges first
  // kNotFinite where training diverges beyond the range of doubles, kUndecided where loss_error
  // exceeds sqrt(eps) times the largest loss: half of the digits are lost.
  Summary summary;
};

// Throws std::invalid_argument where the problem breaks an inequality above, shapes disagree, or
// K_x is not symmetric or has a negative eigenvalue beyond rounding. `progress` is called with t.
[[nodiscard]] MeanFieldSolution solve_mean_field(const MeanFieldProblem& problem,
                                                 const std::function<void(Index)>& progress = {});

// Largest memory that solve_mean_field holds.
[[nodiscard]] double mean_field_bytes(const MeanFieldProblem& problem);

// The tangent kernel at time t, sum_{l=0}^{H} G^{l+1}_{t,t} (x) H^l_{t,t}, KP x KP on vec(Delta).
[[nodiscard]] Matrix tangent_kernel(const MeanFieldSolution& solution, Index t);

}  // namespace saddlescope

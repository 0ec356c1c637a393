// Gradient flow, d theta/dt = -grad f(theta), with the balance laws of deep linear networks
// along it.
//
// The flow is integrated for delta = theta - center, so that its error is relative to the distance
// from a saddle and not to the saddle's own weights: a Dormand-Prince pair of order 5 with
// continuous output of order 4 (Boost.odeint), steps controlled to
//
//   |error_i| <= tolerance (|delta(0)|_inf + |delta_i| + |delta_i'| dt).
//
// For a linear network, with q_l and e_l as in energy/linear_state.hpp,
//
//   D_l = A_l A_l'/a_l^2 - A_{l+1}'A_{l+1}/a_{l+1}^2,   dD_l/dt = -2 q_l <e_l e_l'>   (1 <= l < L)
//
// q_l = 0 for the loss: D_l is conserved. q_l = 1/pi_l for F*: inference breaks balancedness until
// the hidden errors vanish (derived here). The integrals I_l of q_l <e_l e_l'> are integrated
// beside theta, and the law's residual is
//
//   max_l |D_l(t) - D_l(0) + 2 I_l(t)|_F / max(|A_l A_l'|_F/a_l^2 + |A_{l+1}'A_{l+1}|_F/a_{l+1}^2),
//
// the scale taken over all times and l.
//
// Run-away: where the residuals of the best linear map have a nonsingular covariance, F* has no
// minimum. The loss converges, F* goes on falling and weights and S = I/lambda + .. grow. Said
// when, from half the time to its end, F* fell by more than 1e-4 of itself and by 10 times lambda
// times the loss's change, the loss changed by less than 1e-2 of itself,
// and |S|_2 and the weights grew.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/saddle/landscape.hpp"

namespace saddlescope {

struct FlowOptions {
  double duration = 100;     // > 0
  double radius = 0;         // >= 0: ends where |theta - center| reaches it from below; 0: never
  double tolerance = 1e-10;  // in [1e-14, 0.1]
  // Ends where |grad| <= gradient_tolerance times the largest seen, or its rounding; >= 0.
  double gradient_tolerance = 1e-9;
  Index max_steps = 200000;  // >= 1
  Index records = 200;       // >= 1: at least as many (if there are steps), at most about twice
  // Told after every step, from the thread that integrates, which share of the duration is done;
  // empty: nobody is.
  std::function<void(double share)> progress = {};
};

enum class FlowEnd { kDuration, kRadius, kStationary, kStepLimit, kNotComputable };
[[nodiscard]] std::string name(FlowEnd end);

struct FlowRecord {
  double time = 0;
  double value = 0;
  double gradient_norm = 0;
  double radius = 0;           // |theta - center|
  double squared_weights = 0;  // |theta|^2 = sum_l |W_l|^2
  // Of linear networks, else 0:
  double loss = 0;           // 1/2 <|y - A_{L:1} x|^2>
  double S_norm = 0;         // |S|_2 of F*; 1 for the loss
  double hidden_errors = 0;  // sum_{l<L} q_l <|e_l|^2>
};

struct Runaway {
  bool found = false;
  // From half the time to the end, relative: how much F* fell, how much the loss changed, and the
  // factors by which |S|_2 and |theta|^2 grew.
  double value_drop = 0;
  double loss_change = 0;
  double S_growth = 1;
  double weight_growth = 1;
  std::string message;  // in words with the numbers; empty unless found
};

struct FlowResult {
  Vector theta;  // at the end
  double time = 0;
  FlowEnd end = FlowEnd::kDuration;
  std::vector<FlowRecord> records;  // the start first, the end last
  Index steps = 0;
  Index evaluations = 0;
  double balance_residual = 0;  // the worst over the records; 0 if not a linear network
  Runaway runaway;
  Summary summary;  // kNotConverged: steps ran out; kNotFinite, kRefused: the objective's own
};

// From center + displacement. Throws std::invalid_argument if shapes do not fit or an option breaks
// its inequality.
[[nodiscard]] FlowResult gradient_flow(const Objective<double>& objective, const Vector& center,
                                       const Vector& displacement, const FlowOptions& options = {});
// On the landscape's reduced parameters, with the balance laws.
[[nodiscard]] FlowResult gradient_flow(const LinearLandscape& landscape, const Vector& center,
                                       const Vector& displacement, const FlowOptions& options = {});

}  // namespace saddlescope

// How inference runs on a mini-batch, and how it can end for a sample.
//
// Per sample, with g = dF/dz of the sample's own energy and s the step:
//
//   descent           z <- z - s g
//   momentum          z_{k+1} = z_k - s g_k + beta (z_k - z_{k-1})                       (heavy
// ball)
//   cg                nonlinear conjugate gradients, Polak and Ribiere's beta >= 0; the length of a
//                     step from the Gauss-Newton curvature along it, halved where F rises
//   newton            inference/network_equilibrium.hpp, to its certificate
//   euler             dz/dt = -g in equal steps of Euler's method: descent
//   heun              the same of Heun's method, order 2: two gradients a step
//   dopri5            the same of Dormand and Prince's, order 5, each sample at its own step with
//                     error control (inference/step_rule.hpp): seven gradients a step
//   errors            error optimisation (ePC): the variables are the hidden errors e_l, z_l =
//                     f_l(z_{l-1}) + e_l from below, e <- e - s dE/de with E(e) = F(z(e)); the
//                     output's error follows from them. A signal crosses all layers in one step
//   fixed-prediction  predictions and derivatives stay those of the forward pass and the errors
//                     alone move, eps_l <- eps_l - s (eps_l - J_{l+1}' eps_{l+1}): with s = 1 they
//                     are backpropagation's after L - 1 steps
#pragma once

#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

enum class InferenceMethod {
  kDescent,
  kMomentum,
  kConjugateGradients,
  kNewton,
  kEuler,
  kHeun,
  kDopri5,
  kErrors,
  kFixedPrediction
};

// descent|momentum|cg|newton|euler|heun|dopri5|errors|fixed-prediction; throws
// std::invalid_argument for others.
[[nodiscard]] InferenceMethod parse_inference_method(const std::string& name);
[[nodiscard]] std::string name(InferenceMethod method);
[[nodiscard]] const std::vector<std::string>& inference_method_names();
// `step` means something to it: all but cg and newton.
[[nodiscard]] bool has_step(InferenceMethod method);

struct BatchInferenceOptions {
  InferenceMethod method = InferenceMethod::kDescent;
  // >= 0, on the energy of one sample. 0: from the bound b of the curvature at these weights
  // (inference/step_bound.hpp): 1.5/b for descent, euler and errors, 1/b for momentum, heun and the
  // first step of dopri5, 1 for fixed-prediction; and samples whose energy rises all the same take
  // half of it from then on (descent, euler, errors).
  double step = 0;
  double momentum = 0.9;  // in [0, 1)
  Index max_steps = 20;   // T >= 0
  // >= 0. 0: exactly T steps, the published practice. Else a sample stops where |g| is within the
  // tolerance times the norms of the terms it is the sum of, or within its rounding.
  double tolerance = 0;
  // JPC's convention: the step is taken on the mean over the batch, step/N per sample.
  bool batch_mean_step = false;
  int threads = 1;      // >= 1, and at most threads() of base/threads.hpp; same bits for any number
  bool record = false;  // energies and gradients after every step
  bool certify = true;  // false: no gradient at the end, no verdicts, no active sets
};

// Throws std::invalid_argument naming the first field that breaks an inequality above, or that the
// method has no use for.
void check(const BatchInferenceOptions& options);

// converged   |g| is within the tolerance, or within a bound of its rounding
// stalled     it is not, and did not halve over the last half of the steps
// capped      it is not, and was still falling when the steps were used up
// diverging   F ended above the forward pass's, whatever the gradient
// not-finite  energy, activities or gradient overflowed
enum class InferenceVerdict { kConverged, kCapped, kStalled, kDiverging, kNotFinite };
[[nodiscard]] std::string name(InferenceVerdict verdict);

}  // namespace saddlescope

// Which solver finds the equilibrium of inference, from where, how far and how fast.
//
// For a linear network, per sample, F(z) = 1/2 z' H_z z - b' z + const
// (inference/activity_operator.hpp), with g = dF/dz = H_z z - b:
//
//   closed    S e_L = r and one pass down and up (alpha = 0 only)                     [S] Thm 1
//   block     block Cholesky of H_z, one factor for all samples, and one step of refinement
//   descent   z <- z - s g
//   momentum  z_{k+1} = z_k - s g_k + beta (z_k - z_{k-1})  (heavy ball)
//   cg        conjugate gradients
//   euler     dz/dt = -g in steps h of Euler's method: descent with s = h
//   heun      the same of Heun's method, order 2
//   dopri5    the same of Dormand and Prince's, order 5, with error control
//
// Steps that are not given come from the extreme eigenvalues of H_z:
//
//   descent, euler, heun   2/(lambda_min + lambda_max): the largest step that is stable,
//                          2/lambda_max, falls short of it by 1/kappa, and no step is faster
//   momentum               s = 4/(sqrt(lambda_min) + sqrt(lambda_max))^2,
//                          beta = ((sqrt(kappa) - 1)/(sqrt(kappa) + 1))^2      (Polyak)
//
// with proved bounds in the place of the eigenvalues, so that rounding cannot make them unstable.
// Where nothing below lambda_min could be proved: 1/lambda_max, and no momentum.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

enum class EquilibriumSolver {
  kClosedForm,
  kBlock,
  kDescent,
  kMomentum,
  kConjugateGradients,
  kEuler,
  kHeun,
  kDopri5
};

// closed|block|descent|momentum|cg|euler|heun|dopri5; throws std::invalid_argument for others.
[[nodiscard]] EquilibriumSolver parse_solver(const std::string& name);
[[nodiscard]] std::string name(EquilibriumSolver solver);
[[nodiscard]] const std::vector<std::string>& solver_names();
[[nodiscard]] bool is_direct(EquilibriumSolver solver);  // closed and block: no steps
[[nodiscard]] bool has_step(EquilibriumSolver solver);   // --step means something to it

enum class ActivityStart {
  kForward,  // the forward pass, as in the papers
  kZero,
  kGiven
};

struct EquilibriumOptions {
  EquilibriumSolver solver = EquilibriumSolver::kBlock;
  double activity_decay = 0;  // alpha >= 0
  // In (0, 1): what the certificate must reach, a bound on |z - z*| relative to |z|.
  double tolerance = 1e-10;
  Index max_steps = 100000;  // >= 1
  // > 0. Of dopri5 the first one. Empty: as above (dopri5: 1/lambda_max).
  std::optional<double> step = {};
  std::optional<double> momentum = {};  // in [0, 1); with `step`, beta of the heavy ball
  ActivityStart start = ActivityStart::kForward;
  Matrix given = {};  // dim x N, where start = kGiven
  // Keep what happened to the first 32 samples, step by step.
  bool keep_trace = false;
  std::uint64_t seed = 0;  // of the Lanczos starts
  std::function<void(const std::string&)> progress = {};
};

}  // namespace saddlescope

// Full-batch gradient descent of a network of finite width in the conventions of the mean-field
// limit (theory/mean_field.hpp). How they map to an Architecture:
//
//   widths d_x, n (H times), d_y; muPC; gamma; no skips     a_1 = 1/sqrt(d_x), a_l = 1/sqrt(n),
//                                                           a_L = 1/(gamma n)
//   initialise with normal, sigma = 1                       iid N(0, 1) entries
//   theta <- theta - eta gamma^2 n dL/dtheta                backpropagation, L = 1/2 <|y - f|^2>
//   theta <- theta - eta gamma^2 n/lambda dF*/dtheta        predictive coding at equilibrium: F* is
//                                                           lambda L in the limit
#pragma once

#include <cstdint>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/linear_state.hpp"

namespace saddlescope::analysis {

struct WidthTrainingOptions {
  LinearObjective objective = LinearObjective::kMse;
  Index width = 64;          // n >= 1
  Index hidden_layers = 1;   // H >= 1
  Index steps = 50;          // T >= 0
  double learning_rate = 1;  // eta > 0
  double gamma = 1;          // > 0
  double lambda = 1;         // > 0
  std::uint64_t seed = 0;    // of the weights: the same for both objectives
};

struct WidthTraining {
  // The loss L (of both objectives: the energy is not what is compared), t = 0 .. T, shorter where
  // training diverges.
  Vector loss;
  std::vector<Matrix> kernels;  // <h^l h^l>/n at step T, l = 1 .. H, N x N; none if it diverges
  Summary summary;              // kNotFinite with the step
};

// 12 N p flops and 24 p bytes per step and network, p the number of parameters.
[[nodiscard]] WidthTraining train_at_width(const Dataset& data,
                                           const WidthTrainingOptions& options);

// Bytes that train_at_width holds.
[[nodiscard]] double width_training_bytes(const Dataset& data, const WidthTrainingOptions& options);

}  // namespace saddlescope::analysis

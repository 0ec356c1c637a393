// Update rules on a flat parameter vector: what a gradient does to theta.
//
//   gradient descent   theta <- theta - eta g
//   momentum           v <- mu v + g,  theta <- theta - eta v                    (heavy ball, Polyak)
//   Adam               m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,
//                      theta <- theta - eta m^ / (sqrt(v^) + e),                 (Kingma and Ba)
//                      m^ = m/(1 - b1^t), v^ = v/(1 - b2^t), t = 1, 2, ..
//
// all entry by entry. An optimiser keeps v, m and t: one belongs to one run.
#pragma once

#include <memory>
#include <string>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

enum class OptimiserKind { kGradientDescent, kMomentum, kAdam };
[[nodiscard]] OptimiserKind parse_optimiser(const std::string& name);  // gd | momentum | adam
[[nodiscard]] std::string name(OptimiserKind kind);

struct OptimiserOptions {
  OptimiserKind kind = OptimiserKind::kGradientDescent;
  double learning_rate = 1e-3;  // eta > 0
  double momentum = 0.9;        // 0 <= mu < 1, momentum only
  double beta1 = 0.9;           // 0 <= b1 < 1, Adam only, as published
  double beta2 = 0.999;         // 0 <= b2 < 1
  double epsilon = 1e-8;        // e > 0
};

class Optimiser {
 public:
  virtual ~Optimiser() = default;
  // One update; gradient and theta have the same length in every call.
  virtual void step(ConstVectorRef gradient, VectorRef theta) = 0;
};

// Throws std::invalid_argument naming the first field that breaks an inequality above.
[[nodiscard]] std::unique_ptr<Optimiser> make_optimiser(const OptimiserOptions& options);

}  // namespace saddlescope

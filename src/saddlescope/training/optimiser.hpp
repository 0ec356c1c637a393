// Update rules on a flat parameter vector: what a gradient does to theta.
//
//   gradient descent   theta <- theta - eta g                                    (gd, also sgd)
//   momentum           v <- mu v + g,  theta <- theta - eta v                    (heavy ball, Polyak)
//   Adam               m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,
//                      theta <- theta - eta m^ / (sqrt(v^) + e),                 (Kingma and Ba)
//                      m^ = m/(1 - b1^t), v^ = v/(1 - b2^t), t = 1, 2, ..
//   AdamW              theta <- (1 - eta w) theta, then Adam                     (Loshchilov, Hutter)
//
// all entry by entry. Weight decay w is, but for AdamW, the penalty (w/2)|W|^2 on the objective:
// g above is then the gradient plus w W. Which entries of theta are weights is said in `decayed`.
// An optimiser keeps v, m and t: one belongs to one run. In float all but the rates is float.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

enum class OptimiserKind { kGradientDescent, kMomentum, kAdam, kAdamW };
// gd (or sgd) | momentum | adam | adamw
[[nodiscard]] OptimiserKind parse_optimiser(const std::string& name);
[[nodiscard]] std::string name(OptimiserKind kind);

struct EntryRange {  // of theta: first .. last - 1
  Index first = 0;
  Index last = 0;
};

struct OptimiserOptions {
  OptimiserKind kind = OptimiserKind::kGradientDescent;
  double learning_rate = 1e-3;           // eta > 0
  double momentum = 0.9;                 // 0 <= mu < 1, momentum only
  double beta1 = 0.9;                    // 0 <= b1 < 1, Adam only, as published
  double beta2 = 0.999;                  // 0 <= b2 < 1
  double epsilon = 1e-8;                 // e > 0
  double weight_decay = 0;               // w >= 0, finite
  std::vector<EntryRange> decayed = {};  // what w acts on; empty: all of theta
};

// What a run needs to go on where it stood: t, and v or m, v (empty before the first step).
template <class T>
struct OptimiserState {
  Index steps = 0;
  VectorOf<T> first, second;
};

template <class T>
class OptimiserOf {
 public:
  virtual ~OptimiserOf() = default;
  // One update; gradient and theta have the same length in every call. Large ones are shared out
  // over threads.
  virtual void step(const Eigen::Ref<const VectorOf<T>>& gradient,
                    Eigen::Ref<VectorOf<T>> theta) = 0;
  virtual void set_learning_rate(double rate) = 0;  // > 0, from the next step on
  [[nodiscard]] virtual const OptimiserState<T>& state() const = 0;
  virtual void restore(OptimiserState<T> state) = 0;
};
using Optimiser = OptimiserOf<double>;

// Throws std::invalid_argument naming the first field that breaks an inequality above.
template <class T = double>
[[nodiscard]] std::unique_ptr<OptimiserOf<T>> make_optimiser(const OptimiserOptions& options);

}  // namespace saddlescope

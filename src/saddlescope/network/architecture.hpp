// The shape of a network: widths, parameterisation scales, identity skips, precisions, activation
// and its placement, biases, loss.
//
// Layers l = 1..L with widths n_0 = d_x, n_1, ..., n_L = d_y. The prediction of z_l from z_{l-1} is
//
//   pre    a_l W_l phi(z_{l-1}) + b_l + tau_l z_{l-1}      (no phi on x: z_0 enters as it is)
//   post   phi(a_l W_l z_{l-1} + b_l) + tau_l z_{l-1}      (no phi at the output, l = L)
//
// with tau_l in {0, 1}, which needs n_l = n_{l-1}. A linear network (phi = identity, no biases) has
// the effective maps A_l = a_l W_l + tau_l I (n_l x n_{l-1}), whatever the placement.
//
// Parameters are one flat vector theta: per layer vec(W_l), column-major, then b_l where there are
// biases; layer 1 first; p in all. Layer l of the papers is index l - 1 of every vector here.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"
#include "saddlescope/network/activation.hpp"

namespace saddlescope {

enum class Placement { kPre, kPost };
// The term of the output layer, with prediction u and precision lambda:
//   mse            lambda/2 |y - u|^2
//   cross-entropy  lambda sum_k y_k (log sum_j e^{u_j} - u_k), y >= 0 with sum 1
enum class OutputLoss { kMse, kCrossEntropy };

struct Architecture {
  std::vector<Index> widths;       // n_0 .. n_L, all >= 1
  std::vector<double> scales;      // a_1 .. a_L, finite
  std::vector<int> skips;          // tau_1 .. tau_L
  std::vector<double> precisions;  // pi_1 .. pi_L > 0; pi_L = lambda
  Activation activation = Activation::kIdentity;
  Placement placement = Placement::kPre;
  bool biases = false;  // every layer has one, or none has
  OutputLoss loss = OutputLoss::kMse;

  [[nodiscard]] Index depth() const { return static_cast<Index>(scales.size()); }  // L
  [[nodiscard]] Index input() const { return widths.front(); }
  [[nodiscard]] Index output() const { return widths.back(); }
  [[nodiscard]] double lambda() const { return precisions.back(); }
  [[nodiscard]] Index rows(Index layer) const;         // n_l of the layer with index `layer`
  [[nodiscard]] Index cols(Index layer) const;         // n_{l-1}
  [[nodiscard]] Index offset(Index layer) const;       // of vec(W_l) in theta; offset(L) = p
  [[nodiscard]] Index bias_offset(Index layer) const;  // of b_l, which directly follows vec(W_l)
  [[nodiscard]] Index n_parameters() const;            // p
  // True where phi stands between a layer's input and its weights (pre) or after its sum (post).
  [[nodiscard]] bool activates_input(Index layer) const;
  [[nodiscard]] bool activates_sum(Index layer) const;
  friend bool operator==(const Architecture&, const Architecture&) = default;
};

// Throws std::invalid_argument naming the first field that breaks an inequality above.
void check(const Architecture& architecture);

// The border of everything that holds for linear networks only. Throws std::invalid_argument
// beginning with `what` unless phi = identity, there are no biases and the loss is the mean squared
// error.
void require_linear(const Architecture& architecture, const std::string& what);

// W_l as a matrix that shares theta's memory.
template <class T>
[[nodiscard]] Eigen::Map<const MatrixOf<T>> weight(const Architecture& architecture,
                                                   const VectorOf<T>& theta, Index layer);
template <class T>
[[nodiscard]] Eigen::Map<MatrixOf<T>> weight(const Architecture& architecture, VectorOf<T>& theta,
                                             Index layer);
// b_l likewise. Throws std::invalid_argument where the network has no biases.
template <class T>
[[nodiscard]] Eigen::Map<const VectorOf<T>> bias(const Architecture& architecture,
                                                 const VectorOf<T>& theta, Index layer);
template <class T>
[[nodiscard]] Eigen::Map<VectorOf<T>> bias(const Architecture& architecture, VectorOf<T>& theta,
                                           Index layer);

// A_1 .. A_L. Throws std::invalid_argument where the network is not linear.
template <class T>
[[nodiscard]] std::vector<MatrixOf<T>> effective_maps(const Architecture& architecture,
                                                      const VectorOf<T>& theta);

[[nodiscard]] Placement parse_placement(const std::string& name);  // pre | post
[[nodiscard]] std::string name(Placement placement);
[[nodiscard]] OutputLoss parse_output_loss(const std::string& name);  // mse | ce
[[nodiscard]] std::string name(OutputLoss loss);

}  // namespace saddlescope

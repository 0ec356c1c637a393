// The shape of a network: widths, parameterisation scales, identity skips, precisions.
//
// Layers l = 1..L with widths n_0 = d_x, n_1, ..., n_L = d_y and effective maps
//
//   A_l = a_l W_l + tau_l I      (n_l x n_{l-1}; tau_l in {0, 1} needs n_l = n_{l-1})
//
// Parameters are one flat vector theta: vec(W_1), ..., vec(W_L), each column-major; p = sum of
// n_l n_{l-1} over l. Layer l of the papers is index l - 1 of every vector here.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

struct Architecture {
  std::vector<Index> widths;       // n_0 .. n_L, all >= 1
  std::vector<double> scales;      // a_1 .. a_L, finite
  std::vector<int> skips;          // tau_1 .. tau_L
  std::vector<double> precisions;  // pi_1 .. pi_L > 0; pi_L = lambda

  [[nodiscard]] Index depth() const { return static_cast<Index>(scales.size()); }  // L
  [[nodiscard]] Index input() const { return widths.front(); }
  [[nodiscard]] Index output() const { return widths.back(); }
  [[nodiscard]] double lambda() const { return precisions.back(); }
  [[nodiscard]] Index rows(Index layer) const;    // n_l of the layer with index `layer` (0-based)
  [[nodiscard]] Index cols(Index layer) const;    // n_{l-1}
  [[nodiscard]] Index offset(Index layer) const;  // of vec(W_l) in theta; offset(L) = p
  [[nodiscard]] Index n_parameters() const;       // p
  friend bool operator==(const Architecture&, const Architecture&) = default;
};

// Throws std::invalid_argument naming the first field that breaks an inequality above.
void check(const Architecture& architecture);

// W_l as a matrix that shares theta's memory.
template <class T>
[[nodiscard]] Eigen::Map<const MatrixOf<T>> weight(const Architecture& architecture,
                                                   const VectorOf<T>& theta, Index layer);
template <class T>
[[nodiscard]] Eigen::Map<MatrixOf<T>> weight(const Architecture& architecture, VectorOf<T>& theta,
                                             Index layer);

// A_1 .. A_L.
template <class T>
[[nodiscard]] std::vector<MatrixOf<T>> effective_maps(const Architecture& architecture,
                                                      const VectorOf<T>& theta);

}  // namespace saddlescope

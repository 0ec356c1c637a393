// The activity Hessian of a linear network as an operator that forms no product A_l' A_l, and the
// energy, gradient and source it belongs to.
//
//   F(z) = 1/2 sum_{l=1}^{L} pi_l |e_l|^2 + alpha/2 |z|^2,   e_l = z_l - A_l z_{l-1},
//
// per sample, with z_0 = x and z_L = y clamped, is quadratic in z = (z_1; ..; z_{L-1}):
//
//   dF/dz_l = pi_l e_l - pi_{l+1} A_{l+1}' e_{l+1} + alpha z_l = (H_z z - b)_l
//   b = (pi_1 A_1 x; 0; ..; 0; lambda A_L' y)
//
// H_z v goes through each A_l and back before the next: 4 sum_{l=2}^{L} n_l n_{l-1} flops a column,
// reading every A_l once from memory where it fits the cache. Blocks and their factor are hessian/activity_hessian.hpp's.
#pragma once

#include <vector>

#include "saddlescope/linalg/block_tridiagonal.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// Read-only after construction; safe to share between threads. Keeps its own copy of the maps.
class ActivityOperator {
 public:
  // Throws std::invalid_argument for L < 2, alpha < 0 and parameters that do not fit.
  ActivityOperator(const Architecture& architecture, const Vector& theta, double activity_decay);

  [[nodiscard]] Index dim() const { return offsets_.back(); }  // n_1 + .. + n_{L-1}
  [[nodiscard]] Index depth() const { return static_cast<Index>(A_.size()); }
  [[nodiscard]] const std::vector<Index>& offsets() const { return offsets_; }  // of z_l, l = 1..L
  [[nodiscard]] const std::vector<Matrix>& maps() const { return A_; }
  [[nodiscard]] const std::vector<double>& precisions() const { return precisions_; }
  [[nodiscard]] double activity_decay() const { return activity_decay_; }

  void apply(ConstMatrixRef V, MatrixRef HV) const;  // H_z V, dim() x k

  // The same for samples: x is d_x x k, y is d_y x k, z is dim() x k.
  [[nodiscard]] Matrix source(ConstMatrixRef x, ConstMatrixRef y) const;  // b
  [[nodiscard]] Matrix forward(ConstMatrixRef x) const;                   // z_l = A_l z_{l-1}
  [[nodiscard]] Matrix gradient(ConstMatrixRef x, ConstMatrixRef y, ConstMatrixRef z) const;
  // F of each sample, from its definition: the column does not depend on the others.
  [[nodiscard]] Vector energies(ConstMatrixRef x, ConstMatrixRef y, ConstMatrixRef z) const;

 private:
  [[nodiscard]] std::vector<Matrix> errors(ConstMatrixRef x, ConstMatrixRef y,
                                           ConstMatrixRef z) const;
  [[nodiscard]] Matrix pull_back(const std::vector<Matrix>& e, ConstMatrixRef z) const;

  std::vector<Matrix> A_;
  std::vector<double> precisions_;
  std::vector<Index> offsets_;
  double activity_decay_;
};

// H_z = D + O: the diagonal blocks and the couplings between layers. Each in the storage of the
// whole, with zero blocks where it has none.
struct ActivityHessianSplit {
  BlockTridiagonal<double> diagonal;
  BlockTridiagonal<double> coupling;
};
[[nodiscard]] ActivityHessianSplit split(const BlockTridiagonal<double>& H);

}  // namespace saddlescope

// Block-tridiagonal symmetric positive definite matrices and their Cholesky factor.
//
//   H_{k,k}   = diagonal[k]     (n_k x n_k, symmetric)
//   H_{k,k+1} = upper[k]        (n_k x n_{k+1});  H_{k+1,k} = upper[k]'
//
// Factor: L_{k,k} L_{k,k}' = H_{k,k} - B_k' B_k, B_k = L_{k-1,k-1}^{-1} H_{k-1,k}. Sum of 7/3 n^3
// flops to factor, 4 n^2 per block and right-hand side to solve; never a dense inverse.
#pragma once

#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/base/types.hpp"

namespace saddlescope {

template <class T>
struct BlockTridiagonal {
  std::vector<MatrixOf<T>> diagonal;
  std::vector<MatrixOf<T>> upper;  // one fewer than diagonal

  [[nodiscard]] Index dim() const;
  [[nodiscard]] MatrixOf<T> dense() const;
  void apply(ConstMatrixRefOf<T> V, MatrixRefOf<T> HV) const;
};

template <class T>
class BlockTridiagonalCholesky {
 public:
  // Throws std::invalid_argument if the blocks do not chain. summary() is kRefused, naming the
  // block, where a pivot is not positive: the matrix is not positive definite.
  explicit BlockTridiagonalCholesky(const BlockTridiagonal<T>& H);
  [[nodiscard]] const Summary& summary() const { return summary_; }
  [[nodiscard]] MatrixOf<T> solve(MatrixOf<T> B) const;  // H^{-1} B; requires summary().ok()
  [[nodiscard]] T log_determinant() const;               // requires summary().ok()

 private:
  std::vector<MatrixOf<T>> factor_, coupling_;
  Summary summary_;
};

}  // namespace saddlescope

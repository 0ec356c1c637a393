// Square banded matrices and their solution by LAPACK's gbsv (partial pivoting), for double and
// std::complex<double>: 2 n b (2b + 1) flops for n rows and half-bandwidth b.
#pragma once

#include "saddlescope/base/types.hpp"

namespace saddlescope {

// Entries (i, j) with |i - j| <= b; zero at first. Other entries do not exist.
template <class T>
class BandMatrix {
 public:
  BandMatrix(Index n, Index half_bandwidth)
      : b_(half_bandwidth), stored_(MatrixOf<T>::Zero(3 * half_bandwidth + 1, n)) {}

  [[nodiscard]] Index dim() const { return stored_.cols(); }
  [[nodiscard]] Index half_bandwidth() const { return b_; }
  T& operator()(Index i, Index j) { return stored_(2 * b_ + i - j, j); }
  // LAPACK's layout with room for the fill of pivoting.
  [[nodiscard]] MatrixOf<T>& stored() { return stored_; }

 private:
  Index b_;
  MatrixOf<T> stored_;
};

// B <- A^{-1} B; A is overwritten by its factors. False where a pivot is exactly zero.
template <class T>
[[nodiscard]] bool solve_band_in_place(BandMatrix<T>& A, MatrixOf<T>& B);

}  // namespace saddlescope

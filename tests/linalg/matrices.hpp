// Symmetric test matrices with known spectra.
#pragma once

#include "saddlescope/base/random.hpp"
#include "saddlescope/linalg/symmetric_operator.hpp"

namespace saddlescope::testing {

// (G + G')/2 with Gaussian G: |.|_2 is about sqrt(2 n).
inline Matrix random_symmetric(Index n, RandomStream& stream) {
  const Matrix G = stream.normal_matrix(n, n);
  return (G + G.transpose()) / 2;
}

// Q diag(values) Q' with Haar Q: its eigenvalues are `values` within about 2 n eps max|values|.
inline Matrix with_spectrum(const Vector& values, RandomStream& stream) {
  const Matrix Q = stream.orthogonal_matrix(values.size(), values.size());
  const Matrix M = Q * values.asDiagonal() * Q.transpose();
  return (M + M.transpose()) / 2;
}

inline AnySymmetricOperator operator_of(const Matrix& M) {  // M must outlive it
  return {M.rows(), [&M](ConstMatrixRef V, MatrixRef MV) { MV.noalias() = M * V; }};
}

inline Vector sorted(Vector values) {
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace saddlescope::testing

// The energy of the output layer as a function of its prediction u (d_y x N, a sample per column).
//
//                   E(u)                                   -dE/du                 d2E/du2
//   mse             lambda/2 |y - u|^2                     lambda (y - u)         lambda I
//   cross-entropy   lambda sum_k y_k (log sum e^u - u_k)   lambda (y - s p)       lambda s (diag p
//                                                                                   - p p')
//
// p = softmax(u), s = sum_k y_k (1 up to rounding). Both are convex in u. log sum e^u is taken
// around the largest u_k, so that nothing overflows for any finite u.
#pragma once

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// Throws std::invalid_argument unless y is finite and, under cross-entropy, every column is a
// distribution: entries >= 0 with sum 1 to single precision, in which labels may have been stored.
void check_targets(const Architecture& architecture, ConstMatrixRef y);

// E of each sample, N.
template <class T>
[[nodiscard]] VectorOf<T> output_energies(const Architecture& architecture, ConstMatrixRefOf<T> y,
                                          ConstMatrixRefOf<T> u);
// -dE/du, the shape of u.
template <class T>
void output_error(const Architecture& architecture, ConstMatrixRefOf<T> y, ConstMatrixRefOf<T> u,
                  MatrixRefOf<T> error);

// d2E/du2 of one sample times V (d_y x k).
[[nodiscard]] Matrix output_curvature_times(const Architecture& architecture, ConstVectorRef y,
                                            ConstVectorRef u, const Matrix& V);

}  // namespace saddlescope

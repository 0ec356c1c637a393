// The energy of the output layer as a function of its prediction u (d_y x N, a sample per column).
//
//                   E(u)                                   -dE/du                 d2E/du2
//   mse             lambda/2 |y - u|^2                     lambda (y - u)         lambda I
//   cross-entropy   lambda sum_k y_k (log sum e^u - u_k)   lambda (y - s p)       lambda s (diag p
//                                                                                   - p p')
//
// p = softmax(u), s = sum_k y_k (1 up to rounding). Both are convex in u. log sum e^u is taken
// around the largest u_k, so that nothing overflows for any finite u.
//
// Under Targets::kObserved an entry of y that is NaN is missing (mse only): that output is free, so
// that its energy, error and curvature are 0, as in a network without it.
#pragma once

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

enum class Targets { kAll, kObserved };

// Throws std::invalid_argument unless y is finite (kObserved: or NaN, under mse) and, under
// cross-entropy, every column is a distribution: entries >= 0 with sum 1 to single precision, in
// which labels may have been stored.
void check_targets(const Architecture& architecture, ConstMatrixRef y,
                   Targets targets = Targets::kAll);

// E of each sample, N.
template <class T>
[[nodiscard]] VectorOf<T> output_energies(const Architecture& architecture, ConstMatrixRefOf<T> y,
                                          ConstMatrixRefOf<T> u, Targets targets = Targets::kAll);
// -dE/du, the shape of u.
template <class T>
void output_error(const Architecture& architecture, ConstMatrixRefOf<T> y, ConstMatrixRefOf<T> u,
                  MatrixRefOf<T> error, Targets targets = Targets::kAll);

// d2E/du2 of one sample times V (d_y x k).
[[nodiscard]] Matrix output_curvature_times(const Architecture& architecture, ConstVectorRef y,
                                            ConstVectorRef u, const Matrix& V,
                                            Targets targets = Targets::kAll);

}  // namespace saddlescope

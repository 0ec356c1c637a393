// Penalties on the weights, not on the biases, that are added to an objective:
//
//   R(theta) = sum_l ( w/2 |W_l|^2 + s/2 |W_l' W_l - I|^2 )        (Frobenius norms)
//
//   dR/dW  = w W + 2 s W (W'W - I)
//   R''[V] = w V + 2 s (V (W'W - I) + W (V'W + W'V))
//
// w is weight decay, s the spectral penalty: it is smallest where the columns of W_l are
// orthonormal, and where W_l has more columns than rows (which then cannot be) where its rows are;
// R is then s/2 (n_{l-1} - n_l). W_l is the matrix of theta, without the scale a_l. R has a
// critical point at W = 0, where R'' = w - 2 s. Cost: 4 n_l n_{l-1}^2 flops a layer and gradient,
// 10 a Hessian product.
#pragma once

#include <memory>

#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

struct WeightPenalty {
  double decay = 0;     // w >= 0, finite
  double spectral = 0;  // s >= 0, finite
};

// Throws std::invalid_argument naming the number that is not >= 0 and finite.
void check(const WeightPenalty& penalty);

[[nodiscard]] double penalty_value(const WeightPenalty& penalty, const Architecture& architecture,
                                   const Vector& theta);
// g += factor dR/dtheta.
template <class T>
void add_penalty_gradient(const WeightPenalty& penalty, const Architecture& architecture,
                          const VectorOf<T>& theta, T factor, VectorOf<T>& g);
// HV += R'' V, columns are directions.
void add_penalty_curvature(const WeightPenalty& penalty, const Architecture& architecture,
                           const Vector& theta, ConstMatrixRef V, MatrixRef HV);

// objective + R, for any objective on the parameters of `architecture`: value, gradient, Hessian
// and their bounds (which add the penalty's own rounding). Name as the objective's. Points refuse
// series along curves.
[[nodiscard]] std::unique_ptr<Objective<double>> penalised(
    std::unique_ptr<Objective<double>> objective, const Architecture& architecture,
    const WeightPenalty& penalty);

}  // namespace saddlescope

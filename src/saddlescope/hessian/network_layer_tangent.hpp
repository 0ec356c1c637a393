// Derivatives of one layer's map and adjoint along a direction (v', W', b'), with the values of
// energy/network_layer.hpp at the point (dots are written ' here, transposes ^T):
//
//   h' = phi'(v) v'                     u' = a (W' h + W h') + b'       f' = phi'(u) u' + tau v'
//   delta' = phi''(u) eps u' + phi'(u) eps'
//   ((df/dv)^T eps)' = phi''(v) (a W^T delta) v' + phi'(v) a (W'^T delta + W^T delta') + tau eps'
//
// phi' and phi'' stand only where the layer applies phi there. Jumps of phi' have no part in phi'':
// at a kink these are the derivatives of the smooth piece that the point counts to.
#pragma once

#include "saddlescope/energy/network_layer.hpp"

namespace saddlescope {

// The second-order data of a layer at one point; empty where no phi stands.
struct LayerBend {
  Matrix inner;  // phi''(v) (a W' delta), n_{l-1} x N
  Matrix outer;  // phi''(u) eps, n_l x N
};
[[nodiscard]] LayerBend layer_bend(const Architecture& architecture, const Vector& theta,
                                   Index layer, const LayerValues<double>& values, const Matrix& v,
                                   const Matrix& eps, const Matrix& delta);

struct LayerTangent {
  Matrix inner;       // h', n_{l-1} x N; empty where v' is absent
  Matrix sum;         // u', n_l x N
  Matrix prediction;  // f'
  Matrix delta;       // delta'
  Matrix adjoint;     // ((df/dv)^T eps)', n_{l-1} x N
};

// Sets inner, sum and prediction. v_dot, theta_dot: null stands for zero; not both null.
void push_tangent(const Architecture& architecture, const Vector& theta, Index layer,
                  const LayerValues<double>& values, const Matrix& v, const Matrix* v_dot,
                  const Vector* theta_dot, LayerTangent& out);

// Sets delta and, if `adjoint` is wanted, adjoint; needs what push_tangent set for the same
// direction.
void pull_tangent(const Architecture& architecture, const Vector& theta, Index layer,
                  const LayerValues<double>& values, const LayerBend& bend, const Matrix& delta,
                  const Matrix* v_dot, const Vector* theta_dot, const Matrix& eps_dot,
                  bool with_adjoint, LayerTangent& out);

// Writes factor * the derivative of sum over samples of (df/dW)^T eps and (df/db)^T eps to the
// layer's part of g (p).
void parameter_tangent(const Architecture& architecture, Index layer,
                       const LayerValues<double>& values, const Matrix& v, const Matrix& delta,
                       const LayerTangent& tangent, double factor, Vector& g);

}  // namespace saddlescope

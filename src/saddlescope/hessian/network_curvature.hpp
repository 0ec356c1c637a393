// Second derivatives of the predictive-coding energy of a network at one (theta, z): the activity
// Hessian of each sample and products with the joint Hessian.
//
// With J_l = df_l/dz_{l-1} (n_l x n_{l-1}) and C_l = pi_l I, at the output the curvature of its
// energy (energy/output_loss.hpp), F_zz of a sample is block tridiagonal over the free layers:
//
//   (F_zz)_{l,l}   = (pi_l + alpha) I + J_{l+1}' C_{l+1} J_{l+1} - B_{l+1}
//   (F_zz)_{l,l+1} = -J_{l+1}' pi_{l+1}
//   B_l = diag(phi''(z_{l-1}) a_l W_l' delta_l) for pre, W_l' diag(a_l^2 phi''(u_l) eps_l) W_l for
//         post placement, where the layer applies phi
//
// (no pi_l I for l = 0; a free z_L has no term from above). Without B it is the Gauss-Newton
// matrix, which is positive definite where only hidden layers are free. F_zz need not be.
#pragma once

#include <vector>

#include "saddlescope/energy/network_energy.hpp"
#include "saddlescope/hessian/network_layer_tangent.hpp"
#include "saddlescope/linalg/block_tridiagonal.hpp"

namespace saddlescope {

enum class ActivityHessianKind { kExact, kGaussNewton };

// The derivative of the gradients along a direction in (z, theta).
struct GradientTangent {
  Matrix activities;  // of each sample's dF/dz: F_zz z' + F_zt theta', dim x N
  Vector parameters;  // of the mean's dF/dtheta: <F_tz z'> + F_tt theta', p
};

// Read-only after construction; safe to share between threads.
class NetworkCurvature {
 public:
  NetworkCurvature(NetworkEnergy<double> energy, Vector theta, NetworkPass<double> pass);

  [[nodiscard]] const NetworkEnergy<double>& energy() const { return energy_; }
  [[nodiscard]] const NetworkPass<double>& pass() const { return pass_; }
  [[nodiscard]] const Vector& theta() const { return theta_; }
  [[nodiscard]] Index n_samples() const { return pass_.z.back().cols(); }

  // F_zz of one sample. 2 n_l n_{l-1}^2 flops a layer. Requires a free layer.
  [[nodiscard]] BlockTridiagonal<double> activity_hessian(
      Index sample, ActivityHessianKind kind = ActivityHessianKind::kExact) const;

  // F_zt of one sample in the parameters of one layer. A direction (W', b') enters through
  // u' = a W' h + b' and V delta, V the transpose of W', alone:
  //
  //   F_zt theta' = of_sum u' + of_adjoint V delta        dim x n_l, dim x n_{l-1}
  //
  //   of_sum      rows z_l: -C S_u
  //               rows z_{l-1}: tau C S_u - S_v a W^T (diag(phi''(u) eps) - S_u C S_u)
  //   of_adjoint  rows z_{l-1}: -a S_v
  //
  // with S = diag(phi'), I where no phi stands, and only rows of free activities.
  struct MixedFactors {
    Matrix of_sum, of_adjoint;
  };
  [[nodiscard]] MixedFactors mixed_factors(Index layer, Index sample) const;

  // Null stands for zero; not both null. 8 n_l n_{l-1} N flops a layer with both.
  [[nodiscard]] GradientTangent along(const Matrix* z_dot, const Vector* theta_dot) const;

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] bool is_free(Index l) const {
    return l >= energy_.first_free() && l <= energy_.last_free();
  }
  // -d eps_l/df_l times V of one sample, and over all samples.
  [[nodiscard]] Matrix curvature_times(Index layer, Index sample, const Matrix& V) const;
  [[nodiscard]] Matrix curvature_times(Index layer, const Matrix& f_dot) const;

  NetworkEnergy<double> energy_;
  Vector theta_;
  NetworkPass<double> pass_;
  std::vector<LayerBend> bends_;
};

}  // namespace saddlescope

// Kinks that the equilibrium of a sample is held at, as constraints on its activities: the linear
// systems of the steps towards it and of its derivatives.
//
// Where arguments alpha_j of phi are held at kinks kappa_j with slopes s_j strictly inside their
// intervals (inference/kinked_newton.hpp), the minimum stays on the hyperplanes alpha_j(z, theta) =
// kappa_j while theta moves. On them F equals F^s, in which each held phi is its tangent of slope
// s_j, and F^s_z = 0 at the point, so that the multipliers m of the constraints vanish there. With
//
//   C = d alpha/dz       |J| x dim, row j a unit vector (pre) or a_l W_l's row of the unit (post)
//   A = d alpha/dtheta   |J| x p:   0 (pre) or alpha' = a_l W'_l z_{l-1} + b'_l   (post)
//
// the implicit function theorem on (F^s_z + C'm, alpha - kappa) = 0 gives, H = F^s_zz,
//
//   [H C'; C 0] [z'; m'] = -[F_zt theta'; A theta'],
//   F*'' theta' = F_tt theta' + F_tz z' + A' m'                                             [D]
//
// with derivatives of F^s. Where A = 0 this puts the inverse on the tangent space of the
// hyperplanes, H^{-1} - H^{-1} C' S^{-1} C H^{-1}, S = C H^{-1} C', in the place of H^{-1}.
#pragma once

#include <vector>

#include "saddlescope/energy/network_energy.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"
#include "saddlescope/linalg/block_tridiagonal.hpp"

namespace saddlescope {

// C' (dim x |J|); `held` are arguments of phi that depend on the free activities.
[[nodiscard]] Matrix kink_normals(const NetworkEnergy<double>& energy, const Vector& theta,
                                  const std::vector<HeldKink>& held);

// A theta' of a sample of `pass`, |J|.
[[nodiscard]] Vector kink_tangents(const Architecture& architecture,
                                   const std::vector<HeldKink>& held,
                                   const NetworkPass<double>& pass, Index sample,
                                   const Vector& theta_dot);
// g += factor A' m.
void add_kink_adjoint(const Architecture& architecture, const std::vector<HeldKink>& held,
                      const NetworkPass<double>& pass, Index sample, const Vector& m, double factor,
                      VectorRef g);
// An upper bound of |A|_2.
[[nodiscard]] double kink_tangent_size(const Architecture& architecture,
                                       const std::vector<HeldKink>& held,
                                       const NetworkPass<double>& pass, Index sample);

// [H C'; C 0] with H positive definite. 7/3 n^3 flops a layer, and 2 |J|^2 dim.
class KinkSystem {
 public:
  // summary() is not ok where H has no Cholesky factor or rows of C depend on each other.
  KinkSystem(const BlockTridiagonal<double>& H, Matrix normals);

  [[nodiscard]] const Summary& summary() const { return summary_; }
  [[nodiscard]] Index n_constraints() const { return normals_.cols(); }

  // z and m with H z + C' m = force and C z = gap; a system per column. Requires summary().ok().
  struct Solution {
    Matrix z, m;
  };
  [[nodiscard]] Solution solve(Matrix force, const Matrix& gap) const;

  // An upper bound of the 2-norm of the system's inverse, |H^{-1}| <= 1/lambda_min_below.
  [[nodiscard]] double inverse_norm(double lambda_min_below) const;
  [[nodiscard]] double constraint_norm() const { return normals_.norm(); }  // |C|_F

 private:
  BlockTridiagonalCholesky<double> H_;
  Matrix normals_;  // C'
  Matrix lifted_;   // H^{-1} C'
  Matrix factor_;   // lower Cholesky factor of S
  Summary summary_;
};

}  // namespace saddlescope

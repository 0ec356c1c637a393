// The activity gradient F_z of nonlinear networks in long double, and what it says of the distance
// to the exact equilibrium.
//
// Near an equilibrium the terms of F_z cancel. In double what is left is their rounding, n eps
// times their size, and a bound of |z - z*| made from it is as coarse. With the 64 bits of an x86
// long double it is 2^11 times smaller, below what z itself is rounded by. (Where long double is
// double all of this holds with double's eps.) An error analysis, entry by entry and to first
// order, bounds what is left: with n the length of the layer's sum, c = 8 for activations and their
// slopes,
//
//   u       |du| = eps (n + c) (|a| |W| |h| + |b|)
//   f       |df| = phi'(u) |du| + c eps |f| (post) or |du|
//   eps_l   pi (|df| + eps (|z| + 2 |f| + |tau v|)); cross-entropy lambda p (|du| + p'|du| + c eps)
//   delta   |phi'| |d eps_l| + |eps_l| (2 |du| + c eps) (post) or |d eps_l|
//   adjoint |phi'(v)| (|a| |W|^T (|d delta| + (n + c) eps |delta|)) + c eps |a| |W|^T |delta| + tau
//           |d eps_l|
//
// (|phi''| <= 2). Cost: twice 4 n_l n_{l-1} long double flops a layer.
#pragma once

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// Safe to share between threads.
class PreciseActivities {
 public:
  PreciseActivities(const NetworkEnergy<double>& energy, const Vector& theta);

  // F_z of one sample, with a bound of its error in the 2-norm. x, y and z have one column.
  struct Gradient {
    Vector g;
    double error = 0;
  };
  [[nodiscard]] Gradient gradient(ConstMatrixRef x, ConstMatrixRef y, ConstMatrixRef z) const;

 private:
  using Real = long double;
  using RealArray = Eigen::Array<Real, Eigen::Dynamic, 1>;
  [[nodiscard]] RealArray gradient_error(const NetworkPass<Real>& pass) const;

  NetworkEnergy<Real> energy_;
  VectorOf<Real> theta_;
};

// |z - z*| of a zero z* of F_z near z, by the theorem of Newton and Kantorovich: `step` >= the
// first Newton step |F_zz^{-1} F_z|, `inverse` >= |F_zz^{-1}|, `lipschitz` that of F_zz on the ball
// of radius 2 step. With h = inverse lipschitz step <= 1/2 there is one, within
// 2 step/(1 + sqrt(1 - 2 h)); infinite otherwise.
[[nodiscard]] double kantorovich_distance(double step, double inverse, double lipschitz);

}  // namespace saddlescope

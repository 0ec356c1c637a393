// Bounds of the derivatives of one layer's map, from the norms of what it holds, and of the Hessians
// made of them. Rounding errors of computed gradients and Hessians are small multiples of eps times
// these.
//
// With w = |a W|, |h|, s_v and s_u the largest |phi'| at the sample before the weights and after the
// sum (1 where no phi stands), t = 2 >= |phi''|, |phi'''| of every activation where one stands (t_v,
// t_u, else 0), and unit directions v', (W', b') in the activities below and in the layer's
// parameters:
//
//   |u'| <= q_v + q_t,   q_v = s_v w,   q_t = |a| |h| + 1 (the 1 with biases)
//   f_v = s_u q_v + tau,   f_t = s_u q_t,   |f''| <= f_2(q, c) = t_u q^2 + s_u c
//
// where q = |u'| and c = |u''| <= 2 |a| s_v (mixed) + w t_v (v' twice). For an energy E(z - f) with
// |E'| = |eps|, |E''| <= pi, |E'''| <= 2 pi (all of it cross-entropy's; zero for squares):
//
//   T = pi f_t^2 + |eps| t_u q_t^2                                    layer's block of F_tt
//   B = pi f_t + (pi f_v f_t + |eps| (t_u q_v q_t + |a| s_u s_v))     F_zt
//   D = |E'''| (1 + f_1)^3 + 3 pi (1 + f_1) f_2 + |eps| f_3             third derivatives
//   f_1 = f_v + f_t,   f_3 = t_u q^3 + 3 t_u q c + s_u t_v (3 |a| + w)
//
// D is used at distances of roundings from the sample, over which slopes change by as little.
#pragma once

#include <vector>

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

struct LayerBound {
  double weight = 0;  // w: Schatten-4 norm of a W, at least the 2-norm
  double scale = 0;   // |a|
  double skip = 0;    // tau
  double bias = 0;    // 1 with biases
};
[[nodiscard]] std::vector<LayerBound> layer_bounds(const Architecture& architecture,
                                                   const Vector& theta);

// Of one sample, with F_zz apart. The rounding of a sum of n products is at most `longest` eps.
struct SampleBound {
  double parameters = 0;  // max_l T_l >= |F_tt|
  double mixed = 0;       // max_l of the first term of B plus max_l of the rest >= |F_zt|
  double third = 0;       // sum_l D_l
  double gradient = 0;    // sum_l |a| |delta_l| |h_{l-1}| + |delta_l|: the terms of F_t
  // First-order error of F_t per eps and unit of `longest`: the same with |delta_l| replaced by what
  // its terms come to before they cancel.
  double gradient_terms = 0;
};
[[nodiscard]] SampleBound sample_bound(const Architecture& architecture,
                                       const std::vector<LayerBound>& layers,
                                       const NetworkPass<double>& pass, Index sample);

// Of the feed-forward loss of one sample whose layers have the inputs and values of `pass`. z_l'
// and z_l'' grow up the layers: y_1 = f_v y_1 + f_t, y_2 = tau y_2 + f_2(q_v y_1 + q_t, 2 |a| s_v y_1 +
// w (t_v y_1^2 + s_v y_2)).
struct LossBound {
  double hessian = 0;   // |E''| y_1^2 + |eps_L| y_2
  double gradient = 0;  // |eps_L| y_1
  double gradient_terms = 0;
};
[[nodiscard]] LossBound loss_bound(const Architecture& architecture,
                                   const std::vector<LayerBound>& layers,
                                   const NetworkPass<double>& pass, Index sample);

// The most roundings a term of a gradient or Hessian of N samples passes through: eight products of
// the longest length, and the mean.
[[nodiscard]] double network_roundings(const Architecture& architecture, Index samples);

}  // namespace saddlescope

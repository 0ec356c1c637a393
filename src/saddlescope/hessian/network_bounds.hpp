// Bounds of the derivatives of one layer's map, from the norms of what it holds, and of the Hessians
// made of them; and of the rounding errors of the numbers computed from them, to first order in
// eps.
//
// With w = |a W|, |h|, s_v and s_u the largest |phi'| at the sample before the weights and after the
// sum (1 where no phi stands), t_v and t_u the largest |phi''| there, r_v = r_u = 2 >= |phi'''| of
// every activation (all 0 where no phi stands, and but for s where it is piecewise linear), and
// unit directions v' (where v is free) and (W', b'):
//
//   |u'| <= q_v + q_t,   q_v = s_v w,   q_t = |a| |h| + 1 (the 1 with biases)
//   f_v = s_u q_v + tau,   f_t = s_u q_t,   |u''| <= c = 2 |a| s_v + w t_v,   q = q_v + q_t
//   |f''| <= f_2 = t_u q^2 + s_u c
//
// and where one of the directions is a unit vector d in v alone
//
//   |u''[d, .]| <= c_d = |a| s_v + w t_v,   |f''[d, .]| <= g_2 = t_u q_v q + s_u c_d
//   |f'''[d, ., .]| <= g_3 = r_u q_v q^2 + t_u (q_v c + 2 q c_d) + s_u (2 |a| t_v + w r_v).
//
// For an energy E(z - f) with |E'| = |eps|, |E''| <= pi, |E'''| <= 2 pi (all of it cross-entropy's;
// zero for squares), and o = 1 where z is free, else 0:
//
//   T = pi f_t^2 + |eps| t_u q_t^2                                    layer's block of F_tt
//   B = pi f_t + (pi f_v f_t + |eps| (t_u q_v q_t + |a| s_u s_v))     F_zt
//   D = |E'''| f_v (f_v + f_t)^2 + pi (o + f_v) f_2 + 2 pi (o + f_v + f_t) g_2 + |eps| g_3
//
// D bounds the derivative of the joint Hessian along a unit vector of the activities.
//
// Rounding. In units of n eps, n the length of the longest sum, and with matrices replaced by their
// absolute values (w_1 the norm of |a W|; a product's error is n eps |A| |B| entry by entry):
//
//   u         m = |a W| |h| + |b|, a vector
//   phi'(u)   k_u = t_u max m + 1,   phi''(u)   k = r_u max m + 1   (0 without phi; k_v = 1)
//   eps       e = pi (|z| + 2 |f| + |phi'(u)| m + tau |v|), a vector
//   delta     |d| = s_u |e| + |eps| (s_u + k_u)
//   E_uu      r = pi s_u (s_u + 2 k_u) + s_u^2 r_E + t_u max e + (t_u + k) max |eps|
//
// with r_E that of E'' (0 for squares, else 2 pi (|m| + 1)). What multiplies entry by entry, as
// slopes do, counts with its largest entry. The Hessians' blocks are E_uu between du/dtheta (size
// q_t) and, where v is free, du/dv (w_1 (s_v + k_v)): `_terms` below. All of this is used at
// distances of roundings from the sample, over which slopes change by as little.
#pragma once

#include <vector>

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// (sum of the singular values^4)^(1/4): at least the 2-norm, at most rank^(1/4) times it.
[[nodiscard]] double schatten_4(const Matrix& M);

struct LayerBound {
  double weight = 0;   // w: Schatten-4 norm of a W, at least the 2-norm
  double entries = 0;  // w_1: at least the 2-norm of a W with absolute values
  Matrix absolute;     // |a W|, entry by entry
  Vector offset;       // |b|; zero without biases
  double scale = 0;    // |a|
  double skip = 0;     // tau
  double bias = 0;     // 1 with biases
};
[[nodiscard]] std::vector<LayerBound> layer_bounds(const Architecture& architecture,
                                                   const Vector& theta);

// Of one sample, with F_zz apart. The rounding of a sum of n products is at most `longest` eps.
struct SampleBound {
  double parameters = 0;  // max_l T_l >= |F_tt|
  double mixed = 0;       // max_l of the first term of B plus max_l of the rest >= |F_zt|
  double third = 0;       // sum_l D_l
  double gradient = 0;    // sum_l |a| |delta_l| |h_{l-1}| + |delta_l|: the terms of F_t
  // First-order errors per eps and unit of `longest`, without decay's:
  double gradient_terms = 0;          // of F_t
  double activity_terms = 0;          // of F_z
  double parameter_terms = 0;         // of F_tt
  double mixed_terms = 0;             // of F_zt
  double activity_hessian_terms = 0;  // of F_zz
};
[[nodiscard]] SampleBound sample_bound(const NetworkEnergy<double>& energy,
                                       const std::vector<LayerBound>& layers,
                                       const NetworkPass<double>& pass, Index sample);

// Of the feed-forward loss of one sample whose layers have the inputs and values of `pass`, with r
// in the place of t, which bounds errors of phi'' as well. z_l'
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

// `longest`: the most products that are summed in one entry of a layer's sum, and eight operations.
[[nodiscard]] double longest_sum(const Architecture& architecture);

// The most roundings a term of a gradient or Hessian of N samples passes through: eight products of
// the longest length, and the mean.
[[nodiscard]] double network_roundings(const Architecture& architecture, Index samples);

}  // namespace saddlescope

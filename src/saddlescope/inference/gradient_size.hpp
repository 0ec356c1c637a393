// The size of the terms that the activity gradient F_z of a sample is the sum of, and a bound of
// its
// rounding error: what "small" means for |F_z|.
//
//   F_{z_l} = eps_l - (df_{l+1}/dz_l)' eps_{l+1} + alpha z_l
//
// `terms`: the norms of these summed over the free layers, the pull-back's bounded by |phi'| |a
// W|_F
// |delta| + tau |eps|.
// `rounding`: for the layer with sum u = a W h + b, m = |a W|_F |h| + |b| bounds the terms of u and
// t = pi (|z_l| + |phi'| m + |tau v|) those of eps; errors of eps, delta and (df/dv)' eps are at
// most
// (n + 8) eps times t, |phi'| t + |phi''| |eps| m, and |a W|_F |phi'| times that, with |phi'|,
// |phi''| <= 1.76 (selu's), and phi'' = 0 of piecewise linear ones. First order in eps, that of T.
#pragma once

#include <vector>

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

struct GradientSizes {
  Vector terms, rounding;  // N
};

// |a_l W_l|_F and |b_l| (0 without biases) of every layer.
struct WeightNorms {
  std::vector<double> weight, bias;
};
template <class T>
[[nodiscard]] WeightNorms weight_norms(const Architecture& architecture, const VectorOf<T>& theta);

template <class T>
[[nodiscard]] GradientSizes gradient_sizes(const NetworkEnergy<T>& energy, const WeightNorms& norms,
                                           const NetworkPass<T>& pass);

}  // namespace saddlescope

#include "saddlescope/hessian/network_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

constexpr double kCurvature = 2;  // t

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

double schatten_4(const Matrix& M) {
  const bool tall = M.rows() > M.cols();
  const Matrix gram = tall ? product<double>(M, Op::kTranspose, M, Op::kNone)
                           : product<double>(M, Op::kNone, M, Op::kTranspose);
  return std::sqrt(gram.norm());
}

// |h_{l-1}| of a sample.
double input_norm(const Architecture& net, const NetworkPass<double>& pass, Index layer,
                  Index sample) {
  return net.activates_input(layer) ? pass.layers[at(layer)].inner.col(sample).norm()
                                    : pass.z[at(layer)].col(sample).norm();
}

// The factors of one layer at a sample, as in the header.
struct LayerFactors {
  double s_v = 1, s_u = 1, t_v = 0, t_u = 0, q_v = 0, q_t = 0, f_v = 0, f_t = 0;
  double sum = 0;  // the size of the terms of u, and of u itself
};

LayerFactors layer_factors(const Architecture& net, const LayerBound& layer,
                           const NetworkPass<double>& pass, Index index, Index sample) {
  const LayerValues<double>& values = pass.layers[at(index)];
  LayerFactors out;
  if (net.activates_input(index)) {
    out.s_v = values.inner_slope.col(sample).cwiseAbs().maxCoeff();
    out.t_v = kCurvature;
  }
  if (net.activates_sum(index)) {
    out.s_u = values.outer_slope.col(sample).cwiseAbs().maxCoeff();
    out.t_u = kCurvature;
  }
  const double h = input_norm(net, pass, index, sample);
  out.q_v = out.s_v * layer.weight;
  out.q_t = layer.scale * h + layer.bias;
  out.f_v = out.s_u * out.q_v + layer.skip;
  out.f_t = out.s_u * out.q_t;
  out.sum = layer.weight * h + values.sum.col(sample).norm();
  return out;
}

}  // namespace

std::vector<LayerBound> layer_bounds(const Architecture& architecture, const Vector& theta) {
  std::vector<LayerBound> out;
  for (Index l = 0; l < architecture.depth(); ++l) {
    const double a = std::abs(architecture.scales[at(l)]);
    out.push_back({a * schatten_4(weight(architecture, theta, l)), a,
                   static_cast<double>(architecture.skips[at(l)]),
                   architecture.biases ? 1.0 : 0.0});
  }
  return out;
}

SampleBound sample_bound(const Architecture& architecture, const std::vector<LayerBound>& layers,
                         const NetworkPass<double>& pass, Index sample) {
  SampleBound out;
  double own = 0;
  double below = 0;
  for (Index l = 0; l < architecture.depth(); ++l) {
    const LayerBound& layer = layers[at(l)];
    const LayerFactors k = layer_factors(architecture, layer, pass, l, sample);
    const double pi = architecture.precisions[at(l)];
    const double eps = pass.error[at(l)].col(sample).norm();
    const double q = k.q_v + k.q_t;
    const double c = 2 * layer.scale * k.s_v + layer.weight * k.t_v;
    const double f_1 = k.f_v + k.f_t;
    const double f_2 = k.t_u * q * q + k.s_u * c;
    const double f_3 =
        k.t_u * q * q * q + 3 * k.t_u * q * c + k.s_u * k.t_v * (3 * layer.scale + layer.weight);
    out.parameters = std::max(out.parameters, pi * k.f_t * k.f_t + eps * k.t_u * k.q_t * k.q_t);
    own = std::max(own, pi * k.f_t);
    below = std::max(
        below, pi * k.f_v * k.f_t + eps * (k.t_u * k.q_v * k.q_t + layer.scale * k.s_u * k.s_v));
    const bool square = l + 1 < architecture.depth() || architecture.loss == OutputLoss::kMse;
    out.third +=
        (square ? 0 : 2 * pi * std::pow(1 + f_1, 3)) + 3 * pi * (1 + f_1) * f_2 + eps * f_3;
    out.gradient += pass.delta[at(l)].col(sample).norm() * k.q_t;
    // delta = phi' eps with u = a W h + b inside both; the target may be larger than the error.
    const double target = pass.z[at(l + 1)].col(sample).norm();
    const double v = pass.z[at(l)].col(sample).norm();
    out.gradient_terms += k.q_t * (k.s_u * pi * (target + 2 * k.sum + layer.skip * v) +
                                   eps * (k.s_u + k.t_u * k.sum));
  }
  out.mixed = own + below;
  return out;
}

LossBound loss_bound(const Architecture& architecture, const std::vector<LayerBound>& layers,
                     const NetworkPass<double>& pass, Index sample) {
  double y_1 = 0;
  double y_2 = 0;
  double terms = 0;  // of the activities: their first-order rounding error per eps and roundings
  for (Index l = 0; l < architecture.depth(); ++l) {
    const LayerBound& layer = layers[at(l)];
    const LayerFactors k = layer_factors(architecture, layer, pass, l, sample);
    const double q = k.q_v * y_1 + k.q_t;
    const double c =
        2 * layer.scale * k.s_v * y_1 + layer.weight * (k.t_v * y_1 * y_1 + k.s_v * y_2);
    y_2 = layer.skip * y_2 + k.t_u * q * q + k.s_u * c;
    y_1 = k.f_v * y_1 + k.f_t;
    terms = k.f_v * terms + 2 * k.sum + layer.skip * pass.z[at(l)].col(sample).norm();
  }
  const double lambda = architecture.lambda();
  const double eps = pass.error.back().col(sample).norm();
  LossBound out;
  out.hessian = lambda * y_1 * y_1 + eps * y_2;
  out.gradient = eps * y_1;
  out.gradient_terms =
      lambda * (terms + pass.z.back().col(sample).norm()) * y_1 + eps * (y_1 + y_2 * terms);
  return out;
}

double network_roundings(const Architecture& architecture, Index samples) {
  const Index widest = *std::max_element(architecture.widths.begin(), architecture.widths.end());
  return 8 * static_cast<double>(widest + 8) + static_cast<double>(samples);
}

}  // namespace saddlescope

#include "saddlescope/hessian/network_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

constexpr double kSlope = 2;  // s

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

}  // namespace

double LayerBound::sum_by_activities() const { return kSlope * weight; }

double LayerBound::sum_by_parameters(double h) const { return scale * h + bias; }

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
  const double s = kSlope;
  SampleBound out;
  double own = 0;
  double below = 0;
  for (Index l = 0; l < architecture.depth(); ++l) {
    const LayerBound& layer = layers[at(l)];
    const double pi = architecture.precisions[at(l)];
    const double h = input_norm(architecture, pass, l, sample);
    const double eps = pass.error[at(l)].col(sample).norm();
    const double delta = pass.delta[at(l)].col(sample).norm();
    const double q_v = layer.sum_by_activities();
    const double q_t = layer.sum_by_parameters(h);
    const double f_v = s * q_v + layer.skip;
    const double f_t = s * q_t;
    const double q = q_v + q_t;
    const double c = 2 * layer.scale * s + layer.weight * s;
    const double f_1 = f_v + f_t;
    const double f_2 = s * q * q + s * c;
    const double f_3 = s * q * q * q + 3 * s * q * c + s * s * (3 * layer.scale + layer.weight);
    out.parameters = std::max(out.parameters, pi * f_t * f_t + eps * s * q_t * q_t);
    own = std::max(own, pi * f_t);
    below = std::max(below, pi * f_v * f_t + eps * (s * q_v * q_t + layer.scale * s * s));
    out.third += 2 * pi * std::pow(1 + f_1, 3) + 3 * pi * (1 + f_1) * f_2 + eps * f_3;
    out.gradient += delta * q_t;
    // delta = phi' eps with u = a W h + b inside both; the target may be larger than the error.
    const double sum = layer.weight * h + pass.layers[at(l)].sum.col(sample).norm();
    const double target = pass.z[at(l + 1)].col(sample).norm();
    const double v = pass.z[at(l)].col(sample).norm();
    out.gradient_terms += q_t * s * (pi * (target + s * sum + layer.skip * v) + eps * (1 + sum));
  }
  out.mixed = own + below;
  return out;
}

LossBound loss_bound(const Architecture& architecture, const std::vector<LayerBound>& layers,
                     const NetworkPass<double>& pass, Index sample) {
  const double s = kSlope;
  double y_1 = 0;
  double y_2 = 0;
  double terms = 0;  // of the activities: their first-order rounding error per eps and roundings
  for (Index l = 0; l < architecture.depth(); ++l) {
    const LayerBound& layer = layers[at(l)];
    const double h = input_norm(architecture, pass, l, sample);
    const double q_v = layer.sum_by_activities();
    const double q_t = layer.sum_by_parameters(h);
    const double f_v = s * q_v + layer.skip;
    const double q = q_v * y_1 + q_t;
    const double c = 2 * layer.scale * s * y_1 + layer.weight * s * (y_1 * y_1 + y_2);
    y_2 = layer.skip * y_2 + s * q * q + s * c;
    y_1 = f_v * y_1 + s * q_t;
    const double sum = layer.weight * h + pass.layers[at(l)].sum.col(sample).norm();
    terms = f_v * terms + s * sum + layer.skip * pass.z[at(l)].col(sample).norm();
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

#include "saddlescope/hessian/network_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

constexpr double kThird = 2;  // bounds |phi'''|

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// |h_{l-1}| of a sample.
double input_norm(const Architecture& net, const NetworkPass<double>& pass, Index layer,
                  Index sample) {
  return net.activates_input(layer) ? pass.layers[at(layer)].inner.col(sample).norm()
                                    : pass.z[at(layer)].col(sample).norm();
}

bool is_piecewise_linear(Activation activation) {
  return activation == Activation::kIdentity || activation == Activation::kHardTanh ||
         activation == Activation::kRelu || activation == Activation::kLeakyRelu;
}

double largest_curvature(Activation activation, const Matrix& u, Index sample) {
  Matrix bend(u.rows(), 1);
  activation_curvature<double>(activation, u.col(sample), bend);
  return bend.cwiseAbs().maxCoeff();
}

// The absolute values of a column, 0 where an entry is missing.
Eigen::ArrayXd observed(const Matrix& M, Index sample) {
  const auto column = M.col(sample).array();
  return column.isNaN().select(0.0, column.abs());
}

// The factors of one layer at a sample, as in the header.
struct LayerFactors {
  double s_v = 1, s_u = 1, t_v = 0, t_u = 0, r_v = 0, r_u = 0;
  double q_v = 0, q_t = 0, f_v = 0, f_t = 0;
  Eigen::ArrayXd m;
  double k_v = 0, k_u = 0, k_bend = 0;
};

LayerFactors layer_factors(const Architecture& net, const LayerBound& layer,
                           const NetworkPass<double>& pass, Index index, Index sample) {
  const LayerValues<double>& values = pass.layers[at(index)];
  const double third = is_piecewise_linear(net.activation) ? 0 : kThird;
  LayerFactors out;
  const double h = input_norm(net, pass, index, sample);
  const auto inputs = net.activates_input(index) ? values.inner.col(sample).cwiseAbs().eval()
                                                 : pass.z[at(index)].col(sample).cwiseAbs().eval();
  out.m = (layer.absolute * inputs + layer.offset).array();
  if (net.activates_input(index)) {
    out.s_v = values.inner_slope.col(sample).cwiseAbs().maxCoeff();
    out.t_v = largest_curvature(net.activation, pass.z[at(index)], sample);
    out.r_v = third;
    out.k_v = 1;
  }
  if (net.activates_sum(index)) {
    out.s_u = values.outer_slope.col(sample).cwiseAbs().maxCoeff();
    out.t_u = largest_curvature(net.activation, values.sum, sample);
    out.r_u = third;
    out.k_u = out.t_u * out.m.maxCoeff() + 1;
    out.k_bend = third * out.m.maxCoeff() + 1;
  }
  out.q_v = out.s_v * layer.weight;
  out.q_t = layer.scale * h + layer.bias;
  out.f_v = out.s_u * out.q_v + layer.skip;
  out.f_t = out.s_u * out.q_t;
  return out;
}

// What enters D of a layer besides its factors.
struct LayerEnergy {
  double pi = 0, eps = 0;
  bool square = true;
  double above_free = 0;  // o
  bool below_free = true;
};

double third_derivative(const LayerBound& layer, const LayerFactors& k, const LayerEnergy& E) {
  if (!E.below_free) return E.pi * E.above_free * k.t_u * k.q_t * k.q_t;
  const double q = k.q_v + k.q_t;
  const double c = 2 * layer.scale * k.s_v + layer.weight * k.t_v;
  const double c_d = layer.scale * k.s_v + layer.weight * k.t_v;
  const double f_1 = k.f_v + k.f_t;
  const double f_2 = k.t_u * q * q + k.s_u * c;
  const double g_2 = k.t_u * k.q_v * q + k.s_u * c_d;
  const double g_3 = k.r_u * k.q_v * q * q + k.t_u * (k.q_v * c + 2 * q * c_d) +
                     k.s_u * (2 * layer.scale * k.t_v + layer.weight * k.r_v);
  return (E.square ? 0 : 2 * E.pi * k.f_v * f_1 * f_1) + E.pi * (E.above_free + k.f_v) * f_2 +
         2 * E.pi * (E.above_free + f_1) * g_2 + E.eps * g_3;
}

// At least the 2-norm of M with absolute values.
double absolute_norm(const Matrix& M) {
  const double columns = M.cwiseAbs().colwise().sum().maxCoeff();
  const double rows = M.cwiseAbs().rowwise().sum().maxCoeff();
  return std::min(M.norm(), std::sqrt(columns * rows));
}

}  // namespace

double schatten_4(const Matrix& M) {
  const bool tall = M.rows() > M.cols();
  const Matrix gram = tall ? product<double>(M, Op::kTranspose, M, Op::kNone)
                           : product<double>(M, Op::kNone, M, Op::kTranspose);
  return std::sqrt(gram.norm());
}

std::vector<LayerBound> layer_bounds(const Architecture& architecture, const Vector& theta) {
  std::vector<LayerBound> out;
  for (Index l = 0; l < architecture.depth(); ++l) {
    const double a = std::abs(architecture.scales[at(l)]);
    const Matrix W = weight(architecture, theta, l);
    const Vector offset = architecture.biases ? Vector(bias(architecture, theta, l).cwiseAbs())
                                              : Vector::Zero(W.rows());
    out.push_back({a * schatten_4(W), a * absolute_norm(W), a * W.cwiseAbs(), offset, a,
                   static_cast<double>(architecture.skips[at(l)]),
                   architecture.biases ? 1.0 : 0.0});
  }
  return out;
}

SampleBound sample_bound(const NetworkEnergy<double>& energy, const std::vector<LayerBound>& layers,
                         const NetworkPass<double>& pass, Index sample) {
  const Architecture& net = energy.architecture();
  SampleBound out;
  double own = 0, below = 0, own_terms = 0, below_terms = 0, block = 0, coupling = 0;
  for (Index l = 0; l < net.depth(); ++l) {
    const LayerBound& layer = layers[at(l)];
    const LayerFactors k = layer_factors(net, layer, pass, l, sample);
    const double pi = net.precisions[at(l)];
    const double eps = pass.error[at(l)].col(sample).norm();
    const double delta = pass.delta[at(l)].col(sample).norm();
    const bool square = l + 1 < net.depth() || net.loss == OutputLoss::kMse;
    out.parameters = std::max(out.parameters, pi * k.f_t * k.f_t + eps * k.t_u * k.q_t * k.q_t);
    own = std::max(own, pi * k.f_t);
    below = std::max(
        below, pi * k.f_v * k.f_t + eps * (k.t_u * k.q_v * k.q_t + layer.scale * k.s_u * k.s_v));
    out.third += third_derivative(
        layer, k,
        {pi, eps, square, l + 1 <= energy.last_free() ? 1.0 : 0.0, l >= energy.first_free()});
    out.gradient += delta * k.q_t;

    Eigen::ArrayXd slope = Eigen::ArrayXd::Ones(net.rows(l));
    if (net.activates_sum(l)) slope = pass.layers[at(l)].outer_slope.col(sample).array().abs();
    Eigen::ArrayXd e = observed(pass.z[at(l + 1)], sample) +
                       2 * pass.layers[at(l)].prediction.col(sample).array().abs() + slope * k.m;
    if (layer.skip != 0) e += pass.z[at(l)].col(sample).array().abs();
    e *= pi;
    const double s = k.s_u + k.k_u;
    const double d = k.s_u * e.matrix().norm() + eps * s;
    const double output = square ? 0 : 2 * pi * (k.m.matrix().norm() + 1);
    const double bent = k.t_u * e.maxCoeff() +
                        (k.t_u + k.k_bend) * pass.error[at(l)].col(sample).cwiseAbs().maxCoeff();
    const double r = pi * k.s_u * (k.s_u + 2 * k.k_u) + k.s_u * k.s_u * output + bent;
    out.gradient_terms += k.q_t * d;
    out.activity_terms += e.matrix().norm();
    out.parameter_terms = std::max(out.parameter_terms, k.q_t * k.q_t * r);
    own_terms = std::max(own_terms, pi * k.q_t * s);
    if (l < energy.first_free()) continue;
    const double w = (k.s_v + k.k_v) * layer.entries;  // of du/dv
    const double J = k.s_u * w + layer.skip;
    out.activity_terms += w * d + layer.skip * e.matrix().norm();
    below_terms =
        std::max(below_terms, w * k.q_t * r + layer.scale * (k.s_v + k.k_v) * (delta + d) +
                                  layer.skip * k.q_t * (pi * s + k.s_u * output));
    block = std::max(block, pi * (1 + J * J + 2 * J * s * w) + output * J * J + w * w * bent +
                                (k.t_v + k.k_v) * layer.entries * (delta + d));
    coupling = std::max(coupling, pi * (J + s * w));
  }
  out.mixed = own + below;
  out.mixed_terms = own_terms + below_terms;
  // |E| of a block-tridiagonal matrix is at most its largest diagonal block and twice the largest
  // other. (What pi_l adds to the diagonal block of z_l is exact but for an eps of that block.)
  out.activity_hessian_terms = block + 2 * coupling;
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
        2 * layer.scale * k.s_v * y_1 + layer.weight * (k.r_v * y_1 * y_1 + k.s_v * y_2);
    y_2 = layer.skip * y_2 + k.r_u * q * q + k.s_u * c;
    y_1 = k.f_v * y_1 + k.f_t;
    terms = k.f_v * terms + 2 * k.m.matrix().norm() + layer.skip * pass.z[at(l)].col(sample).norm();
  }
  const double lambda = architecture.lambda();
  const double eps = pass.error.back().col(sample).norm();
  LossBound out;
  out.hessian = lambda * y_1 * y_1 + eps * y_2;
  out.gradient = eps * y_1;
  out.gradient_terms = lambda * (terms + observed(pass.z.back(), sample).matrix().norm()) * y_1 +
                       eps * (y_1 + y_2 * terms);
  return out;
}

double longest_sum(const Architecture& architecture) {
  const Index widest = *std::max_element(architecture.widths.begin(), architecture.widths.end());
  return static_cast<double>(widest + 8);
}

double network_roundings(const Architecture& architecture, Index samples) {
  return 8 * longest_sum(architecture) + static_cast<double>(samples);
}

}  // namespace saddlescope

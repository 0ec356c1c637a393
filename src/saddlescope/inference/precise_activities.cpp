#include "saddlescope/inference/precise_activities.hpp"

#include <cmath>
#include <limits>

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

PreciseActivities::PreciseActivities(const NetworkEnergy<double>& energy, const Vector& theta)
    : energy_(energy.architecture(), energy.activity_decay(), energy.clamping()),
      theta_(theta.cast<Real>()) {}

PreciseActivities::Gradient PreciseActivities::gradient(ConstMatrixRef x, ConstMatrixRef y,
                                                        ConstMatrixRef z) const {
  NetworkPass<Real> pass;
  const MatrixOf<Real> x_r = x.cast<Real>();
  const MatrixOf<Real> y_r = y.cast<Real>();
  const MatrixOf<Real> z_r = z.cast<Real>();
  energy_.evaluate(theta_, x_r, y_r, z_r, pass);
  const MatrixOf<Real> g = energy_.activity_gradient(theta_, pass);
  Gradient out{g.cast<double>(), 0};
  out.error = static_cast<double>(gradient_error(pass).matrix().norm()) +
              std::numeric_limits<double>::epsilon() * out.g.norm();
  if (!out.g.allFinite()) out.error = std::numeric_limits<double>::infinity();
  return out;
}

PreciseActivities::RealArray PreciseActivities::gradient_error(
    const NetworkPass<Real>& pass) const {
  constexpr Real kEps = std::numeric_limits<Real>::epsilon();
  constexpr Real kFunction = 8;
  constexpr Real kCurvature = 2;
  const Architecture& net = energy_.architecture();
  RealArray error = RealArray::Zero(energy_.dim());
  const auto rows = [&](Index l) { return error.segment(energy_.offset(l), net.widths[at(l)]); };
  const auto is_free = [&](Index l) {
    return l >= energy_.first_free() && l <= energy_.last_free();
  };
  for (Index l = 0; l < net.depth(); ++l) {
    const LayerValues<Real>& values = pass.layers[at(l)];
    const MatrixOf<Real> W = Real(std::abs(net.scales[at(l)])) * weight(net, theta_, l).cwiseAbs();
    const RealArray v = pass.z[at(l)].col(0).array().abs();
    const RealArray eps = pass.error[at(l)].col(0).array().abs();
    const RealArray f = values.prediction.col(0).array().abs();
    const RealArray delta = pass.delta[at(l)].col(0).array().abs();
    const Real skip(net.skips[at(l)]);
    RealArray terms;
    if (net.activates_input(l)) {
      terms = (W * values.inner.col(0).cwiseAbs()).array();
    } else {
      terms = (W * v.matrix()).array();
    }
    if (net.biases) terms += bias(net, theta_, l).array().abs();
    const RealArray du = kEps * (Real(net.cols(l)) + kFunction) * terms;
    RealArray df = du;
    if (net.activates_sum(l))
      df = values.outer_slope.col(0).array().abs() * du + kFunction * kEps * f;
    RealArray d_eps;
    if (l + 1 == net.depth() && net.loss == OutputLoss::kCrossEntropy) {
      VectorOf<Real> p = (values.prediction.col(0).array() - values.prediction.maxCoeff()).exp();
      p /= p.sum();
      d_eps = Real(net.lambda()) * p.array() *
              (df + p.dot(df.matrix()) + kEps * (kFunction + Real(p.size())) +
               kEps * (f + f.maxCoeff()));
      d_eps += kEps * Real(net.lambda());
    } else {
      const RealArray z = pass.z[at(l + 1)].col(0).array().abs();
      d_eps = Real(net.precisions[at(l)]) * (df + kEps * (z.isNaN().select(Real(0), z) + 2 * f));
      if (skip != 0) d_eps += Real(net.precisions[at(l)]) * kEps * v;
    }
    RealArray d_delta = d_eps;
    if (net.activates_sum(l))
      d_delta = values.outer_slope.col(0).array().abs() * d_eps +
                eps * (kCurvature * du + kFunction * kEps);
    if (is_free(l + 1)) rows(l + 1) += d_eps + kEps * eps;
    if (!is_free(l)) continue;
    const Real longest = Real(net.rows(l)) + kFunction;
    const VectorOf<Real> pulled = d_delta + longest * kEps * delta;
    RealArray adjoint = (W.transpose() * pulled).array();
    if (net.activates_input(l)) {
      adjoint *= values.inner_slope.col(0).array().abs();
      adjoint += kFunction * kEps * (W.transpose() * delta.matrix()).array();
    }
    if (skip != 0) adjoint += d_eps + kEps * eps;
    rows(l) += adjoint;
    rows(l) += 2 * kEps * (Real(1) + Real(energy_.activity_decay())) * v;
  }
  if (is_free(net.depth()))
    rows(net.depth()) +=
        2 * kEps * Real(energy_.activity_decay()) * pass.z.back().col(0).array().abs();
  return error;
}

double kantorovich_distance(double step, double inverse, double lipschitz) {
  const double h = inverse * lipschitz * step;
  if (!(h <= 0.5)) return std::numeric_limits<double>::infinity();
  return 2 * step / (1 + std::sqrt(1 - 2 * h));
}

}  // namespace saddlescope

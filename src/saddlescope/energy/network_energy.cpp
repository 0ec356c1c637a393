#include "saddlescope/energy/network_energy.hpp"

#include <cmath>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/energy/output_loss.hpp"

namespace saddlescope {

template <class T>
NetworkEnergy<T>::NetworkEnergy(Architecture architecture, double activity_decay, Clamping clamping)
    : architecture_(std::move(architecture)), activity_decay_(activity_decay), clamping_(clamping) {
  check(architecture_);
  require(std::isfinite(activity_decay_) && activity_decay_ >= 0,
          "activity decay alpha: expected a finite number >= 0, got {}", activity_decay_);
  require(clamping_.output || architecture_.loss == OutputLoss::kMse,
          "free output: expected loss mse (cross-entropy has no energy in z_L), got {}",
          name(architecture_.loss));
  offsets_ = {0};
  for (Index l = first_free(); l <= last_free(); ++l)
    offsets_.push_back(offsets_.back() + architecture_.widths[at(l)]);
}

template <class T>
MatrixOf<T> NetworkEnergy<T>::forward(const VectorOf<T>& theta, ConstMatrixRefOf<T> x) const {
  require(x.rows() == architecture_.input(), "inputs: expected n_0 = {} rows, got {}",
          architecture_.input(), x.rows());
  MatrixOf<T> z(dim(), x.cols());
  LayerValues<T> values;
  MatrixOf<T> below = x;
  for (Index l = 0; l <= last_free(); ++l) {
    if (l > 0) {
      predict_layer<T>(architecture_, theta, l - 1, below, values);
      below = values.prediction;
    }
    if (l >= first_free()) z.middleRows(offset(l), below.rows()) = below;
  }
  return z;
}

template <class T>
MatrixOf<T> NetworkEnergy<T>::predict(const VectorOf<T>& theta, ConstMatrixRefOf<T> x) const {
  require(x.rows() == architecture_.input(), "inputs: expected n_0 = {} rows, got {}",
          architecture_.input(), x.rows());
  LayerValues<T> values;
  MatrixOf<T> below = x;
  for (Index l = 0; l < architecture_.depth(); ++l) {
    predict_layer<T>(architecture_, theta, l, below, values);
    below = values.prediction;
  }
  return below;
}

template <class T>
void NetworkEnergy<T>::evaluate(const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
                                ConstMatrixRefOf<T> y, ConstMatrixRefOf<T> z,
                                NetworkPass<T>& pass) const {
  const Index L = architecture_.depth();
  const Index N = z.cols();
  require(z.rows() == dim(), "activities z: expected {} rows, got {}", dim(), z.rows());
  require(!clamping_.input || (x.rows() == architecture_.input() && x.cols() == N),
          "inputs: expected {} x {}, got {} x {}", architecture_.input(), N, x.rows(), x.cols());
  require(!clamping_.output || (y.rows() == architecture_.output() && y.cols() == N),
          "targets: expected {} x {}, got {} x {}", architecture_.output(), N, y.rows(), y.cols());
  pass.z.resize(at(L + 1));
  pass.layers.resize(at(L));
  pass.error.resize(at(L));
  pass.delta.resize(at(L));
  if (clamping_.input) pass.z.front() = x;
  if (clamping_.output) pass.z.back() = y;
  for (Index l = first_free(); l <= last_free(); ++l)
    pass.z[at(l)] = z.middleRows(offset(l), architecture_.widths[at(l)]);
  for (Index l = 0; l < L; ++l) {
    LayerValues<T>& values = pass.layers[at(l)];
    MatrixOf<T>& error = pass.error[at(l)];
    predict_layer<T>(architecture_, theta, l, pass.z[at(l)], values);
    error.resize(architecture_.rows(l), N);
    if (l + 1 < L) {
      error = T(architecture_.precisions[at(l)]) * (pass.z[at(l + 1)] - values.prediction);
    } else {
      output_error<T>(architecture_, pass.z.back(), values.prediction, error);
    }
    sum_error<T>(architecture_, l, values, error, pass.delta[at(l)]);
  }
}

template <class T>
MatrixOf<T> NetworkEnergy<T>::layer_energies(const NetworkPass<T>& pass) const {
  const Index L = architecture_.depth();
  MatrixOf<T> F(L, pass.z.back().cols());
  for (Index l = 0; l + 1 < L; ++l) {
    const T precision(architecture_.precisions[at(l)]);
    F.row(l) = pass.error[at(l)].colwise().squaredNorm() / (T(2) * precision);
  }
  F.row(L - 1) =
      output_energies<T>(architecture_, pass.z.back(), pass.layers.back().prediction).transpose();
  return F;
}

template <class T>
VectorOf<T> NetworkEnergy<T>::decay_energies(const NetworkPass<T>& pass) const {
  VectorOf<T> F = VectorOf<T>::Zero(pass.z.back().cols());
  if (activity_decay_ == 0) return F;
  for (Index l = first_free(); l <= last_free(); ++l)
    F += T(activity_decay_ / 2) * pass.z[at(l)].colwise().squaredNorm().transpose();
  return F;
}

template <class T>
VectorOf<T> NetworkEnergy<T>::energies(const NetworkPass<T>& pass) const {
  return layer_energies(pass).colwise().sum().transpose() + decay_energies(pass);
}

template <class T>
MatrixOf<T> NetworkEnergy<T>::activity_gradient(const VectorOf<T>& theta,
                                                const NetworkPass<T>& pass) const {
  const Index L = architecture_.depth();
  MatrixOf<T> g(dim(), pass.z.back().cols());
  MatrixOf<T> adjoint;
  for (Index l = first_free(); l <= last_free(); ++l) {
    auto rows = g.middleRows(offset(l), architecture_.widths[at(l)]);
    if (l > 0 && (l < L || architecture_.loss == OutputLoss::kMse)) {
      rows = pass.error[at(l - 1)];
    } else {
      rows.setZero();
    }
    if (l < L) {
      adjoint.resize(rows.rows(), rows.cols());
      pull_back<T>(architecture_, theta, l, pass.layers[at(l)], pass.error[at(l)],
                   pass.delta[at(l)], adjoint);
      rows -= adjoint;
    }
    if (activity_decay_ != 0) rows += T(activity_decay_) * pass.z[at(l)];
  }
  return g;
}

template <class T>
VectorOf<T> NetworkEnergy<T>::parameter_gradient(const NetworkPass<T>& pass) const {
  VectorOf<T> g(architecture_.n_parameters());
  const T factor = T(-1) / static_cast<T>(pass.z.back().cols());
  for (Index l = 0; l < architecture_.depth(); ++l)
    parameter_adjoint<T>(architecture_, l, pass.layers[at(l)], pass.z[at(l)], pass.delta[at(l)],
                         factor, g);
  return g;
}

template class NetworkEnergy<double>;
template class NetworkEnergy<float>;

}  // namespace saddlescope

#include "saddlescope/energy/network_energy.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope {
namespace {

// A task that starts a thread should be worth a fraction of a millisecond.
constexpr double kFlopsPerTask = 8e6;

}  // namespace

template <class T>
NetworkEnergy<T>::NetworkEnergy(Architecture architecture, double activity_decay, Clamping clamping)
    : architecture_(std::move(architecture)), activity_decay_(activity_decay), clamping_(clamping) {
  check(architecture_);
  require(std::isfinite(activity_decay_) && activity_decay_ >= 0,
          "activity decay alpha: expected a finite number >= 0, got {}", activity_decay_);
  require(clamping_.output || architecture_.loss == OutputLoss::kMse,
          "free output: expected loss mse (cross-entropy has no energy in z_L), got {}",
          name(architecture_.loss));
  require(clamping_.targets == Targets::kAll ||
              (clamping_.output && architecture_.loss == OutputLoss::kMse),
          "missing targets: expected loss mse and the output clamped, got {} and it {}",
          name(architecture_.loss), clamping_.output ? "clamped" : "free");
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
  require(z.rows() == dim(), "activities z: expected {} rows, got {}", dim(), z.rows());
  prepare(x, y, z.cols(), pass);
  move_to(theta, z, pass, LayerOne::kPredict);
}

template <class T>
void NetworkEnergy<T>::evaluate_forward(const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
                                        ConstMatrixRefOf<T> y, NetworkPass<T>& pass) const {
  require(x.rows() == architecture_.input(), "inputs: expected n_0 = {} rows, got {}",
          architecture_.input(), x.rows());
  prepare(x, y, x.cols(), pass);
  pass.z.front() = x;
  follow_errors(theta, nullptr, LayerOne::kPredict, pass);
}

template <class T>
void NetworkEnergy<T>::prepare(ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y, Index N,
                               NetworkPass<T>& pass) const {
  const Index L = architecture_.depth();
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
  for (Index l = 0; l < L; ++l) {
    pass.error[at(l)].resize(architecture_.rows(l), N);
    pass.delta[at(l)].resize(architecture_.rows(l), N);
  }
}

template <class T>
void NetworkEnergy<T>::move_to(const VectorOf<T>& theta, ConstMatrixRefOf<T> z,
                               NetworkPass<T>& pass, LayerOne layer_one) const {
  for (Index l = first_free(); l <= last_free(); ++l)
    pass.z[at(l)] = z.middleRows(offset(l), architecture_.widths[at(l)]);
  for (Index l = 0; l < architecture_.depth(); ++l) {
    if (l > 0 || !clamping_.input || layer_one == LayerOne::kPredict)
      predict_layer<T>(architecture_, theta, l, pass.z[at(l)], pass.layers[at(l)]);
    set_error(l, pass);
  }
}

template <class T>
void NetworkEnergy<T>::move_to_errors(const VectorOf<T>& theta, const MatrixOf<T>& e,
                                      NetworkPass<T>& pass) const {
  if (!clamping_.input) pass.z.front() = e.topRows(architecture_.input());
  follow_errors(theta, &e, LayerOne::kKeep, pass);
}

template <class T>
void NetworkEnergy<T>::follow_errors(const VectorOf<T>& theta, const MatrixOf<T>* e,
                                     LayerOne layer_one, NetworkPass<T>& pass) const {
  for (Index l = 0; l < architecture_.depth(); ++l) {
    if (l > 0 || !clamping_.input || layer_one == LayerOne::kPredict)
      predict_layer<T>(architecture_, theta, l, pass.z[at(l)], pass.layers[at(l)]);
    if (l + 1 <= last_free()) {
      MatrixOf<T>& above = pass.z[at(l + 1)];
      above = pass.layers[at(l)].prediction;
      if (e != nullptr) above += e->middleRows(offset(l + 1), above.rows());
    }
    set_error(l, pass);
  }
}

template <class T>
void NetworkEnergy<T>::set_error(Index l, NetworkPass<T>& pass) const {
  const LayerValues<T>& values = pass.layers[at(l)];
  MatrixOf<T>& error = pass.error[at(l)];
  if (l + 1 < architecture_.depth()) {
    error = T(architecture_.precisions[at(l)]) * (pass.z[at(l + 1)] - values.prediction);
  } else {
    output_error<T>(architecture_, pass.z.back(), values.prediction, error, clamping_.targets);
  }
  sum_error<T>(architecture_, l, values, error, pass.delta[at(l)]);
}

template <class T>
void NetworkEnergy<T>::layer_energies(const NetworkPass<T>& pass, MatrixOf<T>& F) const {
  const Index L = architecture_.depth();
  F.resize(L, pass.z.back().cols());
  for (Index l = 0; l + 1 < L; ++l) {
    const T precision(architecture_.precisions[at(l)]);
    F.row(l) = pass.error[at(l)].colwise().squaredNorm() / (T(2) * precision);
  }
  F.row(L - 1) = output_energies<T>(architecture_, pass.z.back(), pass.layers.back().prediction,
                                    clamping_.targets)
                     .transpose();
}

template <class T>
MatrixOf<T> NetworkEnergy<T>::layer_energies(const NetworkPass<T>& pass) const {
  MatrixOf<T> F;
  layer_energies(pass, F);
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
void NetworkEnergy<T>::activity_gradient(const VectorOf<T>& theta, const NetworkPass<T>& pass,
                                         MatrixOf<T>& g) const {
  const Index L = architecture_.depth();
  g.resize(dim(), pass.z.back().cols());
  for (Index l = first_free(); l <= last_free(); ++l) {
    auto rows = g.middleRows(offset(l), architecture_.widths[at(l)]);
    if (l < L) {
      pull_back<T>(architecture_, theta, l, pass.layers[at(l)], pass.error[at(l)],
                   pass.delta[at(l)], rows);
      if (l > 0) {
        rows = pass.error[at(l - 1)] - rows;
      } else {
        rows = -rows;
      }
    } else {
      rows = pass.error[at(l - 1)];
    }
    if (activity_decay_ != 0) rows += T(activity_decay_) * pass.z[at(l)];
  }
}

template <class T>
MatrixOf<T> NetworkEnergy<T>::activity_gradient(const VectorOf<T>& theta,
                                                const NetworkPass<T>& pass) const {
  MatrixOf<T> g;
  activity_gradient(theta, pass, g);
  return g;
}

template <class T>
void NetworkEnergy<T>::parameter_gradient(const NetworkPass<T>& pass, VectorOf<T>& g) const {
  g.resize(architecture_.n_parameters());
  const Index N = pass.z.back().cols();
  const T factor = T(-1) / static_cast<T>(N);
  std::vector<ColumnRange> ranges;
  double flops = 0;
  for (Index l = 0; l < architecture_.depth(); ++l) {
    const Index cols = architecture_.cols(l);
    const double column = 2 * static_cast<double>(architecture_.rows(l)) * static_cast<double>(N);
    const auto width = std::max<Index>(static_cast<Index>(kFlopsPerTask / (column + 1)), 1);
    for (Index first = 0; first < cols; first += width)
      ranges.push_back({l, first, std::min(width, cols - first)});
    flops += column * static_cast<double>(cols);
  }
  const auto task = [&](Index i) {
    const ColumnRange& range = ranges[at(i)];
    parameter_adjoint<T>(architecture_, range, pass.layers[at(range.layer)],
                         pass.z[at(range.layer)], pass.delta[at(range.layer)], factor, g);
  };
  const auto n = static_cast<Index>(ranges.size());
  if (flops > kFlopsPerTask) {
    parallel_for(n, task);
  } else {
    for (Index i = 0; i < n; ++i) task(i);
  }
}

template <class T>
VectorOf<T> NetworkEnergy<T>::parameter_gradient(const NetworkPass<T>& pass) const {
  VectorOf<T> g;
  parameter_gradient(pass, g);
  return g;
}

template class NetworkEnergy<double>;
template class NetworkEnergy<float>;
template class NetworkEnergy<long double>;

}  // namespace saddlescope

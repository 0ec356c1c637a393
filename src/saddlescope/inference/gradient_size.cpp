#include "saddlescope/inference/gradient_size.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace saddlescope {
namespace {

constexpr double kSlope = 1.76;  // bounds |phi'| and |phi''|

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

bool is_piecewise_linear(Activation activation) {
  return activation == Activation::kIdentity || activation == Activation::kHardTanh ||
         activation == Activation::kRelu || activation == Activation::kLeakyRelu;
}

template <class T>
Eigen::ArrayXd column_norms(const MatrixOf<T>& M) {
  return M.colwise().norm().transpose().template cast<double>();
}

// Of z_l, without missing targets.
template <class T>
Eigen::ArrayXd activity_norms(const NetworkEnergy<T>& energy, const NetworkPass<T>& pass, Index l) {
  const MatrixOf<T>& z = pass.z[at(l)];
  if (energy.clamping().targets == Targets::kAll || l < energy.architecture().depth())
    return column_norms<T>(z);
  return column_norms<T>(z.array().isNaN().select(T(0), z));
}

}  // namespace

template <class T>
WeightNorms weight_norms(const Architecture& architecture, const VectorOf<T>& theta) {
  WeightNorms out;
  for (Index l = 0; l < architecture.depth(); ++l) {
    out.weight.push_back(std::abs(architecture.scales[at(l)]) *
                         static_cast<double>(weight(architecture, theta, l).norm()));
    out.bias.push_back(
        architecture.biases ? static_cast<double>(bias(architecture, theta, l).norm()) : 0);
  }
  return out;
}

template <class T>
GradientSizes gradient_sizes(const NetworkEnergy<T>& energy, const WeightNorms& norms,
                             const NetworkPass<T>& pass) {
  const auto kEps = static_cast<double>(std::numeric_limits<T>::epsilon());
  const Architecture& net = energy.architecture();
  const double bend = is_piecewise_linear(net.activation) ? 0 : kSlope;
  const Index N = pass.z.back().cols();
  Eigen::ArrayXd terms = Eigen::ArrayXd::Zero(N);
  Eigen::ArrayXd rounding = Eigen::ArrayXd::Zero(N);
  for (Index l = 0; l < net.depth(); ++l) {
    const double W = norms.weight[at(l)];
    const double skip = net.skips[at(l)];
    const Eigen::ArrayXd v = column_norms<T>(pass.z[at(l)]);
    const Eigen::ArrayXd h = net.activates_input(l) ? column_norms<T>(pass.layers[at(l)].inner) : v;
    const Eigen::ArrayXd eps = column_norms<T>(pass.error[at(l)]);
    const Eigen::ArrayXd m = W * h + norms.bias[at(l)];
    const Eigen::ArrayXd t =
        net.precisions[at(l)] * (activity_norms<T>(energy, pass, l + 1) + kSlope * m + skip * v);
    const auto longest = static_cast<double>(std::max(net.rows(l), net.cols(l)) + 8);
    if (l + 1 <= energy.last_free()) {
      terms += eps;
      rounding += longest * kEps * t;
    }
    if (l >= energy.first_free()) {
      terms += kSlope * W * column_norms<T>(pass.delta[at(l)]) + skip * eps;
      rounding += longest * kEps * (kSlope * W * (kSlope * t + bend * eps * m) + skip * t);
    }
  }
  if (energy.activity_decay() != 0) {
    Eigen::ArrayXd squares = Eigen::ArrayXd::Zero(N);
    for (Index l = energy.first_free(); l <= energy.last_free(); ++l)
      squares += column_norms<T>(pass.z[at(l)]).square();
    const Eigen::ArrayXd decay = energy.activity_decay() * squares.sqrt();
    terms += decay;
    rounding += kEps * decay;
  }
  return {terms.matrix(), rounding.matrix()};
}

template WeightNorms weight_norms<double>(const Architecture&, const Vector&);
template WeightNorms weight_norms<float>(const Architecture&, const VectorOf<float>&);
template WeightNorms weight_norms<long double>(const Architecture&, const VectorOf<long double>&);
template GradientSizes gradient_sizes<double>(const NetworkEnergy<double>&, const WeightNorms&,
                                              const NetworkPass<double>&);
template GradientSizes gradient_sizes<float>(const NetworkEnergy<float>&, const WeightNorms&,
                                             const NetworkPass<float>&);
template GradientSizes gradient_sizes<long double>(const NetworkEnergy<long double>&,
                                                   const WeightNorms&,
                                                   const NetworkPass<long double>&);

}  // namespace saddlescope

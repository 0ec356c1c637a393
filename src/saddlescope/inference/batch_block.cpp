#include "saddlescope/inference/batch_block.hpp"

#include <algorithm>
#include <limits>

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class T>
void BatchBlock<T>::start(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y) {
  theta_ = &theta;
  energy_.evaluate_forward(theta, x, y, pass_);
  z_.resize(energy_.dim(), x.cols());
  moves_.assign(at(x.cols()), true);
  for (Index l = energy_.first_free(); l <= energy_.last_free(); ++l)
    z_.middleRows(energy_.offset(l), pass_.z[at(l)].rows()) = pass_.z[at(l)];
  sum_energies();
}

template <class T>
void BatchBlock<T>::set_theta(const VectorOf<T>& theta) {
  theta_ = &theta;
  std::fill(moves_.begin(), moves_.end(), true);
  energy_.move_to(theta, z_, pass_, NetworkEnergy<T>::LayerOne::kPredict);
  sum_energies();
}

template <class T>
bool BatchBlock<T>::any_moves() const {
  return std::any_of(moves_.begin(), moves_.end(), [](bool moves) { return moves; });
}

template <class T>
void BatchBlock<T>::evaluate() {
  energy_.move_to(*theta_, z_, pass_);
  sum_energies();
}

template <class T>
void BatchBlock<T>::evaluate_errors(const MatrixOf<T>& e) {
  energy_.move_to_errors(*theta_, e, pass_);
  for (Index l = energy_.first_free(); l <= energy_.last_free(); ++l)
    z_.middleRows(energy_.offset(l), pass_.z[at(l)].rows()) = pass_.z[at(l)];
  sum_energies();
}

template <class T>
void BatchBlock<T>::errors_changed() {
  sum_energies();
}

template <class T>
const MatrixOf<T>& BatchBlock<T>::gradient() {
  if (!gradient_is_fresh_) energy_.activity_gradient(*theta_, pass_, gradient_);
  gradient_is_fresh_ = true;
  return gradient_;
}

template <class T>
void BatchBlock<T>::sum_energies() {
  gradient_is_fresh_ = false;
  energy_.layer_energies(pass_, layer_energies_);
  energies_ = layer_energies_.colwise().sum().transpose().template cast<double>();
  if (energy_.activity_decay() != 0)
    energies_ += energy_.decay_energies(pass_).template cast<double>();
}

template <class T>
double BatchBlock<T>::energy_rounding(Index j) const {
  const auto size = static_cast<double>(z_.col(j).squaredNorm());
  return static_cast<double>(z_.rows() + 8) *
         static_cast<double>(std::numeric_limits<T>::epsilon()) * (energies_[j] + size);
}

template <class T>
Vector BatchBlock<T>::curvature_along(const MatrixOf<T>& direction) {
  const Architecture& net = energy_.architecture();
  Vector out = energy_.activity_decay() *
               direction.colwise().squaredNorm().transpose().template cast<double>();
  const auto part = [&](Index l) {
    return direction.middleRows(energy_.offset(l), net.widths[at(l)]);
  };
  for (Index l = 0; l < net.depth(); ++l) {
    const LayerValues<T>& values = pass_.layers[at(l)];
    const bool below = l >= energy_.first_free();
    tangent_.resize(net.rows(l), size());
    if (below) {  // the derivative of the prediction
      tangent_in_ = part(l);
      if (net.activates_input(l)) tangent_in_.array() *= values.inner_slope.array();
      gemm<T>(T(net.scales[at(l)]), weight(net, *theta_, l), Op::kNone, tangent_in_, Op::kNone,
              T(0), tangent_);
      if (net.activates_sum(l)) tangent_.array() *= values.outer_slope.array();
      if (net.skips[at(l)] != 0) tangent_ += part(l);
    } else {
      tangent_.setZero();
    }
    if (l + 1 == net.depth() && net.loss == OutputLoss::kCrossEntropy) {
      // lambda s (sum p f'^2 - (sum p f')^2) with s p = y - eps/lambda
      const T lambda(net.lambda());
      for (Index j = 0; j < size(); ++j) {
        const auto f = tangent_.col(j).array();
        const auto y = pass_.z.back().col(j).array();
        const auto q = y - pass_.error.back().col(j).array() / lambda;
        const T mean = (q * f).sum();
        out[j] += static_cast<double>(lambda * ((q * f * f).sum() - mean * mean / y.sum()));
      }
      continue;
    }
    if (l + 1 <= energy_.last_free()) {
      tangent_ -= part(l + 1);
    } else if (energy_.clamping().targets == Targets::kObserved) {
      tangent_ = pass_.z.back().array().isNaN().select(T(0), tangent_);
    }
    out += net.precisions[at(l)] *
           tangent_.colwise().squaredNorm().transpose().template cast<double>();
  }
  return out;
}

template class BatchBlock<double>;
template class BatchBlock<float>;

}  // namespace saddlescope

#include "saddlescope/energy/network_layer.hpp"

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class T>
void predict_layer(const Architecture& architecture, const VectorOf<T>& theta, Index layer,
                   ConstMatrixRefOf<T> v, LayerValues<T>& out) {
  const T scale(architecture.scales[at(layer)]);
  const auto W = weight(architecture, theta, layer);
  out.sum.resize(W.rows(), v.cols());
  if (architecture.activates_input(layer)) {
    out.inner.resize(v.rows(), v.cols());
    out.inner_slope.resize(v.rows(), v.cols());
    activation_with_slope<T>(architecture.activation, v, out.inner, out.inner_slope);
    gemm<T>(scale, W, Op::kNone, out.inner, Op::kNone, T(0), out.sum);
  } else {
    gemm<T>(scale, W, Op::kNone, v, Op::kNone, T(0), out.sum);
  }
  if (architecture.biases) out.sum.colwise() += bias(architecture, theta, layer);
  if (architecture.activates_sum(layer)) {
    out.prediction.resize(W.rows(), v.cols());
    out.outer_slope.resize(W.rows(), v.cols());
    activation_with_slope<T>(architecture.activation, out.sum, out.prediction, out.outer_slope);
  } else {
    out.prediction = out.sum;
  }
  if (architecture.skips[at(layer)] != 0) out.prediction += v;
}

template <class T>
void sum_error(const Architecture& architecture, Index layer, const LayerValues<T>& values,
               ConstMatrixRefOf<T> eps, MatrixOf<T>& delta) {
  if (architecture.activates_sum(layer)) {
    delta = values.outer_slope.cwiseProduct(eps);
  } else {
    delta = eps;
  }
}

template <class T>
void pull_back(const Architecture& architecture, const VectorOf<T>& theta, Index layer,
               const LayerValues<T>& values, ConstMatrixRefOf<T> eps, ConstMatrixRefOf<T> delta,
               MatrixRefOf<T> adjoint) {
  gemm<T>(T(architecture.scales[at(layer)]), weight(architecture, theta, layer), Op::kTranspose,
          delta, Op::kNone, T(0), adjoint);
  if (architecture.activates_input(layer)) adjoint.array() *= values.inner_slope.array();
  if (architecture.skips[at(layer)] != 0) adjoint += eps;
}

template <class T>
void parameter_adjoint(const Architecture& architecture, const ColumnRange& range,
                       const LayerValues<T>& values, ConstMatrixRefOf<T> v,
                       ConstMatrixRefOf<T> delta, T factor, VectorOf<T>& g) {
  const Index layer = range.layer;
  const T scaled = factor * T(architecture.scales[at(layer)]);
  auto out = weight(architecture, g, layer).middleCols(range.first, range.count);
  if (architecture.activates_input(layer)) {
    gemm<T>(scaled, delta, Op::kNone, values.inner.middleRows(range.first, range.count),
            Op::kTranspose, T(0), out);
  } else {
    gemm<T>(scaled, delta, Op::kNone, v.middleRows(range.first, range.count), Op::kTranspose, T(0),
            out);
  }
  if (architecture.biases && range.first == 0)
    bias(architecture, g, layer) = factor * delta.rowwise().sum();
}

template <class T>
void parameter_adjoint(const Architecture& architecture, Index layer, const LayerValues<T>& values,
                       ConstMatrixRefOf<T> v, ConstMatrixRefOf<T> delta, T factor, VectorOf<T>& g) {
  parameter_adjoint<T>(architecture, ColumnRange{layer, 0, architecture.cols(layer)}, values, v,
                       delta, factor, g);
}

template void predict_layer<double>(const Architecture&, const Vector&, Index, ConstMatrixRef,
                                    LayerValues<double>&);
template void predict_layer<float>(const Architecture&, const VectorOf<float>&, Index,
                                   ConstMatrixRefOf<float>, LayerValues<float>&);
template void sum_error<double>(const Architecture&, Index, const LayerValues<double>&,
                                ConstMatrixRef, Matrix&);
template void sum_error<float>(const Architecture&, Index, const LayerValues<float>&,
                               ConstMatrixRefOf<float>, MatrixOf<float>&);
template void pull_back<double>(const Architecture&, const Vector&, Index,
                                const LayerValues<double>&, ConstMatrixRef, ConstMatrixRef,
                                MatrixRef);
template void pull_back<float>(const Architecture&, const VectorOf<float>&, Index,
                               const LayerValues<float>&, ConstMatrixRefOf<float>,
                               ConstMatrixRefOf<float>, MatrixRefOf<float>);
template void parameter_adjoint<double>(const Architecture&, const ColumnRange&,
                                        const LayerValues<double>&, ConstMatrixRef, ConstMatrixRef,
                                        double, Vector&);
template void parameter_adjoint<float>(const Architecture&, const ColumnRange&,
                                       const LayerValues<float>&, ConstMatrixRefOf<float>,
                                       ConstMatrixRefOf<float>, float, VectorOf<float>&);
template void parameter_adjoint<double>(const Architecture&, Index, const LayerValues<double>&,
                                        ConstMatrixRef, ConstMatrixRef, double, Vector&);
template void parameter_adjoint<float>(const Architecture&, Index, const LayerValues<float>&,
                                       ConstMatrixRefOf<float>, ConstMatrixRefOf<float>, float,
                                       VectorOf<float>&);
template void predict_layer<long double>(const Architecture&, const VectorOf<long double>&, Index,
                                         ConstMatrixRefOf<long double>, LayerValues<long double>&);
template void sum_error<long double>(const Architecture&, Index, const LayerValues<long double>&,
                                     ConstMatrixRefOf<long double>, MatrixOf<long double>&);
template void pull_back<long double>(const Architecture&, const VectorOf<long double>&, Index,
                                     const LayerValues<long double>&, ConstMatrixRefOf<long double>,
                                     ConstMatrixRefOf<long double>, MatrixRefOf<long double>);
template void parameter_adjoint<long double>(const Architecture&, const ColumnRange&,
                                             const LayerValues<long double>&,
                                             ConstMatrixRefOf<long double>,
                                             ConstMatrixRefOf<long double>, long double,
                                             VectorOf<long double>&);
template void parameter_adjoint<long double>(const Architecture&, Index,
                                             const LayerValues<long double>&,
                                             ConstMatrixRefOf<long double>,
                                             ConstMatrixRefOf<long double>, long double,
                                             VectorOf<long double>&);

}  // namespace saddlescope

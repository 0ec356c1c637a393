#include "saddlescope/energy/output_loss.hpp"

#include <cmath>
#include <limits>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

template <class T, class Column>
VectorOf<T> softmax(const Column& u) {
  VectorOf<T> p = (u.array() - u.maxCoeff()).exp();
  p /= p.sum();
  return p;
}

template <class T>
MatrixOf<T> observed_residual(ConstMatrixRefOf<T> y, ConstMatrixRefOf<T> u) {
  return y.array().isNaN().select(T(0), y - u);
}

}  // namespace

void check_targets(const Architecture& architecture, ConstMatrixRef y, Targets targets) {
  const bool observed = targets == Targets::kObserved;
  require(!observed || architecture.loss == OutputLoss::kMse,
          "missing targets: expected loss mse, got {}", name(architecture.loss));
  require(y.rows() == architecture.output(), "targets: expected n_L = {} rows, got {}",
          architecture.output(), y.rows());
  const double slack =
      static_cast<double>(y.rows()) * static_cast<double>(std::numeric_limits<float>::epsilon());
  for (Index i = 0; i < y.cols(); ++i) {
    require(observed ? !y.col(i).array().isInf().any() : y.col(i).allFinite(),
            "targets of sample {}: expected finite numbers{}", i + 1,
            observed ? ", or NaN where missing" : "");
    if (architecture.loss != OutputLoss::kCrossEntropy) continue;
    require(y.col(i).minCoeff() >= 0 && std::abs(y.col(i).sum() - 1) <= slack,
            "targets of sample {}: cross-entropy expects entries >= 0 with sum 1 (one-hot labels), "
            "got smallest {} and sum {}",
            i + 1, y.col(i).minCoeff(), y.col(i).sum());
  }
}

template <class T>
VectorOf<T> output_energies(const Architecture& architecture, ConstMatrixRefOf<T> y,
                            ConstMatrixRefOf<T> u, Targets targets) {
  const T lambda(architecture.lambda());
  if (targets == Targets::kObserved)
    return lambda / T(2) * observed_residual<T>(y, u).colwise().squaredNorm().transpose();
  if (architecture.loss == OutputLoss::kMse)
    return lambda / T(2) * (y - u).colwise().squaredNorm().transpose();
  VectorOf<T> E(u.cols());
  for (Index i = 0; i < u.cols(); ++i) {
    const T top = u.col(i).maxCoeff();
    const T rest = std::log((u.col(i).array() - top).exp().sum());
    E[i] = lambda * (y.col(i).array() * (rest + (top - u.col(i).array()))).sum();
  }
  return E;
}

template <class T>
void output_error(const Architecture& architecture, ConstMatrixRefOf<T> y, ConstMatrixRefOf<T> u,
                  MatrixRefOf<T> error, Targets targets) {
  const T lambda(architecture.lambda());
  if (targets == Targets::kObserved) {
    error = lambda * observed_residual<T>(y, u);
    return;
  }
  if (architecture.loss == OutputLoss::kMse) {
    error = lambda * (y - u);
    return;
  }
  for (Index i = 0; i < u.cols(); ++i)
    error.col(i) = lambda * (y.col(i) - y.col(i).sum() * softmax<T>(u.col(i)));
}

Matrix output_curvature_times(const Architecture& architecture, ConstVectorRef y, ConstVectorRef u,
                              const Matrix& V, Targets targets) {
  if (targets == Targets::kObserved)
    return architecture.lambda() * (1 - y.array().isNaN().cast<double>()).matrix().asDiagonal() * V;
  if (architecture.loss == OutputLoss::kMse) return architecture.lambda() * V;
  const Vector p = softmax<double>(u);
  const Eigen::RowVectorXd mean = p.transpose() * V;
  return architecture.lambda() * y.sum() * (p.asDiagonal() * (V.rowwise() - mean));
}

template Vector output_energies<double>(const Architecture&, ConstMatrixRef, ConstMatrixRef,
                                        Targets);
template VectorOf<float> output_energies<float>(const Architecture&, ConstMatrixRefOf<float>,
                                                ConstMatrixRefOf<float>, Targets);
template void output_error<double>(const Architecture&, ConstMatrixRef, ConstMatrixRef, MatrixRef,
                                   Targets);
template void output_error<float>(const Architecture&, ConstMatrixRefOf<float>,
                                  ConstMatrixRefOf<float>, MatrixRefOf<float>, Targets);
template VectorOf<long double> output_energies<long double>(const Architecture&,
                                                            ConstMatrixRefOf<long double>,
                                                            ConstMatrixRefOf<long double>, Targets);
template void output_error<long double>(const Architecture&, ConstMatrixRefOf<long double>,
                                        ConstMatrixRefOf<long double>, MatrixRefOf<long double>,
                                        Targets);

}  // namespace saddlescope

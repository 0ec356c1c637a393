#include "saddlescope/inference/activity_operator.hpp"

#include <cassert>
#include <cmath>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

ActivityOperator::ActivityOperator(const Architecture& architecture, const Vector& theta,
                                   double activity_decay)
    : precisions_(architecture.precisions), activity_decay_(activity_decay) {
  check(architecture);
  require(architecture.depth() >= 2,
          "activity Hessian: expected a hidden layer (L >= 2), got L = {}", architecture.depth());
  require(std::isfinite(activity_decay) && activity_decay >= 0,
          "activity decay alpha: expected a finite number >= 0, got {}", activity_decay);
  require(theta.size() == architecture.n_parameters(), "parameters theta: expected {}, got {}",
          architecture.n_parameters(), theta.size());
  require(theta.allFinite(), "parameters theta: expected finite numbers, found a NaN or Inf");
  A_ = effective_maps(architecture, theta);
  offsets_ = {0};
  for (std::size_t l = 0; l + 1 < A_.size(); ++l)
    offsets_.push_back(offsets_.back() + A_[l].rows());
}

// e_1 .. e_L.
std::vector<Matrix> ActivityOperator::errors(ConstMatrixRef x, ConstMatrixRef y,
                                             ConstMatrixRef z) const {
  const std::size_t L = A_.size();
  std::vector<Matrix> e(L);
  for (std::size_t l = 0; l < L; ++l) {
    if (l + 1 == L) {
      e[l] = y;
    } else {
      e[l] = z.middleRows(offsets_[l], A_[l].rows());
    }
    if (l == 0) {
      gemm<double>(-1, A_[l], Op::kNone, x, Op::kNone, 1, e[l]);
    } else {
      gemm<double>(-1, A_[l], Op::kNone, z.middleRows(offsets_[l - 1], A_[l].cols()), Op::kNone, 1,
                   e[l]);
    }
  }
  return e;
}

// pi_l e_l - pi_{l+1} A_{l+1}' e_{l+1} + alpha z_l.
Matrix ActivityOperator::pull_back(const std::vector<Matrix>& e, ConstMatrixRef z) const {
  Matrix g = activity_decay_ * z;
  for (std::size_t l = 0; l + 1 < A_.size(); ++l) {
    auto rows = g.middleRows(offsets_[l], A_[l].rows());
    rows += precisions_[l] * e[l];
    gemm<double>(-precisions_[l + 1], A_[l + 1], Op::kTranspose, e[l + 1], Op::kNone, 1, rows);
  }
  return g;
}

// Layer by layer, so that A_l is still in the cache when it is read again for its transpose.
void ActivityOperator::apply(ConstMatrixRef V, MatrixRef HV) const {
  assert(V.rows() == dim() && HV.rows() == dim() && V.cols() == HV.cols());
  HV = activity_decay_ * V;
  HV.topRows(offsets_[1]) += precisions_[0] * V.topRows(offsets_[1]);
  Matrix e;
  for (std::size_t l = 1; l < A_.size(); ++l) {
    const bool top = l + 1 == A_.size();
    const auto below = V.middleRows(offsets_[l - 1], A_[l].cols());
    if (top) {
      e.setZero(A_[l].rows(), V.cols());
    } else {
      e = V.middleRows(offsets_[l], A_[l].rows());
    }
    gemm<double>(-1, A_[l], Op::kNone, below, Op::kNone, 1, e);
    if (!top) HV.middleRows(offsets_[l], A_[l].rows()) += precisions_[l] * e;
    gemm<double>(-precisions_[l], A_[l], Op::kTranspose, e, Op::kNone, 1,
                 HV.middleRows(offsets_[l - 1], A_[l].cols()));
  }
}

Matrix ActivityOperator::source(ConstMatrixRef x, ConstMatrixRef y) const {
  require(x.rows() == A_.front().cols() && y.rows() == A_.back().rows() && x.cols() == y.cols(),
          "samples: expected x with {} rows and y with {} and equally many columns, got {} x {} "
          "and {} x {}",
          A_.front().cols(), A_.back().rows(), x.rows(), x.cols(), y.rows(), y.cols());
  Matrix b = Matrix::Zero(dim(), x.cols());
  gemm<double>(precisions_.front(), A_.front(), Op::kNone, x, Op::kNone, 1,
               b.topRows(A_.front().rows()));
  gemm<double>(precisions_.back(), A_.back(), Op::kTranspose, y, Op::kNone, 1,
               b.bottomRows(A_.back().cols()));
  return b;
}

Matrix ActivityOperator::forward(ConstMatrixRef x) const {
  Matrix z(dim(), x.cols());
  Matrix below = x;
  for (std::size_t l = 0; l + 1 < A_.size(); ++l) {
    below = product<double>(A_[l], Op::kNone, below, Op::kNone);
    z.middleRows(offsets_[l], A_[l].rows()) = below;
  }
  return z;
}

Matrix ActivityOperator::gradient(ConstMatrixRef x, ConstMatrixRef y, ConstMatrixRef z) const {
  return pull_back(errors(x, y, z), z);
}

Vector ActivityOperator::energies(ConstMatrixRef x, ConstMatrixRef y, ConstMatrixRef z) const {
  const std::vector<Matrix> e = errors(x, y, z);
  Vector F = activity_decay_ / 2 * z.colwise().squaredNorm().transpose();
  for (std::size_t l = 0; l < e.size(); ++l)
    F += precisions_[l] / 2 * e[l].colwise().squaredNorm().transpose();
  return F;
}

ActivityHessianSplit split(const BlockTridiagonal<double>& H) {
  ActivityHessianSplit parts{H, H};
  for (Matrix& block : parts.diagonal.upper) block.setZero();
  for (Matrix& block : parts.coupling.diagonal) block.setZero();
  return parts;
}

}  // namespace saddlescope

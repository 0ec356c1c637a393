#include "saddlescope/linalg/plain_lanczos.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/lapack.hpp"

namespace saddlescope {

PlainLanczos::PlainLanczos(Index dim, Apply apply, RandomStream& stream,
                           PlainLanczosOptions options)
    : apply_(std::move(apply)), options_(std::move(options)) {
  require(dim >= 1, "Lanczos: expected a dimension >= 1, got {}", dim);
  require(options_.max_basis >= 2, "Lanczos basis: expected >= 2, got {}", options_.max_basis);
  basis_.resize(dim, options_.max_basis + 1);  // pages that are never written cost no memory
  alpha_.resize(options_.max_basis);
  beta_.resize(options_.max_basis);
  product_.resize(dim);
  restart(stream.normal_matrix(dim, 1));
}

void PlainLanczos::restart(const Vector& start) {
  basis_.col(0) = start.normalized();
  size_ = 0;
  exhausted_ = false;
}

// v_{j+1} beta_j = A v_j - alpha_j v_j - beta_{j-1} v_{j-1}, the previous vector first.
bool PlainLanczos::step() {
  const Vector v = basis_.col(size_);
  apply_(v, product_);
  ++products_;
  if (size_ > 0) product_ -= beta_[size_ - 1] * basis_.col(size_ - 1);
  const double alpha = v.dot(product_);
  product_ -= alpha * v;
  const double beta = product_.norm();
  finite_ = std::isfinite(alpha) && std::isfinite(beta);
  if (!finite_) return false;
  alpha_[size_] = alpha;
  beta_[size_] = beta;
  ++size_;
  // What is left is rounding: v and its predecessors span an invariant subspace.
  const double scale = std::abs(alpha) + (size_ > 1 ? beta_[size_ - 2] : 0);
  exhausted_ = beta <= 4 * std::numeric_limits<double>::epsilon() * scale;
  if (!exhausted_) basis_.col(size_) = product_ / beta;
  return !exhausted_;
}

double PlainLanczos::look() {
  const Index count = std::min<Index>(2, size_);
  Vector values;
  Matrix vectors;
  const int info = lapack_tridiagonal_eigenpairs(alpha_.head(size_), beta_.head(size_ - 1),
                                                 size_ - count, size_ - 1, values, vectors);
  finite_ = info == 0 && values.allFinite() && vectors.allFinite();
  if (!finite_) return std::numeric_limits<double>::infinity();
  value_ = values[count - 1];
  weights_ = vectors.col(count - 1);
  if (exhausted_) return 0;
  const double residual = beta_[size_ - 1] * std::abs(weights_[size_ - 1]);
  const double gap = count == 2 ? values[1] - values[0] : 0;
  return residual < gap ? residual * residual / gap : residual;
}

bool PlainLanczos::search(double tolerance) {
  Index next_look = size_ + 1;
  while (products_ < options_.max_products) {
    if (!exhausted_ && size_ < options_.max_basis) {
      const bool more = step();
      if (!finite_) return false;
      if (more && size_ < std::min(next_look, options_.max_basis)) continue;
    }
    next_look = size_ + std::max<Index>(2, size_ / 10);
    const double error = look();
    if (!finite_) return false;
    if (options_.progress) options_.progress(products_, value_);
    if (error <= tolerance * std::abs(value_) || exhausted_) return true;
    if (size_ == options_.max_basis) {
      restart(vector());
      next_look = std::max<Index>(2, options_.max_basis / 10);
    }
  }
  return false;
}

Vector PlainLanczos::vector() const {
  return (basis_.leftCols(weights_.size()) * weights_).normalized();
}

}  // namespace saddlescope

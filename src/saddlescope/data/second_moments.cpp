#include "saddlescope/data/second_moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/QR>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

namespace {

// R' (d x min(m, d), lower triangular, diagonal >= 0) of the QR of A' for A (d x m), so that
// R'R = A A'. Rows of A that are zero stay exactly zero: a reflection maps zero to zero.
template <class T>
MatrixOf<T> triangular_factor(const MatrixOf<T>& A) {
  const Index k = std::min(A.rows(), A.cols());
  const Eigen::HouseholderQR<MatrixOf<T>> qr(A.transpose());
  MatrixOf<T> factor = qr.matrixQR().topRows(k).transpose();
  for (Index j = 0; j < k; ++j) {
    factor.col(j).head(j).setZero();
    if (factor(j, j) < T(0)) factor.col(j) *= T(-1);
  }
  return factor;
}

}  // namespace

SecondMoments second_moments(const Dataset& data) {
  const auto N = static_cast<double>(data.n_samples());
  return {product<double>(data.x, Op::kNone, data.x, Op::kTranspose) / N,
          product<double>(data.x, Op::kNone, data.y, Op::kTranspose) / N,
          product<double>(data.y, Op::kNone, data.y, Op::kTranspose) / N};
}

template <class T>
DataFactor<T> data_factor(const Dataset& data) {
  using std::sqrt;
  const T root = sqrt(T(static_cast<double>(data.n_samples())));
  return {data.x.cast<T>() / root, data.y.cast<T>() / root};
}

template <class T>
DataFactor<T> compress(const DataFactor<T>& factor) {
  const Index d_x = factor.x.rows();
  const Index d_y = factor.y.rows();
  require(factor.y.cols() == factor.x.cols(), "data factor: expected {} columns of y, got {}",
          factor.x.cols(), factor.y.cols());
  if (factor.x.cols() <= d_x + d_y) return factor;
  MatrixOf<T> stacked(d_x + d_y, factor.x.cols());
  stacked << factor.x, factor.y;
  const MatrixOf<T> compressed = triangular_factor<T>(stacked);
  // Each column of R is that of a factor of data off by a small multiple of m eps (Higham, section
  // 19.3).
  const double rounding =
      static_cast<double>(factor.x.cols()) * static_cast<double>(std::numeric_limits<T>::epsilon());
  return {compressed.topRows(d_x), compressed.bottomRows(d_y), factor.relative_error + rounding};
}

template <class T>
MatrixOf<T> input_span(const DataFactor<T>& factor) {
  const Index d_x = factor.x.rows();
  const Index m = factor.x.cols();
  // Pivoting over more columns than rows costs memory traffic; R' of X' has the same span.
  Eigen::ColPivHouseholderQR<MatrixOf<T>> qr(m > d_x ? triangular_factor<T>(factor.x) : factor.x);
  qr.setThreshold(T(static_cast<double>(std::max(d_x, m))) * std::numeric_limits<T>::epsilon());
  const Index r = qr.rank();
  return qr.householderQ().setLength(r) * MatrixOf<T>::Identity(d_x, r);
}

template DataFactor<double> data_factor<double>(const Dataset&);
template DataFactor<Quad> data_factor<Quad>(const Dataset&);
template DataFactor<double> compress<double>(const DataFactor<double>&);
template DataFactor<Quad> compress<Quad>(const DataFactor<Quad>&);
template MatrixOf<double> input_span<double>(const DataFactor<double>&);
template MatrixOf<Quad> input_span<Quad>(const DataFactor<Quad>&);

}  // namespace saddlescope

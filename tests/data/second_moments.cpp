// Second-moment compression and the span of the inputs.
#include "saddlescope/data/second_moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

using test::message_of;

template <class T>
T eps() {
  return std::numeric_limits<T>::epsilon();
}

Dataset gaussian(Index d_x, Index d_y, Index N, std::uint64_t seed) {
  RandomStream stream(seed, "data");
  Dataset data;
  data.x = stream.normal_matrix(d_x, N);
  data.y = stream.normal_matrix(d_y, N);
  return data;
}

template <class T>
MatrixOf<T> stacked(const DataFactor<T>& factor) {
  MatrixOf<T> out(factor.x.rows() + factor.y.rows(), factor.x.cols());
  out << factor.x, factor.y;
  return out;
}

// |a - b| <= tolerance sqrt(b_ii b_jj): relative to each pair of rows, as the backward error of
// Householder QR is, so that badly scaled rows lose nothing.
template <class T>
bool same_moments(const MatrixOf<T>& a, const MatrixOf<T>& b, double tolerance) {
  using std::abs;
  using std::sqrt;
  for (Index j = 0; j < b.cols(); ++j)
    for (Index i = 0; i < b.rows(); ++i)
      if (!(abs(a(i, j) - b(i, j)) <= T(tolerance) * sqrt(b(i, i) * b(j, j)))) return false;
  return true;
}

Matrix all_moments(const Dataset& data) {
  const SecondMoments moments = second_moments(data);
  Matrix out(data.x.rows() + data.y.rows(), data.x.rows() + data.y.rows());
  out << moments.xx, moments.xy, moments.xy.transpose(), moments.yy;
  return out;
}

TEST_CASE("second moments are sample means of products") {
  Dataset data;
  data.x = Matrix{{1, 3}, {2, 0}};
  data.y = Matrix{{2, -4}};
  const SecondMoments moments = second_moments(data);
  CHECK(moments.xx == Matrix{{5, 1}, {1, 2}});
  CHECK(moments.xy == Matrix{{-5}, {2}});
  CHECK(moments.yy == Matrix{{10}});
}

TEST_CASE("every factor has the second moments of the samples in the stated number of columns") {
  for (const Index N : {1, 4, 7, 8, 60}) {
    Dataset data = gaussian(5, 2, N, 10);
    data.x.row(1) *= 1e-9;  // badly scaled features
    data.x.row(3) *= 1e+9;
    const DataFactor<double> factor = data_factor<double>(data);
    const DataFactor<double> compressed = compress(factor);
    CHECK(factor.x.cols() == N);
    CHECK(compressed.x.cols() == std::min<Index>(N, 7));
    CHECK(compressed.y.cols() == std::min<Index>(N, 7));
    // Sums of N products, and N-vectors reflected 7 times: a few (N + 7) eps.
    const double tolerance = 4 * static_cast<double>(N + 7) * eps<double>();
    const Matrix F = stacked(factor);
    const Matrix R = stacked(compressed);
    CHECK(same_moments<double>(F * F.transpose(), all_moments(data), tolerance));
    CHECK(same_moments<double>(R * R.transpose(), all_moments(data), tolerance));
  }
}

TEST_CASE("compression in quad keeps the second moments to quad rounding") {
  const DataFactor<Quad> factor = data_factor<Quad>(gaussian(3, 2, 20, 11));
  const MatrixOf<Quad> F = stacked(factor);
  const MatrixOf<Quad> R = stacked(compress(factor));
  const double tolerance = 4 * 25 * static_cast<double>(eps<Quad>());
  CHECK(R.cols() == 5);
  CHECK(same_moments<Quad>(R * R.transpose(), F * F.transpose(), tolerance));
}

TEST_CASE("few samples are left as they are") {
  const DataFactor<double> factor = data_factor<double>(gaussian(5, 2, 7, 12));
  CHECK(compress(factor).x == factor.x);
  CHECK(compress(factor).y == factor.y);
}

TEST_CASE("features that are always zero stay exactly zero") {
  Dataset data = gaussian(6, 2, 40, 13);
  for (const Index i : {0, 3, 5}) data.x.row(i).setZero();
  data.y.row(0).setZero();
  const DataFactor<double> compressed = compress(data_factor<double>(data));
  for (const Index i : {0, 3, 5}) CHECK(compressed.x.row(i).isZero(0));
  CHECK(compressed.y.row(0).isZero(0));
  CHECK(compressed.x.allFinite());
  CHECK_FALSE(compressed.x.row(1).isZero(1e-3));
}

// R with a diagonal >= 0 is unique where [X; Y] has full rank; its condition is near 1 here, so
// that rounding of (N + 4) eps in the moments moves R by a few times that.
TEST_CASE("compression does not depend on the order or the sign of the samples") {
  const Dataset data = gaussian(3, 1, 50, 14);
  Dataset turned = data;
  turned.x = -data.x.rowwise().reverse();
  turned.y = -data.y.rowwise().reverse();
  const Matrix R = stacked(compress(data_factor<double>(data)));
  const Matrix other = stacked(compress(data_factor<double>(turned)));
  CHECK((R - other).norm() <= 4 * 54 * eps<double>() * R.norm());
  CHECK(R.diagonal().minCoeff() > 0);
}

template <class T>
void check_span(const Dataset& data, Index rank) {
  const DataFactor<T> factor = data_factor<T>(data);
  const MatrixOf<T> Q = input_span(factor);
  CHECK(Q.rows() == data.x.rows());
  CHECK(Q.cols() == rank);
  const T n = T(static_cast<double>(data.x.rows() + data.x.cols()));
  const MatrixOf<T> identity = MatrixOf<T>::Identity(rank, rank);
  CHECK((Q.transpose() * Q - identity).norm() <= 10 * n * eps<T>());
  CHECK((Q * (Q.transpose() * factor.x) - factor.x).norm() <= 10 * n * eps<T>() * factor.x.norm());
}

TEST_CASE("the span has an orthonormal basis of the right dimension that keeps the inputs") {
  for (const Index N : {3, 6, 40}) {
    const Index full = std::min<Index>(N, 6);
    const Dataset data = gaussian(6, 2, N, 20);
    check_span<double>(data, full);
    check_span<Quad>(data, full);

    Dataset zeros = data;  // pixels that are never lit
    zeros.x.row(0).setZero();
    zeros.x.row(4).setZero();
    check_span<double>(zeros, std::min<Index>(N, 4));

    Dataset repeated = data;  // features that are sums of others
    repeated.x.row(2) = repeated.x.row(1);
    repeated.x.row(5) = 0.3 * repeated.x.row(0) - 7 * repeated.x.row(1);
    check_span<double>(repeated, std::min<Index>(N, 4));
    repeated.x *= 1e-150;  // the rank knows no units
    check_span<double>(repeated, std::min<Index>(N, 4));
  }
}

TEST_CASE("compression keeps the span") {
  Dataset data = gaussian(6, 2, 40, 21);
  data.x = data.x.leftCols(3) * Matrix(data.x.topRows(3));
  const DataFactor<double> factor = data_factor<double>(data);
  const Matrix Q = input_span(compress(factor));
  CHECK(Q.cols() == 3);
  CHECK((Q * (Q.transpose() * factor.x) - factor.x).norm() <=
        10 * 46 * eps<double>() * factor.x.norm());
}

TEST_CASE("inputs that are all zero span nothing") {
  Dataset data = gaussian(4, 2, 9, 22);
  data.x.setZero();
  check_span<double>(data, 0);
}

TEST_CASE("a factor whose parts differ in columns is refused") {
  const DataFactor<double> factor{Matrix::Zero(3, 9), Matrix::Zero(2, 8)};
  CHECK(message_of<std::invalid_argument>([&] { (void)compress(factor); }) ==
        "data factor: expected 9 columns of y, got 8");
}

}  // namespace
}  // namespace saddlescope

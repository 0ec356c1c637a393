// Laws of the Taylor coefficients along curves against the state they expand.
#include "saddlescope/energy/linear_series.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/hessian/linear_objective.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problems;

constexpr LinearObjective kBoth[] = {LinearObjective::kMse, LinearObjective::kEnergy};

// Curves through the origin, a point near it and the random point, with coefficients of norm about
// 1; layer 1 does not move at order 2 so that a zero coefficient occurs.
std::vector<Matrix> curves(const Problem& p, Index count) {
  std::vector<Matrix> out;
  RandomStream stream(11, "curves");
  for (const double scale : {0.0, 1e-8, 1.0}) {
    Matrix curve = stream.normal_matrix(p.theta.size(), count) /
                   std::sqrt(static_cast<double>(p.theta.size()));
    curve.col(0) = scale * p.theta;
    if (count > 2) curve.col(2).head(p.architecture.offset(1)).setZero();
    out.push_back(curve);
  }
  return out;
}

template <class T>
VectorOf<T> at_time(const MatrixOf<T>& curve, const T& t) {
  VectorOf<T> theta = VectorOf<T>::Zero(curve.rows());
  for (Index k = curve.cols() - 1; k >= 0; --k) theta = (theta * t + curve.col(k)).eval();
  return theta;
}

template <class T>
LinearSeries<T> series_of(LinearObjective which, const Problem& p, const MatrixOf<T>& curve) {
  return linear_series<T>(which, p.architecture, data_factor<T>(p.data), curve);
}

// Quad precision leaves nothing but truncation: halving t divides a remainder of order K + 1 by
// 2^{K+1}, to O(t).
TEST_CASE("what is left of value and gradient after the terms to order K is of order K + 1") {
  constexpr Index K = 4;
  for (const LinearObjective which : kBoth)
    for (const Problem& p : random_problems())
      for (const Matrix& curve : curves(p, K + 1)) {
        const MatrixOf<Quad> quad_curve = curve.cast<Quad>();
        const LinearSeries<Quad> series = series_of<Quad>(which, p, quad_curve);
        const auto data = data_factor<Quad>(p.data);
        const auto remainders = [&](double time) {
          const Quad t(time);
          const LinearState<Quad> state(which, p.architecture, data, at_time(quad_curve, t));
          Quad value = 0;
          VectorOf<Quad> gradient = VectorOf<Quad>::Zero(curve.rows());
          for (Index k = K; k >= 0; --k) {
            value = value * t + series.value[k];
            gradient = (gradient * t + series.gradient.col(k)).eval();
          }
          return std::pair(static_cast<double>(abs(value - state.value())),
                           static_cast<double>((gradient - state.gradient()).norm()));
        };
        const auto coarse = remainders(1e-4);
        const auto fine = remainders(5e-5);
        // 1e-20 is the remainder's own size, 1e-30 what rounding leaves of numbers of O(1).
        if (coarse.first > 1e-28) CHECK(coarse.first / fine.first >= 0.9 * std::pow(2.0, K + 1));
        if (coarse.second > 1e-28) CHECK(coarse.second / fine.second >= 0.9 * std::pow(2.0, K + 1));
        CHECK(coarse.first <= 1e-16);
        CHECK(coarse.second <= 1e-16);
      }
}

// The loss is a polynomial of degree 2 L on a line, so its coefficients add up to its value at 1.
TEST_CASE("the coefficients of the loss on a line add up to its value at the end") {
  for (const Problem& p : random_problems()) {
    const Index K = 2 * p.architecture.depth();
    for (const Matrix& line : curves(p, 2)) {
      Matrix curve = Matrix::Zero(line.rows(), K + 1);
      curve.leftCols(2) = line;
      const LinearSeries<double> series = series_of<double>(LinearObjective::kMse, p, curve);
      const LinearState<double> end(LinearObjective::kMse, p.architecture,
                                    data_factor<double>(p.data), line.rowwise().sum());
      // p + K bounds the roundings in an entry of a product of L matrices.
      const double unit =
          4 * static_cast<double>(p.theta.size() + K) * std::numeric_limits<double>::epsilon();
      CHECK(std::abs(series.value.sum() - end.value()) <= unit * series.value_size.sum());
      CHECK((series.gradient.rowwise().sum() - end.gradient()).norm() <=
            unit * series.gradient_size.sum());
    }
  }
}

// d/dt f(theta(t)) = <gradient(theta(t)), theta'(t)>, coefficient by coefficient:
// k f_k = sum_{j=1}^{k} j <g_{k-j}, c_j>.
TEST_CASE("the derivative of the value series is the gradient series times the velocity") {
  constexpr Index K = 6;
  for (const LinearObjective which : kBoth)
    for (const Problem& p : random_problems())
      for (const Matrix& curve : curves(p, K + 1)) {
        const LinearSeries<double> series = series_of<double>(which, p, curve);
        const double unit =
            8 * static_cast<double>(p.theta.size() + K) * std::numeric_limits<double>::epsilon();
        for (Index k = 1; k <= K; ++k) {
          double sum = 0;
          double size = static_cast<double>(k) * series.value_size[k];
          for (Index j = 1; j <= k; ++j) {
            sum += static_cast<double>(j) * series.gradient.col(k - j).dot(curve.col(j));
            size += static_cast<double>(j) * series.gradient_size[k - j] * curve.col(j).norm();
          }
          CHECK(std::abs(static_cast<double>(k) * series.value[k] - sum) <= unit * size);
        }
      }
}

TEST_CASE("the coefficients to order 2 are value and slope and curvature at the point") {
  for (const LinearObjective which : kBoth)
    for (const Problem& p : random_problems())
      for (const Matrix& curve : curves(p, 3)) {
        const auto data = data_factor<double>(p.data);
        const auto objective = which == LinearObjective::kMse
                                   ? mse_loss<double>(p.architecture, data)
                                   : equilibrated_energy<double>(p.architecture, data);
        const auto point = objective->at(curve.col(0)).point;
        const CurveSeries<double> series = objective->along(curve);
        REQUIRE(series.summary.ok());
        const Vector g = point->gradient();
        const Matrix H = point->hessian();
        const double unit =
            8 * static_cast<double>(p.theta.size()) * std::numeric_limits<double>::epsilon();
        CHECK(std::abs(series.value[0] - point->value()) <= unit * series.value_size[0]);
        CHECK(std::abs(series.value[1] - g.dot(curve.col(1))) <= unit * series.value_size[1]);
        const double second = g.dot(curve.col(2)) + 0.5 * curve.col(1).dot(H * curve.col(1));
        CHECK(std::abs(series.value[2] - second) <= unit * series.value_size[2]);
        CHECK((series.gradient.col(1) - H * curve.col(1)).norm() <= unit * series.gradient_size[1]);
      }
}

TEST_CASE("double coefficients are within their sizes' rounding of quad ones") {
  constexpr Index K = 5;
  for (const LinearObjective which : kBoth)
    for (const Problem& p : random_problems())
      for (const Matrix& curve : curves(p, K + 1)) {
        const LinearSeries<double> in_double = series_of<double>(which, p, curve);
        const LinearSeries<Quad> in_quad = series_of<Quad>(which, p, curve.cast<Quad>());
        const double unit =
            4 * static_cast<double>(p.theta.size() + K) * std::numeric_limits<double>::epsilon();
        for (Index k = 0; k <= K; ++k) {
          CHECK(std::abs(in_double.value[k] - static_cast<double>(in_quad.value[k])) <=
                unit * in_double.value_size[k]);
          CHECK((in_double.gradient.col(k) - in_quad.gradient.col(k).cast<double>()).norm() <=
                unit * in_double.gradient_size[k]);
          // The majorant majorises: its coefficient is no less than the number.
          CHECK(std::abs(in_double.value[k]) <= in_double.value_size[k] * (1 + unit));
          CHECK(in_double.gradient.col(k).norm() <= in_double.gradient_size[k] * (1 + unit));
        }
      }
}

TEST_CASE("the series refuses what the point refuses and says why") {
  const Problem p = random_problems()[2];
  const auto energy = equilibrated_energy<double>(p.architecture, data_factor<double>(p.data));
  Matrix curve = Matrix::Zero(p.theta.size(), 2);
  curve.col(0) = p.theta * 1e200;
  CHECK(energy->along(curve).summary.status == energy->at(curve.col(0)).summary.status);
  CHECK_FALSE(energy->along(curve).summary.ok());
  CHECK(energy->along(curve).value.size() == 0);
  // |A|^2 L of about 1e18 leaves nothing of q_L I, and P_2 P_2' alone is singular for two hidden
  // units and three outputs.
  curve.col(0) = p.theta;
  curve.col(0).segment(p.architecture.offset(2), 12) *= 1e9;
  CHECK(energy->along(curve).summary.status == energy->at(curve.col(0)).summary.status);
  curve(0, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS((void)energy->along(curve), std::invalid_argument);
  CHECK_THROWS_AS((void)energy->along(Matrix::Zero(p.theta.size(), 0)), std::invalid_argument);
  CHECK_THROWS_AS((void)energy->along(Matrix::Zero(3, 2)), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

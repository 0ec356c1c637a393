// The loss of nonlinear networks: derivatives, the linear case, its limits.
#include "saddlescope/hessian/network_loss.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_oracles.hpp"
#include "support/network_problem.hpp"
#include "support/operator_laws.hpp"
#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using testing::network_problems;
using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::unique_ptr<const Point<double>> point_at(const NetworkProblem& p, const Vector& theta) {
  auto evaluation = network_loss(p.architecture, {p.x, p.y, "random"})->at(theta);
  REQUIRE(evaluation.summary.ok());
  return std::move(evaluation.point);
}

Vector times(const Point<double>& point, const Vector& v) {
  Matrix out(point.dim(), 1);
  point.hessian_times(v, out);
  return out;
}

// Order two where phi is smooth, the error of a small step on the piece where it is not.
TEST_CASE("gradient and Hessian products are derivatives of the loss") {
  RandomStream stream(1, "directions");
  for (const NetworkProblem& p : network_problems()) {
    if (!p.clamping.input || !p.clamping.output || p.decay != 0) continue;
    CAPTURE(p.name);
    const bool smooth = kinks(p.architecture.activation).empty();
    const auto here = point_at(p, p.theta);
    const Vector d = stream.normal_matrix(p.theta.size(), 1) / p.theta.norm();
    const Vector Hd = times(*here, d);
    const double slope = here->gradient().dot(d);
    const double size = 10 + std::abs(here->value()) + here->gradient().norm() + Hd.norm();
    const auto errors = [&](double h) {
      const auto up = point_at(p, p.theta + h * d);
      const auto down = point_at(p, p.theta - h * d);
      return std::pair{std::abs((up->value() - down->value()) / (2 * h) - slope),
                       ((up->gradient() - down->gradient()) / (2 * h) - Hd).norm()};
    };
    if (smooth) {
      const auto coarse = errors(2e-3);
      const auto fine = errors(1e-3);
      CHECK(fine.first <= coarse.first / 3.5 + 8 * kEps * size / 1e-3);
      CHECK(fine.second <= coarse.second / 3.5 + 8 * kEps * size / 1e-3);
      CHECK(fine.second <= 1e-4 * size);
    } else {
      const auto fine = errors(1e-5);
      CHECK(fine.first <= 1e-8 * size);
      CHECK(fine.second <= 1e-8 * size);
    }
  }
}

TEST_CASE("without an activation value and derivatives are those of the linear loss") {
  for (const auto& problem : testing::random_problems()) {
    const auto expected = mse_loss<double>(problem.architecture, data_factor<double>(problem.data))
                              ->at(problem.theta);
    const auto got = network_loss(problem.architecture, problem.data)->at(problem.theta);
    REQUIRE(got.summary.ok());
    const Matrix H = expected.point->hessian();
    const double size = 1 + H.norm() + expected.point->value();
    CHECK(std::abs(got.point->value() - expected.point->value()) <= 100 * kEps * size);
    CHECK((got.point->gradient() - expected.point->gradient()).norm() <= 200 * kEps * size);
    CHECK((got.point->hessian() - H).norm() <= 500 * kEps * size);
    const std::vector<Index> first = {0};
    CHECK((got.point->layer_hessian(first) - expected.point->layer_hessian(first)).norm() <=
          500 * kEps * size);
  }
}

TEST_CASE("the loss agrees with the reference") {
  for (const auto& c : testing::network_oracle_cases()) {
    const auto got = network_loss(c.architecture, c.data)->at(c.theta);
    CHECK(std::abs(got.point->value() - c.mse) <= 1e-12);
  }
}

// Bounds are upper bounds of what they name, with rounding errors far below the sizes.
TEST_CASE("magnitudes bound gradient and Hessian and products obey the operator laws") {
  for (const NetworkProblem& p : network_problems()) {
    if (!p.clamping.input || !p.clamping.output || p.decay != 0) continue;
    CAPTURE(p.name);
    const auto point = point_at(p, p.theta);
    CHECK(point->gradient().norm() <= point->gradient_magnitude());
    const double norm = symmetric_eigenvalues(point->hessian()).cwiseAbs().maxCoeff();
    CHECK(norm <= point->hessian_magnitude());
    CHECK(point->hessian_error_bound() > kEps * norm);
    RandomStream stream(2, "laws");
    const AnySymmetricOperator H(
        point->dim(), [&](ConstMatrixRef V, MatrixRef HV) { point->hessian_times(V, HV); });
    testing::check_operator_laws(H, stream, point->hessian_magnitude());
  }
}

TEST_CASE("what does not fit or overflows is refused with the reason") {
  Architecture net{{2, 2, 2}, {1, 1}, {0, 0}, {1, 1}, Activation::kRelu};
  Dataset data{Matrix::Ones(2, 3), Matrix::Constant(2, 3, 0.5), "ones"};
  const auto loss = network_loss(net, data);
  CHECK(loss->name() == "mse");
  CHECK(loss->at(Vector::Constant(8, 1e200)).summary.status == Status::kNotFinite);
  CHECK(loss->along(Matrix::Zero(8, 2)).summary.status == Status::kRefused);
  net.loss = OutputLoss::kCrossEntropy;
  CHECK(network_loss(net, data)->name() == "ce");
  data.y(0, 1) = 2;
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)network_loss(net, data); }),
                 "targets of sample 2: cross-entropy expects"));
}

}  // namespace
}  // namespace saddlescope

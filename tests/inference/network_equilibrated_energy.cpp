// The equilibrated energy of nonlinear networks: reference numbers, differences of re-equilibrated
// gradients, the linear case, refusals.
#include "saddlescope/inference/network_equilibrated_energy.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_oracles.hpp"
#include "support/network_problem.hpp"
#include "support/operator_laws.hpp"
#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using test::contains;
using testing::network_oracle_cases;
using testing::network_problem;
using testing::network_problems;
using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

Evaluation<double> evaluate(const NetworkProblem& p, const Vector& theta) {
  return network_equilibrated_energy(p.energy(), {p.x, p.y, "random"})->at(theta);
}

TEST_CASE("value and gradient agree with the reference to 1e-9 and Hessian eigenvalues to 1e-7") {
  for (const auto& c : network_oracle_cases()) {
    CAPTURE(c.name);
    const auto objective =
        network_equilibrated_energy(NetworkEnergy<double>(c.architecture), c.data);
    CHECK(objective->dim() == c.theta.size());
    const auto got = objective->at(c.theta);
    REQUIRE_MESSAGE(got.summary.ok(), got.summary.message);
    CHECK(std::abs(got.point->value() - c.energy) <= 1e-9);
    CHECK((got.point->gradient() - c.gradient).cwiseAbs().maxCoeff() <= 1e-9);
    CHECK(
        (symmetric_eigenvalues(got.point->hessian()) - c.hessian_spectrum).cwiseAbs().maxCoeff() <=
        1e-7);
  }
}

// The envelope gradient and the implicit Hessian against inference run anew at theta + h d: an
// error of h^2 and of (equilibrium error)/h.
TEST_CASE("gradient and Hessian are the derivatives of the re-equilibrated energy") {
  RandomStream stream(1, "directions");
  int tested = 0;
  for (const NetworkProblem& p : network_problems()) {
    if (!kinks(p.architecture.activation).empty()) continue;
    const auto here = evaluate(p, p.theta);
    if (!here.summary.ok()) continue;  // no certified minimum at this random point
    CAPTURE(p.name);
    const Vector d = stream.normal_matrix(p.theta.size(), 1) / p.theta.norm();
    Matrix Hd(p.theta.size(), 1);
    here.point->hessian_times(d, Hd);
    const double slope = here.point->gradient().dot(d);
    const auto errors = [&](double h) {
      const auto up = evaluate(p, p.theta + h * d);
      const auto down = evaluate(p, p.theta - h * d);
      REQUIRE((up.summary.ok() && down.summary.ok()));
      return std::pair{std::abs((up.point->value() - down.point->value()) / (2 * h) - slope),
                       ((up.point->gradient() - down.point->gradient()) / (2 * h) - Hd).norm()};
    };
    const auto coarse = errors(2e-4);
    const auto fine = errors(1e-4);
    const double size = 1 + here.point->value() + Hd.norm() + here.point->gradient_error_bound();
    CHECK(fine.first <= coarse.first / 3.5 + 100 * kEps * size / 1e-4);
    CHECK(fine.second <= coarse.second / 3.5 + 100 * kEps * size / 1e-4);
    ++tested;
  }
  CHECK(tested >= 125);  // of 165
}

TEST_CASE("without an activation value and derivatives are those of the linear closed form") {
  for (const auto& problem : testing::random_problems()) {
    if (problem.architecture.depth() < 2) continue;
    const auto expected =
        equilibrated_energy<double>(problem.architecture, data_factor<double>(problem.data))
            ->at(problem.theta);
    const auto got =
        network_equilibrated_energy(NetworkEnergy<double>(problem.architecture), problem.data)
            ->at(problem.theta);
    REQUIRE(got.summary.ok());
    const Matrix H = expected.point->hessian();
    const double size = 1 + H.norm() + expected.point->value();
    CHECK(std::abs(got.point->value() - expected.point->value()) <= 1e3 * kEps * size);
    CHECK((got.point->gradient() - expected.point->gradient()).norm() <= 1e3 * kEps * size);
    CHECK((got.point->hessian() - H).norm() <= 1e4 * kEps * size);
  }
}

// theta = 0, L = 3, phi(0) = 0, MSE: hidden activities vanish, and H is zero but for the last block
// -(a_L lambda)^2/pi_{L-1} phi'(0)^2 <y y'> [S] (pre; post has no phi' there).
TEST_CASE("at the origin the Hessian is that of the strict saddle of the linear network") {
  for (const Placement placement : {Placement::kPre, Placement::kPost})
    for (const Activation activation : {Activation::kTanh, Activation::kSilu}) {
      const Architecture net{{3, 4, 4, 2}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}, activation, placement};
      NetworkProblem p = network_problem(net, 0, {}, 5, 9);
      p.theta.setZero();
      const auto got = evaluate(p, p.theta);
      REQUIRE(got.summary.ok());
      const Architecture& scaled = p.architecture;
      const double slope =
          placement == Placement::kPost || activation == Activation::kTanh ? 1 : 0.5;
      const double factor =
          std::pow(scaled.scales[2] * scaled.lambda() * slope, 2) / scaled.precisions[1];
      Matrix expected = Matrix::Zero(p.theta.size(), p.theta.size());
      const Matrix yy = p.y * p.y.transpose() / 5;
      for (Index i = 0; i < 4; ++i)
        expected.block(scaled.offset(2) + 2 * i, scaled.offset(2) + 2 * i, 2, 2) = -factor * yy;
      CHECK((got.point->hessian() - expected).norm() <= 100 * kEps * expected.norm());
    }
}

TEST_CASE("bounds hold and products obey the operator laws") {
  int tested = 0;
  for (const NetworkProblem& p : network_problems()) {
    if (!kinks(p.architecture.activation).empty()) continue;
    const auto here = evaluate(p, p.theta);
    if (!here.summary.ok() || ++tested % 4 != 0) continue;
    CAPTURE(p.name);
    const Point<double>& point = *here.point;
    CHECK(point.gradient().norm() <= point.gradient_magnitude());
    const double norm = symmetric_eigenvalues(point.hessian()).cwiseAbs().maxCoeff();
    CHECK(norm <= point.hessian_magnitude());
    CHECK(point.hessian_error_bound() > kEps * norm);
    RandomStream stream(2, "laws");
    const AnySymmetricOperator H(
        point.dim(), [&](ConstMatrixRef V, MatrixRef HV) { point.hessian_times(V, HV); });
    testing::check_operator_laws(H, stream, point.hessian_error_bound() / kEps);
  }
  CHECK(tested >= 125);
}

TEST_CASE("a point whose equilibrium is not certified is refused with the sample and the reason") {
  const Architecture net{{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}, Activation::kRelu, Placement::kPost};
  const Dataset data{Matrix::Ones(1, 2), Matrix::Ones(1, 2), "ones"};
  const auto objective = network_equilibrated_energy(NetworkEnergy<double>(net), data);
  const auto got = objective->at(Vector{{0, 1}});
  CHECK(got.point == nullptr);
  CHECK(got.summary.status == Status::kRefused);
  CHECK(contains(got.summary.message, "energy: sample 1: an argument of the activation is 0 from"));
  CHECK(objective->along(Matrix::Zero(2, 3)).summary.status == Status::kRefused);
}

}  // namespace
}  // namespace saddlescope

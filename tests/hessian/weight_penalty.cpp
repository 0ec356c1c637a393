// Weight decay and the spectral penalty as parts of an objective.
#include "saddlescope/hessian/weight_penalty.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"
#include "support/operator_laws.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr WeightPenalty kBoth{0.3, 0.7};

NetworkProblem problem(Index wide) {
  const Architecture net{{3, wide, 4, 2},   {1, 1, 1},        {0, 0, 0}, {1, 1, 1},
                         Activation::kTanh, Placement::kPost, true};
  return testing::network_problem(net, 0, {}, 5, 71);
}

std::unique_ptr<Objective<double>> penalised_loss(const NetworkProblem& p,
                                                  const WeightPenalty& penalty) {
  return penalised(network_loss(p.architecture, {p.x, p.y, "random"}), p.architecture, penalty);
}

// One layer, W = c I: s/2 (c^2 - 1)^2 n + w/2 c^2 n, and of orthonormal columns no spectral part.
TEST_CASE("the penalty of multiples of the identity is the closed form") {
  const Architecture net{{3, 3, 4}, {1, 1}, {0, 0}, {1, 1}};
  Vector theta = Vector::Zero(net.n_parameters());
  weight(net, theta, 0) = 2 * Matrix::Identity(3, 3);
  weight(net, theta, 1).topRows(3) = Matrix::Identity(3, 3);
  CHECK(penalty_value({0, 1}, net, theta) == doctest::Approx(0.5 * 9 * 3).epsilon(10 * kEps));
  CHECK(penalty_value({1, 0}, net, theta) == doctest::Approx(0.5 * (12 + 3)).epsilon(10 * kEps));
  Vector g = Vector::Zero(theta.size());
  add_penalty_gradient<double>({0, 1}, net, theta, 1, g);
  CHECK((weight(net, g, 0) - 2 * 3 * 2 * Matrix::Identity(3, 3)).norm() <= 100 * kEps);
  CHECK(weight(net, g, 1).norm() <= 100 * kEps);
}

// R is a polynomial of degree four: central differences are off by h^2 times its third derivative.
TEST_CASE("gradient and Hessian products are derivatives of the penalised loss") {
  RandomStream stream(1, "directions");
  for (const Index wide : {2, 5}) {
    const NetworkProblem p = problem(wide);
    const auto objective = penalised_loss(p, kBoth);
    const Vector d = stream.normal_matrix(p.theta.size(), 1) / p.theta.norm();
    const auto at = [&](double h) { return objective->at(p.theta + h * d).point; };
    const auto here = at(0);
    Matrix Hd(p.theta.size(), 1);
    here->hessian_times(d, Hd);
    const auto errors = [&](double h) {
      return std::pair{
          std::abs((at(h)->value() - at(-h)->value()) / (2 * h) - here->gradient().dot(d)),
          ((at(h)->gradient() - at(-h)->gradient()) / (2 * h) - Hd).norm()};
    };
    const auto coarse = errors(2e-3);
    const auto fine = errors(1e-3);
    const double rounding = 100 * kEps * (10 + here->value() + here->gradient().norm()) / 1e-3;
    CHECK(fine.first <= coarse.first / 3.5 + rounding);
    CHECK(fine.second <= coarse.second / 3.5 + rounding);
    CHECK(coarse.second <= 1e-2 * Hd.norm());
  }
}

TEST_CASE("penalised points obey the operator laws and their bounds") {
  const NetworkProblem p = problem(5);
  const auto here = penalised_loss(p, kBoth)->at(p.theta).point;
  const Matrix H = here->hessian();
  CHECK(symmetric_eigenvalues(H).cwiseAbs().maxCoeff() <= here->hessian_magnitude());
  CHECK(here->gradient().norm() <= here->gradient_magnitude());
  RandomStream stream(2, "laws");
  const AnySymmetricOperator A(here->dim(),
                               [&](ConstMatrixRef V, MatrixRef HV) { here->hessian_times(V, HV); });
  testing::check_operator_laws(A, stream, here->hessian_error_bound() / kEps);
  const auto plain = network_loss(p.architecture, {p.x, p.y, "random"})->at(p.theta).point;
  CHECK(here->value() > plain->value());
  CHECK(here->hessian_error_bound() > plain->hessian_error_bound());
}

// At W = 0 the spectral penalty curves down by 2 s in every weight, weight decay up by w.
TEST_CASE("at the origin the penalty's Hessian is w - 2 s on weights and 0 on biases") {
  const NetworkProblem p = problem(5);
  const Architecture& net = p.architecture;
  const Matrix V = Matrix::Identity(p.theta.size(), p.theta.size());
  Matrix HV = Matrix::Zero(V.rows(), V.cols());
  add_penalty_curvature(kBoth, net, Vector::Zero(p.theta.size()), V, HV);
  Vector expected = Vector::Zero(p.theta.size());
  for (Index l = 0; l < net.depth(); ++l)
    weight(net, expected, l).setConstant(kBoth.decay - 2 * kBoth.spectral);
  CHECK((HV - Matrix(expected.asDiagonal())).norm() <= 100 * kEps);
}

TEST_CASE("penalties that are negative or do not fit are refused") {
  const NetworkProblem p = problem(5);
  CHECK(contains(message_of<std::invalid_argument>([&] {
                   penalised_loss(p, {0, -1});
                 }),
                 "spectral penalty: expected"));
  CHECK(contains(message_of<std::invalid_argument>([&] {
                   penalised_loss(p, {-1, 0});
                 }),
                 "weight decay: expected"));
  CHECK(contains(message_of<std::invalid_argument>([&] {
                   (void)penalised(network_loss(p.architecture, {p.x, p.y, "random"}),
                                   Architecture{{2, 2}, {1}, {0}, {1}}, kBoth);
                 }),
                 "penalty: expected an objective of"));
}

}  // namespace
}  // namespace saddlescope

// Full-batch training: the path is the optimiser's on the objective's gradients, and ends are told.
#include "saddlescope/training/full_batch.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/random_problem.hpp"

#include "saddlescope/hessian/linear_objective.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

OptimiserOptions rate(double learning_rate) {
  OptimiserOptions options;
  options.learning_rate = learning_rate;
  return options;
}

// One layer: L(W) is quadratic, and gradient descent contracts each eigenmode of a^2 <xx'> by
// 1 - eta mu a step.
TEST_CASE("one layer contracts to least squares at the rates of its modes") {
  const Problem p = random_problem({2, 1}, false, 51);
  const auto data = data_factor<double>(p.data);
  const auto loss = mse_loss<double>(p.architecture, data);
  const Matrix H = loss->at(p.theta).point->hessian();
  const Eigen::SelfAdjointEigenSolver<Matrix> modes(H);
  const Vector best = p.theta - H.ldlt().solve(loss->at(p.theta).point->gradient());
  const double eta = 0.5 / modes.eigenvalues().maxCoeff();
  FullBatchTrainer trainer(*loss, p.theta, rate(eta));
  train(trainer, 25, {});
  const Vector factors = (1 - eta * modes.eigenvalues().array()).pow(25);
  const Vector expected =
      best + modes.eigenvectors() *
                 factors.cwiseProduct(modes.eigenvectors().transpose() * (p.theta - best));
  CHECK(trainer.step() == 25);
  CHECK((trainer.theta() - expected).norm() <= 1e3 * kEps * (p.theta.norm() + best.norm()));
}

TEST_CASE("probes see every state with the value and gradient there") {
  const Problem p = random_problem({3, 4, 4, 4, 2}, true, 52);
  const auto data = data_factor<double>(p.data);
  for (const auto& objective : {mse_loss<double>(p.architecture, data).release(),
                                equilibrated_energy<double>(p.architecture, data).release()}) {
    const std::unique_ptr<Objective<double>> owner(objective);
    FullBatchTrainer trainer(*owner, p.theta, rate(1e-3));
    std::vector<double> values;
    train(trainer, 10, [&](const FullBatchTrainer& now) {
      CHECK(now.step() == static_cast<Index>(values.size()));
      const auto there = owner->at(now.theta()).point;
      CHECK(now.value() == there->value());
      CHECK(now.gradient() == there->gradient());
      values.push_back(now.value());
    });
    REQUIRE(values.size() == 11);
    // Descent: eta is far below 2/lambda_max here.
    for (std::size_t k = 1; k < values.size(); ++k) CHECK(values[k] < values[k - 1]);
  }
}

// F* -> lambda L as hidden precisions grow: twins with lambda = 1 walk together.
TEST_CASE("twins of loss and energy part by O(1/pi)") {
  Problem p = random_problem({3, 4, 2}, false, 53);
  const auto data = data_factor<double>(p.data);
  const auto distance = [&](double precision) {
    p.architecture.precisions = {precision, 1};
    const auto loss = mse_loss<double>(p.architecture, data);
    const auto energy = equilibrated_energy<double>(p.architecture, data);
    FullBatchTrainer bp(*loss, p.theta, rate(0.01)), pc(*energy, p.theta, rate(0.01));
    for (int k = 0; k < 30; ++k) {
      bp.advance();
      pc.advance();
    }
    return (bp.theta() - pc.theta()).norm();
  };
  CHECK(distance(1e3) / distance(1e4) == doctest::Approx(10).epsilon(0.02));
}

TEST_CASE("a run that leaves the finite numbers stops and names its step") {
  const Problem p = random_problem({3, 4, 4, 2}, false, 54);
  const auto loss = mse_loss<double>(p.architecture, data_factor<double>(p.data));
  FullBatchTrainer trainer(*loss, p.theta, rate(1e6));
  Index seen = 0;
  train(trainer, 100, [&](const FullBatchTrainer&) { ++seen; });
  CHECK(trainer.summary().status == Status::kNotFinite);
  CHECK(trainer.summary().message.find(fmt::format("step {}:", trainer.step() + 1)) !=
        std::string::npos);
  CHECK(seen == trainer.step() + 1);
  CHECK(trainer.step() < 20);
  CHECK(trainer.theta().allFinite());
  CHECK(std::isfinite(trainer.value()));
  CHECK(!trainer.advance());
}

TEST_CASE("starts that do not fit are refused") {
  const Problem p = random_problem({3, 4, 2}, false, 55);
  const auto loss = mse_loss<double>(p.architecture, data_factor<double>(p.data));
  CHECK_THROWS_AS(FullBatchTrainer(*loss, Vector::Zero(3), rate(1)), std::invalid_argument);
  Vector bad = p.theta;
  bad[2] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(FullBatchTrainer(*loss, bad, rate(1)), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

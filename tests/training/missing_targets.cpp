// A target that is missing: energies, gradients, curvature, inference and training are those of the
// network without that output, and a NaN nobody opted in for is refused.
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/batch_inference.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/training/hessian_probe.hpp"
#include "saddlescope/training/score.hpp"
#include "saddlescope/training/twin_training.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr Index kMissing = 1;  // the output without targets, from 0

// A network of three outputs whose second has no targets, and the network without that output.
struct Pair {
  NetworkProblem whole, without;
  std::vector<Index> kept;     // entries of whole's theta that `without` has, in its order
  std::vector<Index> dropped;  // the others
};

Pair pair_of(Activation activation, Placement placement) {
  const Architecture net{{3, 5, 4, 3}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1},
                         activation,   placement, true,      OutputLoss::kMse};
  Pair out;
  out.whole = testing::network_problem(net, 0.1, {.targets = Targets::kObserved}, 4, 21);
  out.whole.theta *= 0.5;
  out.whole.y.row(kMissing).setConstant(kNan);
  out.without = out.whole;
  out.without.clamping = {};
  out.without.architecture.widths.back() = 2;
  out.without.y.resize(2, 4);
  out.without.y << out.whole.y.row(0), out.whole.y.row(2);
  const Architecture& whole = out.whole.architecture;
  for (Index i = 0; i < whole.n_parameters(); ++i) {
    const Index in_layer = i - whole.offset(2);
    (in_layer >= 0 && in_layer % 3 == kMissing ? out.dropped : out.kept).push_back(i);
  }
  out.without.theta = out.whole.theta(out.kept);
  return out;
}

std::vector<Pair> pairs() {
  std::vector<Pair> out;
  for (const Activation activation : {Activation::kTanh, Activation::kRelu, Activation::kIdentity})
    for (const Placement placement : {Placement::kPre, Placement::kPost})
      out.push_back(pair_of(activation, placement));
  return out;
}

NetworkPass<double> pass_of(const NetworkProblem& p) {
  NetworkPass<double> pass;
  p.energy().evaluate(p.theta, p.x, p.y, p.z, pass);
  return pass;
}

// The same sums but for terms that are exactly 0; a product may order them otherwise.
TEST_CASE("energies and gradients are those of the network without the output") {
  for (const Pair& p : pairs()) {
    CAPTURE(p.whole.name);
    const NetworkPass<double> whole = pass_of(p.whole);
    const NetworkPass<double> without = pass_of(p.without);
    const Vector F = p.without.energy().energies(without);
    CHECK((p.whole.energy().energies(whole) - F).norm() <= 16 * kEps * F.norm());
    const Matrix g = p.without.energy().activity_gradient(p.without.theta, without);
    CHECK((p.whole.energy().activity_gradient(p.whole.theta, whole) - g).norm() <=
          64 * kEps * (g.norm() + 1));
    const Vector by_theta = p.whole.energy().parameter_gradient(whole);
    const Vector expected = p.without.energy().parameter_gradient(without);
    CHECK((by_theta(p.kept) - expected).norm() <= 64 * kEps * (expected.norm() + 1));
    CHECK(by_theta(p.dropped).norm() == 0);
  }
}

TEST_CASE("the activity Hessian is that of the network without the output") {
  for (const Pair& p : pairs()) {
    CAPTURE(p.whole.name);
    const NetworkCurvature whole(p.whole.energy(), p.whole.theta, pass_of(p.whole));
    const NetworkCurvature without(p.without.energy(), p.without.theta, pass_of(p.without));
    const Matrix H = without.activity_hessian(2).dense();
    CHECK((whole.activity_hessian(2).dense() - H).norm() <= 64 * kEps * H.norm());
    const Matrix z_dot = Matrix::Ones(p.whole.z.rows(), p.whole.z.cols());
    const Matrix Hz = without.along(&z_dot, nullptr).activities;
    CHECK((whole.along(&z_dot, nullptr).activities - Hz).norm() <= 64 * kEps * Hz.norm());
  }
}

// Loss and equilibrated energy under the same opt-in; without it a NaN is refused.
TEST_CASE(
    "objectives are those of the network without the output, with its Hessian bordered by 0") {
  for (const Pair& p : pairs()) {
    CAPTURE(p.whole.name);
    const auto data = [](const NetworkProblem& q) { return Dataset{q.x, q.y, "random"}; };
    const auto check = [&](const Objective<double>& a, const Objective<double>& b) {
      const auto whole = a.at(p.whole.theta);
      const auto without = b.at(p.without.theta);
      REQUIRE_MESSAGE(whole.summary.ok(), whole.summary.message);
      REQUIRE(without.summary.ok());
      const Matrix H = without.point->hessian();
      const Matrix whole_H = whole.point->hessian();
      CHECK(std::abs(whole.point->value() - without.point->value()) <= 1e3 * kEps * (1 + H.norm()));
      CHECK((whole_H(p.kept, p.kept) - H).norm() <= 1e4 * kEps * (1 + H.norm()));
      CHECK(whole_H(Eigen::all, p.dropped).norm() == 0);
      CHECK(std::isfinite(whole.point->hessian_error_bound()));
      CHECK(whole.point->hessian_error_bound() <= 1e-6 * H.norm());
      CHECK(std::isfinite(whole.point->gradient_error_bound()));
    };
    check(*network_loss(p.whole.architecture, data(p.whole), Targets::kObserved),
          *network_loss(p.without.architecture, data(p.without)));
    check(*network_equilibrated_energy(p.whole.energy(), data(p.whole)),
          *network_equilibrated_energy(p.without.energy(), data(p.without)));
    CHECK(contains(message_of<std::invalid_argument>(
                       [&] { (void)network_loss(p.whole.architecture, data(p.whole)); }),
                   "expected a finite number"));
    const NetworkEnergy<double> closed(p.whole.architecture);
    CHECK(contains(message_of<std::invalid_argument>(
                       [&] { (void)network_equilibrated_energy(closed, data(p.whole)); }),
                   "expected a finite number"));
    CHECK(!probe_hessians(p.whole.energy(), p.whole.theta, data(p.whole)).empty());
  }
}

// Two points with |g| <= 1e-11 of its terms differ by that over lambda_min: three digits for it.
TEST_CASE("inference ends at the equilibrium of the network without the output") {
  for (const InferenceMethod method : {InferenceMethod::kNewton, InferenceMethod::kDescent,
                                       InferenceMethod::kConjugateGradients}) {
    const Pair p = pair_of(Activation::kTanh, Placement::kPre);
    BatchInferenceOptions options;
    options.method = method;
    options.tolerance = 1e-11;
    options.max_steps = 20000;
    NetworkPass<double> whole, without;
    const auto at = [&](const NetworkProblem& q, NetworkPass<double>& pass) {
      BatchInference<double> inference(q.energy(), options);
      return inference.run(q.theta, q.x, q.y, pass);
    };
    const BatchInferenceReport one = at(p.whole, whole);
    const BatchInferenceReport two = at(p.without, without);
    CAPTURE(name(method));
    CHECK(one.summary.message == "");
    CHECK(one.converged == 4);
    CHECK((one.energies - two.energies).norm() <= 1e-10);
    for (std::size_t l = 1; l <= 2; ++l)
      CHECK((whole.z[l] - without.z[l]).norm() <= 1e-8 * without.z[l].norm());
  }
}

std::unique_ptr<TwinTraining> training(const NetworkProblem& p, TrainingAlgorithm algorithm) {
  TwinOptions options;
  options.algorithms = {algorithm};
  options.optimiser.learning_rate = 0.01;
  options.batch = 4;
  options.updates = 3;
  options.inference.tolerance = 1e-12;
  options.inference.max_steps = 50000;
  const Dataset data = {p.x, p.y, "random"};
  return make_twin_training<double>(p.energy(), options, p.theta, data, data);
}

TEST_CASE("twins train the network without the output and leave its weights alone") {
  const Pair p = pair_of(Activation::kTanh, Placement::kPost);
  for (const TrainingAlgorithm algorithm : {TrainingAlgorithm::kPc, TrainingAlgorithm::kBp}) {
    const auto whole = training(p.whole, algorithm);
    const auto without = training(p.without, algorithm);
    while (whole->advance() && without->advance()) {
    }
    const Vector theta = whole->save().runs.front().theta;
    const Vector expected = without->save().runs.front().theta;
    CHECK(whole->save().runs.front().updates == 3);
    CHECK((expected - p.without.theta).norm() >= 1e-4);
    CHECK((theta(p.kept) - expected).norm() <= 1e-9);
    CHECK(theta(p.dropped) == p.whole.theta(p.dropped));
    CHECK(whole->record({}).front().values.front().second[0] ==
          doctest::Approx(without->record({}).front().values.front().second[0]).epsilon(1e-8));
  }
}

TEST_CASE("a target that is not a number is refused unless missing ones are allowed") {
  Pair p = pair_of(Activation::kTanh, Placement::kPost);
  CHECK(std::isnan(score<double>(p.whole.architecture, p.whole.theta, p.whole.x, p.whole.y).loss));
  const NetworkProblem allowed = p.whole;
  p.whole.clamping = {};
  CHECK(contains(message_of<std::invalid_argument>(
                     [&] { static_cast<void>(training(p.whole, TrainingAlgorithm::kPc)); }),
                 "targets of sample 1: expected finite numbers"));
  p.whole = allowed;
  p.whole.y(0, 2) = std::numeric_limits<double>::infinity();
  CHECK(contains(message_of<std::invalid_argument>(
                     [&] { static_cast<void>(training(p.whole, TrainingAlgorithm::kPc)); }),
                 "targets of sample 3: expected finite numbers, or NaN where missing"));
  p.whole.architecture.loss = OutputLoss::kCrossEntropy;
  CHECK(contains(message_of<std::invalid_argument>([&] { static_cast<void>(p.whole.energy()); }),
                 "missing targets: expected loss mse"));
}

}  // namespace
}  // namespace saddlescope

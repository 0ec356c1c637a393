// Where predictive coding is backpropagation: one small step of error optimisation, and fixed
// predictions.
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "batch_problems.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"

namespace saddlescope {
namespace {

using test::message_of;
using testing::BatchRun;
using testing::infer;
using testing::network_problems;
using testing::NetworkProblem;
using testing::with;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// lambda times the gradient of the loss.
Vector backpropagation(const NetworkProblem& p) {
  const auto loss = network_loss(p.architecture, {p.x, p.y, "samples"});
  return p.architecture.lambda() * loss->at(p.theta).point->gradient();
}

std::vector<NetworkProblem> supervised_problems() {
  std::vector<NetworkProblem> out;
  for (const NetworkProblem& p : network_problems())
    if (p.clamping == Clamping{} && p.decay == 0) out.push_back(p);
  return out;
}

// After L - 1 steps of length 1 the errors are backpropagation's: the same products in the same
// order, so that a few roundings of the largest terms remain.
TEST_CASE("fixed predictions with L - 1 unit steps give backpropagation's weight gradient") {
  for (const NetworkProblem& p : supervised_problems()) {
    CAPTURE(p.name);
    const Vector expected = backpropagation(p);
    const BatchRun got = infer(p, with(InferenceMethod::kFixedPrediction, 2));
    const Vector g = p.energy().parameter_gradient(got.pass);
    CHECK((g - expected).norm() <= 100 * kEps * (1 + expected.norm()));
    const Vector early =
        p.energy().parameter_gradient(infer(p, with(InferenceMethod::kFixedPrediction, 1)).pass);
    CHECK((early - expected).norm() > 1e-6 * expected.norm());
    CHECK(got.report.converged == p.x.cols());
  }
}

// From e = 0 one step of length s makes the hidden errors s psi + O(s^2) and leaves the output's
// as it is to O(s): hidden gradients over s tend to pi_l times backpropagation's, with a distance
// that halves with s.
TEST_CASE("one small step of error optimisation gives backpropagation's hidden gradients") {
  for (const NetworkProblem& p : supervised_problems()) {
    if (!kinks(p.architecture.activation).empty()) continue;
    CAPTURE(p.name);
    const Architecture& net = p.architecture;
    const Vector expected = backpropagation(p);
    const auto distance = [&](double step, Index layer) {
      BatchInferenceOptions options = with(InferenceMethod::kErrors, 1);
      options.step = step;
      const Vector g = p.energy().parameter_gradient(infer(p, options).pass);
      const bool hidden = layer + 1 < net.depth();
      const double scale = hidden ? step * net.precisions[static_cast<std::size_t>(layer)] : 1.0;
      const Index first = net.offset(layer);
      const Index count = net.offset(layer + 1) - first;
      return (g.segment(first, count) / scale - expected.segment(first, count)).norm();
    };
    for (Index layer = 0; layer < net.depth(); ++layer) {
      CAPTURE(layer);
      const double coarse = distance(2e-4, layer);
      const double fine = distance(1e-4, layer);
      CHECK(fine <= 0.52 * coarse + 1e-10);
      CHECK(fine <= 0.1 * (1 + expected.norm()));
    }
  }
}

// E(e) of the errors of any z is F(z), and the activities come back.
TEST_CASE("activities and their errors are two names of one point") {
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    NetworkPass<double> pass;
    energy.evaluate(p.theta, p.x, p.y, p.z, pass);
    const Vector F = energy.energies(pass);
    Matrix e = p.z;
    for (Index l = std::max<Index>(1, energy.first_free()); l <= energy.last_free(); ++l) {
      const auto k = static_cast<std::size_t>(l);
      e.middleRows(energy.offset(l), p.architecture.widths[k]) =
          pass.error[k - 1] / p.architecture.precisions[k - 1];
    }
    energy.move_to_errors(p.theta, e, pass);
    CHECK((testing::stacked(energy, pass) - p.z).norm() <= 100 * kEps * (1 + p.z.norm()));
    CHECK((energy.energies(pass) - F).norm() <= 1e3 * kEps * (1 + F.norm()));
  }
}

// F = 1/2 (z - 1)^2 + 1/2 (3 - z)^2 has its minimum 1 at z = 2. With a free output error there
// would be nothing to pay.
TEST_CASE("error optimisation does not free the output's error") {
  const Architecture net{{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}};
  BatchInference<double> inference(NetworkEnergy<double>(net),
                                   with(InferenceMethod::kErrors, 200, 1e-12));
  NetworkPass<double> pass;
  const BatchInferenceReport& report =
      inference.run(Vector::Ones(2), Matrix::Ones(1, 1), Matrix::Constant(1, 1, 3), pass);
  CHECK(report.energy == doctest::Approx(1).epsilon(1e-12));
  CHECK(pass.z[1](0, 0) == doctest::Approx(2).epsilon(1e-12));
}

TEST_CASE("fixed predictions need input and output clamped") {
  const NetworkProblem p = network_problems()[0];
  CHECK(message_of<std::invalid_argument>([&] {
          BatchInference<double> unused(NetworkEnergy<double>(p.architecture, 0, {false, true}),
                                        with(InferenceMethod::kFixedPrediction, 2));
        }) == "inference method fixed-prediction: expected input and output clamped");
}

}  // namespace
}  // namespace saddlescope

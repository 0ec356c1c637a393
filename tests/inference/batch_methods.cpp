// Every method of inference on mini-batches against certified equilibria and exact flows.
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "batch_problems.hpp"

#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::BatchRun;
using testing::infer;
using testing::methods_in_activities;
using testing::network_problems;
using testing::NetworkProblem;
using testing::with;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// A fraction of the problems, with every activation, placement and loss in it.
std::vector<NetworkProblem> some_problems() {
  const std::vector<NetworkProblem> all = network_problems();
  std::vector<NetworkProblem> out;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i % 8 == (i / 8) % 8 || i + 5 >= all.size()) out.push_back(all[i]);
  return out;
}

// To first order z is within |g|/lambda_min of a minimum, and F within |g|^2/(2 lambda_min): both
// points are, so their distance is at most the sum, here doubled for what is beyond first order.
// Another minimum than Newton's may be reached: then F_zz must be positive definite there too.
TEST_CASE("every method reaches the equilibria that Newton's method certifies") {
  int agreed = 0;
  int elsewhere = 0;
  int open = 0;
  for (const NetworkProblem& p : some_problems()) {
    const NetworkEquilibrium exact = network_equilibrium(p.energy(), p.theta, p.x, p.y);
    for (const InferenceMethod method : methods_in_activities()) {
      CAPTURE(p.name);
      CAPTURE(name(method));
      const BatchRun got = infer(p, with(method, 20000, 1e-12));
      const NetworkCurvature curvature(p.energy(), p.theta, got.pass);
      for (Index i = 0; i < p.x.cols(); ++i) {
        const auto k = static_cast<std::size_t>(i);
        const StationarityCertificate& c = exact.samples[k];
        if (!(c.lambda_min_below > 0)) continue;
        if (got.report.verdicts[k] != InferenceVerdict::kConverged) {
          ++open;
          continue;
        }
        const double slack =
            c.gradient_norm + c.rounding + got.report.gradient_norms[i] + got.report.roundings[i];
        const double distance = (got.z.col(i) - exact.z.col(i)).norm();
        if (distance <= 2 * slack / c.lambda_min_below) {
          ++agreed;
          CHECK(std::abs(got.report.energies[i] - c.energy) <=
                slack * slack / c.lambda_min_below + 100 * kEps * (1 + c.energy));
        } else {
          ++elsewhere;
          CHECK(distance > 1e-3);
          const Matrix H = curvature.activity_hessian(i).dense();
          CHECK(symmetric_eigenvalues(H)[0] > 0);
        }
      }
    }
  }
  CHECK(agreed >= 800);
  CHECK(elsewhere <= agreed / 20);
  CHECK(open <= agreed / 20);
}

TEST_CASE("newton on batches is the certified equilibrium") {
  for (const NetworkProblem& p : some_problems()) {
    CAPTURE(p.name);
    const NetworkEquilibrium exact = network_equilibrium(p.energy(), p.theta, p.x, p.y);
    const BatchRun got = infer(p, with(InferenceMethod::kNewton, 200));
    CHECK(got.z == exact.z);
    CHECK(got.report.summary.ok() == exact.summary.ok());
    CHECK(got.report.not_finite == 0);
  }
}

// Without an activation F is convex and F* its minimum, with curvature 1e-6 at least here: rounding
// of F is a few eps of its terms, which (F + |z|^2) bounds.
TEST_CASE("the energy of a linear network is above F* at every step of every method") {
  for (const NetworkProblem& p : network_problems()) {
    if (p.architecture.activation != Activation::kIdentity) continue;
    CAPTURE(p.name);
    const NetworkEquilibrium exact = network_equilibrium(p.energy(), p.theta, p.x, p.y);
    for (const InferenceMethod method : methods_in_activities()) {
      CAPTURE(name(method));
      for (const Index steps : {0, 1, 2, 3, 5, 20}) {
        const BatchRun got = infer(p, with(method, steps));
        for (Index i = 0; i < p.x.cols(); ++i) {
          const double least = exact.samples[static_cast<std::size_t>(i)].energy;
          CHECK(got.report.energies[i] >=
                least - 20 * kEps * (least + got.z.col(i).squaredNorm() + 10));
        }
      }
    }
  }
}

TEST_CASE("descent by the chosen step lowers the energy of smooth networks at every step") {
  for (const NetworkProblem& p : network_problems()) {
    if (!kinks(p.architecture.activation).empty()) continue;  // where the gradient jumps F may rise
    for (const InferenceMethod method :
         {InferenceMethod::kDescent, InferenceMethod::kEuler, InferenceMethod::kErrors}) {
      if (method == InferenceMethod::kErrors && p.architecture.activation != Activation::kIdentity)
        continue;
      CAPTURE(p.name);
      CAPTURE(name(method));
      Vector before;
      for (Index steps = 0; steps <= 6; ++steps) {
        const BatchRun got = infer(p, with(method, steps));
        for (Index i = 0; steps > 0 && i < before.size(); ++i)
          CHECK(got.report.energies[i] <=
                before[i] + 20 * kEps * (before[i] + got.z.col(i).squaredNorm() + 10));
        before = got.report.energies;
      }
    }
  }
}

// One step size below 2/lambda_max and one above, of the exact Hessian of a linear network.
TEST_CASE("descent converges below twice the inverse curvature and is said to diverge beyond") {
  int tested = 0;
  for (const NetworkProblem& p : network_problems()) {
    const Architecture& net = p.architecture;
    if (net.activation != Activation::kIdentity || net.loss != OutputLoss::kMse) continue;
    CAPTURE(p.name);
    NetworkPass<double> pass;
    p.energy().evaluate(p.theta, p.x, p.y, p.z, pass);
    const Matrix H = NetworkCurvature(p.energy(), p.theta, pass).activity_hessian(0).dense();
    const double largest = symmetric_eigenvalues(H)[H.rows() - 1];
    BatchInferenceOptions options = with(InferenceMethod::kDescent, 4000);
    options.step = 1.95 / largest;
    const BatchRun below = infer(p, options);
    CHECK(below.report.diverging == 0);
    CHECK(below.report.summary.ok());
    options.step = 2.05 / largest;
    options.max_steps = 3000;
    const BatchRun beyond = infer(p, options);
    CHECK(beyond.report.diverging + beyond.report.not_finite == p.x.cols());
    CHECK_FALSE(beyond.report.summary.ok());
    ++tested;
  }
  CHECK(tested >= 16);
}

}  // namespace
}  // namespace saddlescope

// Laws of inference on mini-batches that hold for every method: invariances, records, verdicts.
#include "saddlescope/inference/batch_inference.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "batch_problems.hpp"

#include "saddlescope/base/threads.hpp"

namespace saddlescope {
namespace {

using testing::BatchRun;
using testing::infer;
using testing::methods_in_activities;
using testing::network_problems;
using testing::NetworkProblem;
using testing::wide_problems;
using testing::with;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// A product rounds a column by at most (n + 1) eps of its terms whatever stands beside it; ten
// stable steps do not amplify that by more than their number.
TEST_CASE("a sample's path does not depend on the batch or on its order") {
  const Index N = 70;
  for (const NetworkProblem& p : wide_problems(N))
    for (const InferenceMethod method : methods_in_activities()) {
      if (method == InferenceMethod::kDopri5) continue;  // steps that rounding decides: see below
      CAPTURE(p.name);
      CAPTURE(name(method));
      const BatchRun whole = infer(p, with(method, 10));
      NetworkProblem turned = p;
      turned.x = p.x.rowwise().reverse();
      turned.y = p.y.rowwise().reverse();
      const double slack = 10 * 40 * kEps * (1 + whole.z.cwiseAbs().maxCoeff()) * 20;
      CHECK(
          (infer(turned, with(method, 10)).z.rowwise().reverse() - whole.z).cwiseAbs().maxCoeff() <=
          slack);
      for (const Index i : {0, 33, 69}) {
        NetworkProblem one = p;
        one.x = p.x.col(i);
        one.y = p.y.col(i);
        CHECK((infer(one, with(method, 10)).z - whole.z.col(i)).cwiseAbs().maxCoeff() <= slack);
      }
    }
}

TEST_CASE("numbers are bitwise the same for any number of threads") {
  const int before = threads();
  set_threads(2);
  for (const NetworkProblem& p : wide_problems(70)) {
    for (const InferenceMethod method :
         {InferenceMethod::kDescent, InferenceMethod::kMomentum,
          InferenceMethod::kConjugateGradients, InferenceMethod::kNewton, InferenceMethod::kHeun,
          InferenceMethod::kDopri5, InferenceMethod::kErrors, InferenceMethod::kFixedPrediction}) {
      CAPTURE(p.name);
      CAPTURE(name(method));
      BatchInferenceOptions options = with(method, 9);
      const BatchRun one = infer(p, options);
      options.threads = 2;
      const BatchRun two = infer(p, options);
      CHECK(one.z == two.z);
      CHECK(one.report.gradient_norms == two.report.gradient_norms);
      CHECK(p.energy().parameter_gradient(one.pass) == p.energy().parameter_gradient(two.pass));
    }
  }
  set_threads(before);
}

TEST_CASE("the pass returned is the evaluation at its activities") {
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    const BatchRun got = infer(p, with(InferenceMethod::kDescent, 4));
    NetworkPass<double> again;
    p.energy().evaluate(p.theta, p.x, p.y, got.z, again);
    for (std::size_t l = 0; l < again.layers.size(); ++l) {
      CHECK(got.pass.error[l] == again.error[l]);
      CHECK(got.pass.delta[l] == again.delta[l]);
      CHECK(got.pass.layers[l].sum == again.layers[l].sum);
      CHECK(got.pass.layers[l].inner == again.layers[l].inner);
      CHECK(got.pass.layers[l].inner_slope == again.layers[l].inner_slope);
      CHECK(got.pass.layers[l].outer_slope == again.layers[l].outer_slope);
      CHECK(got.pass.layers[l].prediction == again.layers[l].prediction);
    }
    CHECK(got.report.gradient_norms.isApprox(
        p.energy().activity_gradient(p.theta, again).colwise().norm().transpose(), 1e-12));
  }
}

TEST_CASE("recorded layer energies sum to F and end at the state returned") {
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    BatchInferenceOptions options = with(InferenceMethod::kDescent, 5);
    options.record = true;
    const BatchRun got = infer(p, options);
    REQUIRE(got.report.energy_curve.cols() == 6);
    CHECK(got.report.energy_curve.col(5) == got.report.layer_energies);
    const double decay = p.energy().decay_energies(got.pass).mean();
    CHECK(got.report.energy == doctest::Approx(got.report.layer_energies.sum() + decay));
    CHECK(got.report.energy == doctest::Approx(p.energy().energies(got.pass).mean()));
    CHECK(got.report.gradient_curve[5] == doctest::Approx(got.report.gradient_norms.mean()));
    options.max_steps = 3;
    CHECK(got.report.energy_curve.col(3) == infer(p, options).report.layer_energies);
  }
}

TEST_CASE("from the forward pass hidden errors are zero and without a target nothing moves") {
  for (NetworkProblem p : network_problems()) {
    if (!p.clamping.input || p.decay != 0) continue;
    CAPTURE(p.name);
    const BatchRun start = infer(p, with(InferenceMethod::kDescent, 0));
    for (std::size_t l = 0; l + 1 < start.pass.error.size(); ++l)
      CHECK(start.pass.error[l].isZero(0));
    const BatchRun moved = infer(p, with(InferenceMethod::kDescent, 3));
    CHECK(moved.pass.z.front() == p.x);
    CHECK(moved.pass.z.back() == p.y);
    if (p.architecture.loss != OutputLoss::kMse) continue;
    p.clamping.output = false;
    for (const InferenceMethod method : methods_in_activities()) {
      CAPTURE(name(method));
      const BatchRun free = infer(p, with(method, 3));
      CHECK(free.z == infer(p, with(method, 0)).z);
      CHECK(free.report.energy == 0);
      CHECK(free.report.converged == p.x.cols());
    }
  }
}

}  // namespace
}  // namespace saddlescope

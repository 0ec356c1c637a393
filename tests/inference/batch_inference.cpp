// Laws of inference on mini-batches that hold for every method: invariances, records, verdicts.
#include "saddlescope/inference/batch_inference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "batch_problems.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using testing::BatchRun;
using testing::infer;
using testing::methods_in_activities;
using testing::network_problems;
using testing::NetworkProblem;
using testing::wide_problem;
using testing::with;

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::vector<NetworkProblem> wide_problems(Index samples) {
  std::vector<NetworkProblem> out;
  for (const Activation activation : {Activation::kTanh, Activation::kRelu, Activation::kSilu})
    for (const Placement placement : {Placement::kPre, Placement::kPost})
      out.push_back(wide_problem(activation, placement, samples));
  return out;
}

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

// Tolerances decide alone: the number of steps returned suffices and one less does not.
TEST_CASE("under a tolerance the steps returned are those that were needed") {
  const NetworkProblem p = wide_problem(Activation::kTanh, Placement::kPre, 3);
  for (const InferenceMethod method :
       {InferenceMethod::kDescent, InferenceMethod::kMomentum, InferenceMethod::kErrors}) {
    CAPTURE(name(method));
    const BatchRun got = infer(p, with(method, 5000, 1e-6));
    REQUIRE(got.report.converged == 3);
    const Index needed = got.report.steps;
    CHECK(needed ==
          *std::max_element(got.report.sample_steps.begin(), got.report.sample_steps.end()));
    CHECK(infer(p, with(method, needed, 1e-6)).report.converged == 3);
    CHECK(infer(p, with(method, needed - 1, 1e-6)).report.converged < 3);
    CHECK_FALSE(infer(p, with(method, needed - 1, 1e-6)).report.summary.ok());
  }
}

// A near-zero network pulls its activities with 1e-8 of the target: far from 0 in units of what it
// is the sum of. At the network's own prediction nothing is left to do.
TEST_CASE("a small gradient is not convergence and an equilibrium takes no step") {
  const Architecture net{{1, 1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}, Activation::kTanh};
  BatchInference<double> inference(NetworkEnergy<double>(net),
                                   with(InferenceMethod::kDescent, 5, 1e-3));
  NetworkPass<double> pass;
  const Vector small = Vector::Constant(3, 1e-8);
  const Matrix zero = Matrix::Zero(1, 1);
  const Matrix one = Matrix::Ones(1, 1);
  inference.run(small, zero, one, pass);
  BatchInference<double> zero_steps(NetworkEnergy<double>(net),
                                    with(InferenceMethod::kDescent, 0, 1e-3));
  const BatchInferenceReport& start = zero_steps.run(small, zero, one, pass);
  CHECK(start.gradient_norms[0] < 1e-7);
  CHECK(start.converged == 0);
  const Vector large = Vector::Ones(3);
  const Matrix prediction = NetworkEnergy<double>(net).predict(large, one);
  const BatchInferenceReport& done = inference.run(large, one, prediction, pass);
  CHECK(done.converged == 1);
  CHECK(done.steps == 0);
}

// A chain of 30 layers with weights 1/2: after 40 steps the lower half has not heard of the target.
TEST_CASE("a deep chain that has hardly begun is not called converged") {
  Architecture net;
  net.widths.assign(31, 1);
  net.scales.assign(30, 1);
  net.skips.assign(30, 0);
  net.precisions.assign(30, 1);
  net.activation = Activation::kTanh;
  BatchInference<double> inference(NetworkEnergy<double>(net),
                                   with(InferenceMethod::kDescent, 40, 1e-8));
  NetworkPass<double> pass;
  const BatchInferenceReport& report = inference.run(Vector::Constant(30, 0.9), Matrix::Ones(1, 1),
                                                     Matrix::Constant(1, 1, -1), pass);
  CHECK(report.converged == 0);
  CHECK(contains(report.summary.message, "after 40 steps"));
}

TEST_CASE("batch-mean steps are one N-th of those on the sample and the default is not") {
  const NetworkProblem p = wide_problem(Activation::kTanh, Placement::kPre, 64);
  BatchInferenceOptions options = with(InferenceMethod::kDescent, 1);
  options.step = 0.1;
  const Matrix start = infer(p, with(InferenceMethod::kDescent, 0)).z;
  const Matrix sample = infer(p, options).z - start;
  options.batch_mean_step = true;
  const Matrix mean = infer(p, options).z - start;
  CHECK((64 * mean - sample).norm() <= 1e-12 * (sample.norm() + 64 * start.norm()));
}

// Single precision: each step rounds by (n + 8) eps of its terms, and stable steps add that up.
TEST_CASE("single precision follows double precision") {
  const double eps = std::numeric_limits<float>::epsilon();
  for (const NetworkProblem& p : wide_problems(40))
    for (const InferenceMethod method :
         {InferenceMethod::kDescent, InferenceMethod::kMomentum, InferenceMethod::kErrors,
          InferenceMethod::kHeun, InferenceMethod::kFixedPrediction}) {
      CAPTURE(p.name);
      CAPTURE(name(method));
      BatchInferenceOptions options = with(method, 8);
      options.step = method == InferenceMethod::kFixedPrediction ? 1 : 0.05;
      const BatchRun exact = infer(p, options);
      BatchInference<float> single(NetworkEnergy<float>(p.architecture, p.decay, p.clamping),
                                   options);
      NetworkPass<float> pass;
      const BatchInferenceReport& report =
          single.run(p.theta.cast<float>(), p.x.cast<float>(), p.y.cast<float>(), pass);
      const double slack = 8 * 28 * eps;
      for (std::size_t l = 0; l < pass.z.size(); ++l) {
        CHECK((pass.z[l].cast<double>() - exact.pass.z[l]).norm() <=
              slack * (1 + exact.pass.z[l].norm()));
        if (l > 0)
          CHECK((pass.error[l - 1].cast<double>() - exact.pass.error[l - 1]).norm() <=
                slack * (1 + exact.pass.z[l].norm()));
      }
      CHECK(report.energy == doctest::Approx(exact.report.energy).epsilon(1e-4));
    }
}

TEST_CASE("what is not finite is named with its step and layer") {
  NetworkProblem p = wide_problem(Activation::kTanh, Placement::kPre, 40);
  NetworkProblem broken = p;
  broken.theta[p.architecture.offset(2)] = std::numeric_limits<double>::quiet_NaN();
  for (const InferenceMethod method :
       {InferenceMethod::kDescent, InferenceMethod::kNewton, InferenceMethod::kErrors}) {
    const BatchRun got = infer(broken, with(method, 5));
    CHECK(got.report.not_finite == 40);
    CHECK(got.report.summary.status == Status::kNotFinite);
    CHECK(contains(got.report.summary.message, "sample 1: not finite after step 0"));
    CHECK(contains(got.report.summary.message, "first in layer 3"));
    CHECK(contains(got.report.summary.message, "(40 of 40 samples"));
  }
  broken = p;
  broken.x(3, 36) = std::numeric_limits<double>::infinity();
  broken.x(4, 36) = -std::numeric_limits<double>::infinity();
  const BatchRun one = infer(broken, with(InferenceMethod::kDescent, 5));
  CHECK(one.report.not_finite == 1);
  CHECK(
      contains(one.report.summary.message, "sample 37: not finite after step 0, first in layer 1"));
  BatchInferenceOptions options = with(InferenceMethod::kDescent, 400);
  options.step = 1e4;
  options.certify = false;
  const BatchRun far = infer(p, options);
  CHECK(far.report.summary.status == Status::kNotFinite);
  CHECK_FALSE(contains(far.report.summary.message, "after step 0,"));
}

TEST_CASE("inference in pieces at the same weights is inference at once") {
  for (const InferenceMethod method :
       {InferenceMethod::kDescent, InferenceMethod::kMomentum, InferenceMethod::kHeun}) {
    const NetworkProblem p = wide_problem(Activation::kTanh, Placement::kPost, 40);
    const BatchRun whole = infer(p, with(method, 7));
    BatchInference<double> inference(p.energy(), with(method, 20));
    NetworkPass<double> pass;
    inference.start(p.theta, p.x, p.y, pass);
    CHECK(pass.z[2] == infer(p, with(method, 0)).pass.z[2]);
    inference.advance(p.theta, 3, pass);
    const BatchInferenceReport& report = inference.advance(p.theta, 4, pass);
    CHECK(report.steps == 7);
    CHECK(testing::stacked(p.energy(), pass) == whole.z);
    CHECK(pass.error.back() == whole.pass.error.back());
  }
}

TEST_CASE("a piece goes on from the activities at the weights it is given") {
  const NetworkProblem p = wide_problem(Activation::kTanh, Placement::kPre, 5);
  const Vector other = 0.9 * p.theta;
  BatchInferenceOptions options = with(InferenceMethod::kDescent, 1);
  options.step = 0.1;
  BatchInference<double> inference(p.energy(), options);
  NetworkPass<double> pass;
  inference.start(p.theta, p.x, p.y, pass);
  const Matrix z = testing::stacked(p.energy(), pass);
  inference.advance(other, 1, pass);
  NetworkPass<double> plain;
  p.energy().evaluate(other, p.x, p.y, z, plain);
  const Matrix expected = z - 0.1 * p.energy().activity_gradient(other, plain);
  CHECK((testing::stacked(p.energy(), pass) - expected).norm() <= 40 * kEps * (1 + z.norm()));
}

TEST_CASE("equilibria on kinks come with the slopes that make the weight gradient right") {
  int on_kinks = 0;
  for (const NetworkProblem& p : network_problems()) {
    if (kinks(p.architecture.activation).empty()) continue;
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    const NetworkEquilibrium exact = network_equilibrium(energy, p.theta, p.x, p.y);
    if (!exact.summary.ok()) continue;
    const BatchRun got = infer(p, with(InferenceMethod::kDescent, 30, 1e-13));
    if ((got.z - exact.z).norm() > 1e-6) continue;  // another minimum
    CHECK(got.report.converged == p.x.cols());
    on_kinks += static_cast<int>(got.report.on_kinks);
    CHECK(got.report.on_kinks <= got.report.active_set);
    NetworkPass<double> pass;
    energy.evaluate(p.theta, p.x, p.y, exact.z, pass);
    for (Index i = 0; i < p.x.cols(); ++i)
      apply_kinks(p.architecture, exact.samples[static_cast<std::size_t>(i)].kinks, i, pass);
    const Vector expected = energy.parameter_gradient(pass);
    CHECK((energy.parameter_gradient(got.pass) - expected).norm() <= 1e-9 * (1 + expected.norm()));
  }
  CHECK(on_kinks >= 50);
}

TEST_CASE("options and shapes that do not fit are refused") {
  const NetworkProblem p = wide_problem(Activation::kTanh, Placement::kPre, 4);
  const auto refusal = [&](const BatchInferenceOptions& options) {
    return message_of<std::invalid_argument>(
        [&] { BatchInference<double> unused(p.energy(), options); });
  };
  BatchInferenceOptions options;
  options.step = -1;
  CHECK(refusal(options) == "inference step: expected a finite number >= 0, got -1");
  options = {};
  options.momentum = 1;
  CHECK(refusal(options) == "inference momentum: expected a number in [0, 1), got 1");
  options = with(InferenceMethod::kNewton, 5);
  options.record = true;
  CHECK(contains(refusal(options), "newton: expected no record"));
  options = with(InferenceMethod::kConjugateGradients, 5);
  options.step = 0.1;
  CHECK(contains(refusal(options), "cg: expected no step"));
  CHECK(refusal(with(InferenceMethod::kDescent, -1)) == "inference steps: expected >= 0, got -1");
  CHECK(contains(refusal(with(InferenceMethod::kDescent, 1, -1)), "inference tolerance: expected"));
  BatchInference<double> inference(p.energy(), {});
  NetworkPass<double> pass;
  CHECK(message_of<std::invalid_argument>([&] {
          inference.run(p.theta, p.x, p.y.leftCols(3), pass);
        }) == "targets: expected 5 x 4, got 5 x 3");
  CHECK(contains(message_of<std::invalid_argument>([&] { inference.advance(p.theta, 1, pass); }),
                 "expected a batch that was started"));
  for (const std::string& method : inference_method_names())
    CHECK(name(parse_inference_method(method)) == method);
  CHECK(contains(message_of<std::invalid_argument>([] { (void)parse_inference_method("sgd"); }),
                 "inference method: expected one of descent, momentum, cg"));
}

}  // namespace
}  // namespace saddlescope

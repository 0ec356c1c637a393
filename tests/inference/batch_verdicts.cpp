// How inference on mini-batches ends: steps, verdicts, what is not finite, pieces, kinks, refusals.
#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

#include "batch_problems.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/inference/batch_inference.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using testing::BatchRun;
using testing::infer;
using testing::network_problems;
using testing::NetworkProblem;
using testing::wide_problem;
using testing::wide_problems;
using testing::with;

constexpr double kEps = std::numeric_limits<double>::epsilon();

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

// Newton's method runs in double on the rounded weights; its z is then rounded.
TEST_CASE("in single precision samples on kinks are settled too") {
  const NetworkProblem p = wide_problem(Activation::kRelu, Placement::kPost, 8);
  BatchInference<float> single(NetworkEnergy<float>(p.architecture),
                               with(InferenceMethod::kDescent, 10, 1e-6));
  NetworkPass<float> pass;
  const VectorOf<float> theta = p.theta.cast<float>();
  const MatrixOf<float> x = p.x.cast<float>();
  const MatrixOf<float> y = p.y.cast<float>();
  const BatchInferenceReport& report = single.run(theta, x, y, pass);
  CHECK(report.converged == 8);
  CHECK(report.active_set == 8);
  CHECK(report.on_kinks > 0);
  NetworkProblem rounded = p;
  rounded.theta = theta.cast<double>();
  rounded.x = x.cast<double>();
  rounded.y = y.cast<double>();
  const BatchRun exact = infer(rounded, with(InferenceMethod::kDescent, 10, 1e-6));
  const double eps = std::numeric_limits<float>::epsilon();
  const Vector g = p.energy().parameter_gradient(exact.pass);
  const VectorOf<float> g_single = NetworkEnergy<float>(p.architecture).parameter_gradient(pass);
  CHECK((g_single.cast<double>() - g).norm() <= 100 * eps * (1 + g.norm()));
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
                 "inference method: expected descent, momentum, cg"));
}

}  // namespace
}  // namespace saddlescope

// Twins: each update is the gradient it says, on the batch it says, and runs can be cut in two.
#include "saddlescope/training/twin_training.hpp"

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/network_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/training/batches.hpp"
#include "saddlescope/training/training_state.hpp"

namespace saddlescope {
namespace {

using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

NetworkProblem problem(Activation activation, Index samples, std::uint64_t seed,
                       bool biases = true) {
  const Architecture net{{3, 5, 4, 2}, {1, 1, 1},        {0, 0, 0}, {1, 1, 1},
                         activation,   Placement::kPost, biases,    OutputLoss::kMse};
  return testing::network_problem(net, 0, {}, samples, seed);
}

Dataset data_of(const NetworkProblem& p) { return {p.x, p.y, "random"}; }

TwinOptions options_of(Index batch, Index updates) {
  TwinOptions options;
  options.optimiser.learning_rate = 0.01;
  options.batch = batch;
  options.updates = updates;
  options.inference.tolerance = 1e-11;
  options.inference.max_steps = 100000;
  options.seed = 3;
  return options;
}

template <class T = double>
std::unique_ptr<TwinTraining> twins(const NetworkProblem& p, const TwinOptions& options) {
  const NetworkEnergy<T> energy(p.architecture, p.decay);
  return make_twin_training<T>(energy, options, p.theta, data_of(p), data_of(p));
}

// The step the twins' first update takes, over eta.
Vector first_step(const NetworkProblem& p, TwinOptions options, TrainingAlgorithm algorithm) {
  options.algorithms = {algorithm};
  const auto training = twins(p, options);
  CHECK(training->advance());
  const RunState run = training->save().runs.front();
  CHECK(run.summary.message == "");
  return (p.theta - run.theta) / options.optimiser.learning_rate;
}

// What the subtraction of both thetas loses.
double step_error(const NetworkProblem& p) { return 10 * kEps * p.theta.norm() / 0.01; }

TEST_CASE("one update of bp descends lambda times the loss, one of pc the equilibrated energy") {
  NetworkProblem p = problem(Activation::kTanh, 7, 11);
  const double lambda = p.architecture.lambda();
  REQUIRE(lambda != 1);
  const Vector loss =
      lambda * network_loss(p.architecture, data_of(p))->at(p.theta).point->gradient();
  const Vector bp = first_step(p, options_of(7, 1), TrainingAlgorithm::kBp);
  CHECK((bp - loss).norm() <= step_error(p) + 100 * kEps * loss.norm());
  const auto point = network_equilibrated_energy(p.energy(), data_of(p))->at(p.theta).point;
  REQUIRE(point);
  // |dz| <= |F_z|/lambda_min at the tolerance 1e-11: three digits for lambda_min.
  const Vector pc = first_step(p, options_of(7, 1), TrainingAlgorithm::kPc);
  CHECK((pc - point->gradient()).norm() <= 1e-8 * pc.norm());
  CHECK((pc - bp).norm() >= 1e-3 * pc.norm());
}

// F* -> lambda L: the twins' updates agree to first order in lambda.
TEST_CASE("twins part by O(lambda)") {
  NetworkProblem p = problem(Activation::kTanh, 7, 12);
  const auto distance = [&](double lambda) {
    p.architecture.precisions.back() = lambda;
    const Vector bp = first_step(p, options_of(7, 1), TrainingAlgorithm::kBp);
    return (first_step(p, options_of(7, 1), TrainingAlgorithm::kPc) - bp).norm() / bp.norm();
  };
  CHECK(distance(1e-3) / distance(1e-4) == doctest::Approx(10).epsilon(0.02));
}

// n samples, d_y = 2 outputs: pc's step is n times the mean's, bp's 2/d_y times the loss's.
TEST_CASE("the published normalisation makes pc's step n d_y/2 times bp's") {
  const NetworkProblem p = problem(Activation::kRelu, 8, 13);
  TwinOptions options = options_of(8, 1);
  const auto ratio = [&](TrainingAlgorithm algorithm) {
    options.normalisation = Normalisation::kMatched;
    const double matched = first_step(p, options, algorithm).norm();
    options.normalisation = Normalisation::kPcSaddles;
    return first_step(p, options, algorithm).norm() / matched;
  };
  CHECK(ratio(TrainingAlgorithm::kPc) == doctest::Approx(8).epsilon(1e-9));
  CHECK(ratio(TrainingAlgorithm::kBp) == doctest::Approx(2.0 / 2).epsilon(1e-9));
  for (const char* text : {"matched", "pc-saddles"}) CHECK(name(parse_normalisation(text)) == text);
}

TEST_CASE("a short batch enters with the weight of its samples") {
  const NetworkProblem p = problem(Activation::kTanh, 10, 14);
  TwinOptions options = options_of(8, 2);
  options.algorithms = {TrainingAlgorithm::kBp};
  const auto training = twins(p, options);
  while (training->advance()) {
  }
  BatchSequence batches(10, 8, options.seed);
  Vector theta = p.theta;
  for (Index k = 0; k < 2; ++k) {
    const auto columns = batches.at(k);
    const Dataset batch = select(data_of(p), {columns.begin(), columns.end()});
    theta -= 0.01 * (static_cast<double>(columns.size()) / 8) * p.architecture.lambda() *
             network_loss(p.architecture, batch)->at(theta).point->gradient();
  }
  CHECK((training->save().runs.front().theta - theta).norm() <= 1e3 * kEps * theta.norm());
}

TEST_CASE("weight decay acts on weights and not on biases") {
  const NetworkProblem p = problem(Activation::kTanh, 7, 15);
  TwinOptions options = options_of(7, 1);
  const Vector plain = first_step(p, options, TrainingAlgorithm::kBp);
  options.optimiser.weight_decay = 0.5;
  const Vector decayed = first_step(p, options, TrainingAlgorithm::kBp);
  Vector expected = Vector::Zero(p.theta.size());
  for (Index l = 0; l < 3; ++l)
    weight(p.architecture, expected, l) = 0.5 * weight(p.architecture, p.theta, l);
  CHECK((decayed - plain - expected).norm() <= 2 * step_error(p));
}

// The gradient of s/2 |W'W - I|^2 joins that of both algorithms, under either normalisation.
TEST_CASE("the spectral penalty adds 2 s W (W'W - I) to both twins' gradients of weights") {
  const NetworkProblem p = problem(Activation::kTanh, 7, 15);
  for (const Normalisation normalisation : {Normalisation::kMatched, Normalisation::kPcSaddles})
    for (const TrainingAlgorithm algorithm : {TrainingAlgorithm::kBp, TrainingAlgorithm::kPc}) {
      TwinOptions options = options_of(7, 1);
      options.normalisation = normalisation;
      const Vector plain = first_step(p, options, algorithm);
      options.spectral_penalty = 0.5;
      const Vector penalised = first_step(p, options, algorithm);
      Vector expected = Vector::Zero(p.theta.size());
      for (Index l = 0; l < 3; ++l) {
        const Matrix W = weight(p.architecture, p.theta, l);
        weight(p.architecture, expected, l) = W * W.transpose() * W - W;
      }
      const double size = 1 + plain.norm() + expected.norm();
      CHECK((penalised - plain - expected).norm() <= size * step_error(p));
    }
}

// Both algorithms, momentum, a cosine schedule, records that reset means, and two precisions: state
// goes through a file.
template <class T>
void check_resume(const NetworkProblem& p, int threads) {
  TwinOptions options = options_of(4, 9);
  options.inference.tolerance = 0;
  options.inference.max_steps = 5;
  options.optimiser.kind = OptimiserKind::kAdam;
  options.schedule = {ScheduleKind::kCosine, 0, 1};
  const auto whole = twins<T>(p, options);
  while (whole->advance())
    if (whole->update() % 3 == 0) static_cast<void>(whole->record({}));
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder / "state.h5";
  {
    const auto first = twins<T>(p, options);
    for (Index k = 0; k < 4; ++k) {
      first->advance();
      if (first->update() % 3 == 0) static_cast<void>(first->record({}));
    }
    write_checkpoint(file, {"config", "a,b\n1,2\n", first->save()});
  }
  set_threads(threads);
  const Checkpoint found = read_checkpoint(file);
  CHECK(found.config == "config");
  CHECK(found.log == "a,b\n1,2\n");
  const auto rest = twins<T>(p, options);
  rest->restore(found.state);
  while (rest->advance())
    if (rest->update() % 3 == 0) static_cast<void>(rest->record({}));
  set_threads(1);
  for (std::size_t i = 0; i < 2; ++i) {
    const RunState a = whole->save().runs[i], b = rest->save().runs[i];
    CHECK(a.theta == b.theta);
    CHECK(a.second == b.second);
    CHECK(a.optimiser_steps == 9);
    CHECK(b.optimiser_steps == 9);
    CHECK(a.objective_sum == b.objective_sum);
    CHECK(a.best_loss == b.best_loss);
  }
}

TEST_CASE("a run cut in two is bit for bit the whole one, on any number of threads") {
  const NetworkProblem p = problem(Activation::kRelu, 70, 16);
  for (const int threads : {1, 2}) {
    check_resume<double>(p, threads);
    check_resume<float>(p, threads);
  }
}

TEST_CASE("states of other runs are refused") {
  const NetworkProblem p = problem(Activation::kTanh, 8, 17);
  const auto training = twins(p, options_of(4, 3));
  TrainingState state = training->save();
  state.runs.pop_back();
  CHECK_THROWS_AS(training->restore(state), std::invalid_argument);
  state = training->save();
  state.runs.front().theta = Vector::Zero(3);
  CHECK_THROWS_AS(training->restore(state), std::invalid_argument);
  state = training->save();
  state.update = 4;
  CHECK_THROWS_AS(training->restore(state), std::invalid_argument);
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(static_cast<void>(read_checkpoint(folder / "none.h5")), std::invalid_argument);
}

TEST_CASE("a run that leaves the finite numbers ends with its update and layer, its twin goes on") {
  const NetworkProblem p = problem(Activation::kRelu, 8, 18);
  for (const TrainingAlgorithm algorithm : {TrainingAlgorithm::kPc, TrainingAlgorithm::kBp}) {
    TwinOptions options = options_of(4, 40);
    options.inference.tolerance = 0;
    options.inference.max_steps = 5;
    options.optimiser.learning_rate = 1e100;
    options.algorithms = {algorithm};
    const auto training = twins(p, options);
    while (training->advance()) {
    }
    const RunState run = training->save().runs.front();
    CAPTURE(run.summary.message);
    CHECK(run.ended);
    CHECK(run.summary.status == Status::kNotFinite);
    CHECK(test::contains(run.summary.message, fmt::format("update {}:", run.updates + 1)));
    CHECK(test::contains(run.summary.message, "layer"));
    CHECK(run.theta.allFinite());
    CHECK(run.updates < 40);
  }
}

TEST_CASE("patience and target end runs, and each run has one last record") {
  const NetworkProblem p = problem(Activation::kTanh, 8, 19);
  TwinOptions options = options_of(8, 500);
  options.algorithms = {TrainingAlgorithm::kBp};
  options.optimiser.learning_rate = 3;  // bounces
  options.patience = 3;
  const auto bouncing = twins(p, options);
  Index records = 0;
  while (bouncing->advance()) records += static_cast<Index>(bouncing->record({}).size());
  CHECK(bouncing->save().runs.front().ended);
  CHECK(bouncing->update() < 500);
  CHECK(records == bouncing->update());
  CHECK(bouncing->record({}).empty());
  options.patience = 0;
  options.optimiser.learning_rate = 0.01;
  const auto fresh = twins(p, options);
  const double start = fresh->record({}).front().values.front().second[0];
  options.target_loss = 0.9 * start;
  const auto aimed = twins(p, options);
  double loss = start;
  while (aimed->advance()) loss = aimed->record({}).front().values.front().second[0];
  CHECK(loss <= options.target_loss);
  CHECK(aimed->update() < 500);
}

TEST_CASE("options that do not fit are refused") {
  const NetworkProblem p = problem(Activation::kTanh, 8, 20);
  const auto refuses = [&](auto change) {
    TwinOptions options = options_of(4, 3);
    change(options);
    CHECK_THROWS_AS(static_cast<void>(twins(p, options)), std::invalid_argument);
  };
  refuses([](TwinOptions& o) { o.algorithms.clear(); });
  refuses([](TwinOptions& o) { o.algorithms.assign(2, TrainingAlgorithm::kPc); });
  refuses([](TwinOptions& o) { o.batch = 9; });
  refuses([](TwinOptions& o) { o.updates = -1; });
  refuses([](TwinOptions& o) { o.target_loss = -1; });
  refuses([](TwinOptions& o) { o.probe_samples = 0; });
  refuses([](TwinOptions& o) {
    o.incremental = true;
    o.inference.method = InferenceMethod::kNewton;
  });
}

}  // namespace
}  // namespace saddlescope

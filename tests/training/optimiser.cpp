// Update rules against their closed forms on known gradients.
#include "saddlescope/training/optimiser.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "saddlescope/base/threads.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// theta_T on f = h theta^2/2 from theta_0 = 1, gradient h theta.
double quadratic(const OptimiserOptions& options, double h, int steps) {
  const auto optimiser = make_optimiser(options);
  Vector theta = Vector::Ones(1);
  for (int k = 0; k < steps; ++k) {
    const Vector gradient = h * theta;
    optimiser->step(gradient, theta);
  }
  return theta[0];
}

// (1 - eta h)^T.
TEST_CASE("gradient descent contracts a quadratic by 1 - eta h a step") {
  OptimiserOptions options;
  options.learning_rate = 0.1;
  CHECK(quadratic(options, 3, 20) == doctest::Approx(std::pow(0.7, 20)).epsilon(100 * kEps));
}

// theta_{t+1} = (1 + mu - eta h) theta_t - mu theta_{t-1}, theta_1 = (1 - eta h) theta_0. At
// eta h = (1 - sqrt mu)^2 both roots are sqrt mu =: q, and theta_t = (1 + c t) q^t.
TEST_CASE("momentum follows its critically damped closed form") {
  OptimiserOptions options;
  options.kind = OptimiserKind::kMomentum;
  options.momentum = 0.25;
  options.learning_rate = 0.125;  // times h = 2: 0.25 = (1 - 0.5)^2
  const double q = 0.5, c = (1 - 0.25) / q - 1;
  for (const int t : {1, 2, 3, 10})
    CHECK(quadratic(options, 2, t) == doctest::Approx((1 + c * t) * std::pow(q, t)).epsilon(1e-13));
}

// Under a constant gradient both bias-corrected moments are exactly g and g^2.
TEST_CASE("Adam moves by eta g/(|g| + e) a step under a constant gradient") {
  OptimiserOptions options;
  options.kind = OptimiserKind::kAdam;
  options.learning_rate = 0.01;
  const auto optimiser = make_optimiser(options);
  Vector theta = Vector::Zero(3);
  const Vector gradient = (Vector(3) << 2, -1e-8, 0).finished();
  for (int k = 0; k < 50; ++k) optimiser->step(gradient, theta);
  CHECK(theta[0] == doctest::Approx(-0.5 * 2 / (2 + 1e-8)).epsilon(1e-12));
  CHECK(theta[1] == doctest::Approx(0.25).epsilon(1e-12));
  CHECK(theta[2] == 0);
}

// Two steps by hand: g = 1, then -1. m^ = (.09 - .1)/.19, v^ = 1 (to rounding).
TEST_CASE("Adam weighs gradients as published") {
  OptimiserOptions options;
  options.kind = OptimiserKind::kAdam;
  options.learning_rate = 1;
  const auto optimiser = make_optimiser(options);
  Vector theta = Vector::Zero(1);
  optimiser->step(Vector::Ones(1), theta);
  const double first = theta[0];
  CHECK(first == doctest::Approx(-1 / (1 + 1e-8)).epsilon(1e-13));
  optimiser->step(-Vector::Ones(1), theta);
  CHECK(theta[0] - first == doctest::Approx(0.01 / 0.19 / (1 + 1e-8)).epsilon(1e-11));
}

// eta/(1 - b1^t) m / sqrt(v) does not change when all gradients are multiplied by c, up to e.
TEST_CASE("Adam is invariant to the scale of the gradient") {
  OptimiserOptions options;
  options.kind = OptimiserKind::kAdam;
  const auto path = [&](double c) {
    const auto optimiser = make_optimiser(options);
    Vector theta = Vector::Zero(1);
    for (int k = 0; k < 10; ++k) optimiser->step(Vector::Constant(1, c * std::cos(k)), theta);
    return theta[0];
  };
  CHECK(path(1) == doctest::Approx(path(1000)).epsilon(1e-6));
  CHECK(path(1) != 0);
}

OptimiserOptions decaying(OptimiserKind kind, double decay) {
  OptimiserOptions options;
  options.kind = kind;
  options.learning_rate = 0.1;
  options.weight_decay = decay;
  return options;
}

// Descent with decay w on f is descent on f + (w/2)|theta|^2, the same for momentum and Adam; of an
// entry outside `decayed` it is descent on f. A handful of roundings a step.
TEST_CASE("weight decay is the penalty (w/2)|W|^2 on the entries it acts on and on no others") {
  constexpr double kDecay = 0.7;
  for (const OptimiserKind kind :
       {OptimiserKind::kGradientDescent, OptimiserKind::kMomentum, OptimiserKind::kAdam}) {
    CAPTURE(name(kind));
    OptimiserOptions options = decaying(kind, kDecay);
    options.decayed = {{1, 3}};
    const auto decayed = make_optimiser(options), penalised = make_optimiser(decaying(kind, 0));
    Vector theta = Vector::LinSpaced(4, 1, 2), expected = theta;
    for (int k = 0; k < 10; ++k) {
      Vector gradient = Vector::Constant(4, std::sin(k)), sum = gradient;
      decayed->step(gradient, theta);
      sum.segment(1, 2) += kDecay * expected.segment(1, 2);
      penalised->step(sum, expected);
      CHECK((theta - expected).norm() <= 100 * kEps);
    }
    CHECK(theta[1] != theta[0]);
  }
}

// Without a gradient Adam does not move, and AdamW shrinks by 1 - eta w a step, however long the
// step that Adam would take.
TEST_CASE("AdamW shrinks weights by 1 - eta w a step beside Adam's own") {
  const auto adamw = make_optimiser(decaying(OptimiserKind::kAdamW, 0.5));
  Vector theta = Vector::Ones(2);
  for (int k = 0; k < 20; ++k) adamw->step(Vector::Zero(2), theta);
  CHECK(theta[1] == doctest::Approx(std::pow(0.95, 20)).epsilon(100 * kEps));
  const auto one = make_optimiser(decaying(OptimiserKind::kAdamW, 0.5));
  const auto adam = make_optimiser(decaying(OptimiserKind::kAdam, 0));
  Vector moved = Vector::Ones(1), plain = Vector::Zero(1);
  one->step(Vector::Constant(1, 3), moved);
  adam->step(Vector::Constant(1, 3), plain);
  CHECK(moved[0] - plain[0] == doctest::Approx(0.95).epsilon(10 * kEps));
}

// Chunks of 4096 entries, and threads from 65536 on.
TEST_CASE("long vectors give every entry what a short one gives, for any number of threads") {
  constexpr Index kLong = 70001;
  for (const OptimiserKind kind : {OptimiserKind::kMomentum, OptimiserKind::kAdamW}) {
    const Vector start = Vector::LinSpaced(kLong, -1, 1);
    const auto path = [&](int threads, Index begin, Index size) {
      set_threads(threads);
      const auto optimiser = make_optimiser(decaying(kind, 0.1));
      Vector theta = start.segment(begin, size);
      for (int k = 0; k < 3; ++k) optimiser->step((theta.array() * (k - 1)).matrix(), theta);
      set_threads(1);
      return theta;
    };
    const Vector serial = path(1, 0, kLong);
    CHECK(path(2, 0, kLong) == serial);
    for (const Index at : {Index{0}, Index{4095}, Index{4096}, kLong - 1})
      CHECK(path(1, at, 1)[0] == serial[at]);
  }
}

TEST_CASE("an optimiser restored from its state goes on bit for bit") {
  for (const OptimiserKind kind : {OptimiserKind::kGradientDescent, OptimiserKind::kMomentum,
                                   OptimiserKind::kAdam, OptimiserKind::kAdamW}) {
    const auto whole = make_optimiser<float>(decaying(kind, 0.1));
    VectorOf<float> theta = VectorOf<float>::LinSpaced(5, -1, 1);
    const auto gradient = [](const VectorOf<float>& x) -> VectorOf<float> {
      return x.array().cos();
    };
    for (int k = 0; k < 4; ++k) whole->step(gradient(theta), theta);
    const auto rest = make_optimiser<float>(decaying(kind, 0.1));
    rest->restore(whole->state());
    VectorOf<float> resumed = theta;
    for (int k = 0; k < 4; ++k) {
      whole->step(gradient(theta), theta);
      rest->step(gradient(resumed), resumed);
    }
    CHECK(theta == resumed);
  }
}

// A float step rounds its handful of operations to eps of single precision, here on numbers of
// size 1; ten steps pass errors on with factors near 1.
TEST_CASE("single precision follows double") {
  for (const OptimiserKind kind : {OptimiserKind::kGradientDescent, OptimiserKind::kMomentum,
                                   OptimiserKind::kAdam, OptimiserKind::kAdamW}) {
    const auto exact = make_optimiser(decaying(kind, 0.1));
    const auto rounded = make_optimiser<float>(decaying(kind, 0.1));
    Vector theta = Vector::LinSpaced(5, -1, 1);
    VectorOf<float> single = theta.cast<float>();
    for (int k = 0; k < 10; ++k) {
      const Vector gradient = Vector::Constant(5, 1 + std::sin(k));
      exact->step(gradient, theta);
      rounded->step(gradient.cast<float>(), single);
    }
    CHECK((theta - single.cast<double>()).norm() <=
          100 * static_cast<double>(std::numeric_limits<float>::epsilon()));
  }
}

TEST_CASE("names round trip and bad options are refused") {
  for (const char* text : {"gd", "momentum", "adam", "adamw"})
    CHECK(name(parse_optimiser(text)) == text);
  CHECK(parse_optimiser("sgd") == OptimiserKind::kGradientDescent);
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_optimiser("lion")),
                       "optimiser: expected gd, momentum, adam or adamw, got 'lion'",
                       std::invalid_argument);
  const auto refuses = [](OptimiserKind kind, auto change) {
    OptimiserOptions options;
    options.kind = kind;
    change(options);
    CHECK_THROWS_AS(static_cast<void>(make_optimiser(options)), std::invalid_argument);
  };
  using O = OptimiserOptions;
  refuses(OptimiserKind::kGradientDescent, [](O& o) { o.learning_rate = 0; });
  refuses(OptimiserKind::kMomentum, [](O& o) { o.momentum = 1; });
  refuses(OptimiserKind::kAdam, [](O& o) { o.beta1 = -0.1; });
  refuses(OptimiserKind::kAdam, [](O& o) { o.beta2 = 1; });
  refuses(OptimiserKind::kAdam, [](O& o) { o.epsilon = 0; });
  refuses(OptimiserKind::kAdamW, [](O& o) { o.weight_decay = -1; });
}

}  // namespace
}  // namespace saddlescope

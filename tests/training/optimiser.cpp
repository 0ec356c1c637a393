// Update rules against their closed forms on known gradients.
#include "saddlescope/training/optimiser.hpp"

#include <doctest/doctest.h>

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

TEST_CASE("names round trip and bad options are refused") {
  for (const char* text : {"gd", "momentum", "adam"}) CHECK(name(parse_optimiser(text)) == text);
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_optimiser("sgd")),
                       "optimiser: expected gd, momentum or adam, got 'sgd'",
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
}

}  // namespace
}  // namespace saddlescope

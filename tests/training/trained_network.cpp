// The exact Hessians of a trained nonlinear network: what the eigen-solver finds is what differences
// of re-equilibrated gradients show.
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/digits.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/data/normalise.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/training/full_batch.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// 64-24-24-10 tanh, p = 2352, trained on F* of 60 digits by Adam.
TEST_CASE("extreme eigenvalues of a trained tanh network are Rayleigh quotients of differences") {
  const Dataset data = draw(normalise(digits(), "standard"), 60, 0);
  const Architecture net{{64, 24, 24, 10}, {1, 1, 1},         {0, 0, 0},
                         {1, 1, 1},        Activation::kTanh, Placement::kPost};
  RandomStream stream(0, "weights");
  const Vector start = initialise(net, {}, stream);
  const auto energy = network_equilibrated_energy(NetworkEnergy<double>(net), data);
  const auto loss = network_loss(net, data);
  OptimiserOptions adam;
  adam.kind = parse_optimiser("adam");
  adam.learning_rate = 0.01;
  FullBatchTrainer trainer(*energy, start, adam);
  train(trainer, 100, [](const FullBatchTrainer& /*now*/) {});
  REQUIRE(trainer.summary().ok());
  CHECK(trainer.value() < 0.1 * energy->at(start).point->value());
  const Vector& theta = trainer.theta();
  REQUIRE(theta.size() >= 2000);
  for (const Objective<double>* objective : {loss.get(), energy.get()}) {
    CAPTURE(objective->name());
    const auto point = objective->at(theta).point;
    REQUIRE(point != nullptr);
    const Eigenpairs pairs = symmetric_eigenpairs(point->hessian());
    const double size = pairs.values.cwiseAbs().maxCoeff();
    const double zero = point->hessian_error_bound();
    MESSAGE(objective->name(), ": largest |eigenvalue| ", size, ", rounding at most ", zero);
    CHECK(zero <= 1e-8 * size);
    for (const Index i : {Index{0}, Index{1}, theta.size() - 2, theta.size() - 1}) {
      const Vector v = pairs.vectors.col(i);
      const auto quotient = [&](double h) {
        const Vector up = objective->at(theta + h * v).point->gradient();
        const Vector down = objective->at(theta - h * v).point->gradient();
        return (up - down).dot(v) / (2 * h);
      };
      // Errors of h^2, three times the finer one's, and of a hundred roundings of the gradient.
      const double h = 1e-4;
      const double coarse = quotient(h);
      const double fine = quotient(h / 2);
      MESSAGE(objective->name(), " eigenvalue ", i + 1, ": ", pairs.values[i], ", difference ",
              std::abs(fine - pairs.values[i]));
      CHECK(std::abs(fine - pairs.values[i]) <=
            std::abs(coarse - fine) + 200 * kEps * (1 + size) / h);
    }
  }
}

}  // namespace
}  // namespace saddlescope

// Equilibria on kinks: closed form, minimality, the multipliers in the weight gradient, the balance
// law.
#include "saddlescope/inference/kinked_newton.hpp"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"

#include "saddlescope/data/digits.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/data/normalise.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope {
namespace {

using testing::network_problems;
using testing::NetworkProblem;

// Problems with kinks, and the same with larger weights, where more units sit on them.
std::vector<NetworkProblem> kinked_problems() {
  std::vector<NetworkProblem> out;
  for (const NetworkProblem& p : network_problems()) {
    if (kinks(p.architecture.activation).empty()) continue;
    out.push_back(p);
    out.push_back(p);
    out.back().name += " (large)";
    out.back().theta *= 1.5;
  }
  return out;
}

bool is_minimum(const StationarityCertificate& c) {
  return c.verdict == StationarityVerdict::kMinimum || c.verdict == StationarityVerdict::kOnKinks;
}

// Pre, ReLU, one unit: F = 1/2 (z - x)^2 + 1/2 (y - max(z, 0))^2 for x = 0.2, y = -1 falls from
// both sides to z = 0: there z - x = -0.2 = s (y - 0), so s = 0.2.
TEST_CASE("the kink of a scalar network is found with its multiplier") {
  const Architecture net{{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}, Activation::kRelu, Placement::kPre};
  const NetworkEquilibrium got =
      network_equilibrium(NetworkEnergy<double>(net), Vector{{1, 1}}, Matrix::Constant(1, 1, 0.2),
                          Matrix::Constant(1, 1, -1));
  const StationarityCertificate& c = got.samples[0];
  CHECK(got.summary.ok());
  CHECK(c.verdict == StationarityVerdict::kOnKinks);
  REQUIRE(c.kinks.size() == 1);
  CHECK(c.kinks[0].layer == 1);
  CHECK(c.kinks[0].at == 0);
  CHECK(c.kinks[0].slope == doctest::Approx(0.2).epsilon(1e-14));
  CHECK(std::abs(got.z(0, 0)) <= 1e-15);
  CHECK(c.energy == doctest::Approx(0.52).epsilon(1e-14));
}

TEST_CASE("certified points on kinks have less energy than all points around them") {
  RandomStream stream(3, "perturbations");
  int on_kinks = 0;
  int certified = 0;
  int samples = 0;
  for (const NetworkProblem& p : kinked_problems()) {
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    const NetworkEquilibrium got = network_equilibrium(energy, p.theta, p.x, p.y);
    for (Index i = 0; i < p.x.cols(); ++i) {
      const StationarityCertificate& c = got.samples[static_cast<std::size_t>(i)];
      ++samples;
      if (!is_minimum(c)) continue;
      ++certified;
      if (!c.kinks.empty()) ++on_kinks;
      CHECK((c.verdict == StationarityVerdict::kOnKinks) == !c.kinks.empty());
      NetworkPass<double> pass;
      for (int trial = 0; trial < 20; ++trial) {
        Matrix d = stream.normal_matrix(got.z.rows(), 1);
        d *= 1e-5 / d.norm();
        energy.evaluate(p.theta, p.x.col(i), p.y.col(i), got.z.col(i) + d, pass);
        CHECK(energy.energies(pass)[0] > c.energy);
      }
    }
  }
  CHECK(certified >= samples * 97 / 100);
  CHECK(on_kinks >= samples / 5);
}

// dF*/dtheta by the envelope theorem with the multipliers, against inference run anew: a small step
// keeps the pattern of kinks, on which F* is smooth.
TEST_CASE("the multipliers make the weight gradient that of the re-equilibrated energy") {
  RandomStream stream(5, "directions");
  const double h = 1e-6;
  int tested = 0;
  for (const NetworkProblem& p : kinked_problems()) {
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    const Vector d = stream.normal_matrix(p.theta.size(), 1) / p.theta.norm();
    const NetworkEquilibrium here = network_equilibrium(energy, p.theta, p.x, p.y);
    const NetworkEquilibrium up = network_equilibrium(energy, p.theta + h * d, p.x, p.y);
    const NetworkEquilibrium down = network_equilibrium(energy, p.theta - h * d, p.x, p.y);
    for (Index i = 0; i < p.x.cols(); ++i) {
      const auto k = static_cast<std::size_t>(i);
      const StationarityCertificate& c = here.samples[k];
      const bool same = up.samples[k].kinks.size() == c.kinks.size() &&
                        down.samples[k].kinks.size() == c.kinks.size() &&
                        (up.z.col(i) - here.z.col(i)).norm() < 1e-3;
      if (c.kinks.empty() || !is_minimum(c) || !same) continue;
      NetworkPass<double> pass;
      energy.evaluate(p.theta, p.x.col(i), p.y.col(i), here.z.col(i), pass);
      apply_kinks(p.architecture, c.kinks, 0, pass);
      const double slope = energy.parameter_gradient(pass).dot(d);
      const double difference = (up.samples[k].energy - down.samples[k].energy) / (2 * h);
      CHECK(std::abs(slope - difference) <= 1e-8 * (1 + c.energy + std::abs(slope)));
      ++tested;
    }
  }
  CHECK(tested >= 60);
}

// The balance law [D]: <eps_{l,i}^2>/pi_l = (a W' G)_{ii} of the layer above - (a G W')_{ii} - b <delta>,
// with parameter gradients -a G and -<delta>; at kinks only with their multipliers.
TEST_CASE("positively homogeneous networks obey the balance law, kinks included") {
  int tested = 0;
  for (const NetworkProblem& p : kinked_problems()) {
    const Architecture& net = p.architecture;
    if (!is_positively_homogeneous(net.activation) || p.decay != 0 || net.skips[1] != 0) continue;
    CAPTURE(p.name);
    const NetworkEquilibrium equilibrium = network_equilibrium(p.energy(), p.theta, p.x, p.y);
    for (Index i = 0; i < p.x.cols(); ++i) {
      const StationarityCertificate& c = equilibrium.samples[static_cast<std::size_t>(i)];
      if (!is_minimum(c)) continue;
      tested += c.kinks.empty() ? 0 : 1;
      NetworkPass<double> pass;
      p.energy().evaluate(p.theta, p.x.col(i), p.y.col(i), equilibrium.z.col(i), pass);
      apply_kinks(net, c.kinks, 0, pass);
      const Vector g = p.energy().parameter_gradient(pass);
      const auto weighted = [&](Index layer) -> Matrix {
        return Matrix(weight(net, g, layer)).cwiseProduct(Matrix(weight(net, p.theta, layer)));
      };
      for (Index l = 0; l + 1 < net.depth(); ++l) {
        const auto at = static_cast<std::size_t>(l);
        Vector balance = weighted(l).rowwise().sum() - weighted(l + 1).colwise().sum().transpose();
        if (net.biases) balance += bias(net, g, l).cwiseProduct(bias(net, p.theta, l));
        const Vector errors = pass.error[at].cwiseAbs2() / net.precisions[at];
        CHECK((balance - errors).norm() <= 1e-11 * (1 + errors.norm() + g.norm()));
      }
    }
  }
  CHECK(tested >= 20);  // samples on kinks, of 24 that are here
}

// Larger inputs: near the end F shows no step any more, and the gradient has to tell.
TEST_CASE("inference on kinks ends at rounding for images, too") {
  const Dataset data = draw(normalise(digits(), "standard"), 60, 0);
  for (const OutputLoss loss : {OutputLoss::kMse, OutputLoss::kCrossEntropy})
    for (const Placement placement : {Placement::kPre, Placement::kPost}) {
      Architecture net{{64, 8, 8, 10},    {1, 1, 1}, {0, 0, 0}, {1, 1, 1},
                       Activation::kRelu, placement, false,     loss};
      CAPTURE(name(loss));
      CAPTURE(name(placement));
      RandomStream stream(0, "weights");
      const Vector theta = initialise(net, {}, stream);
      const auto got = network_equilibrium(NetworkEnergy<double>(net), theta, data.x, data.y);
      CHECK_MESSAGE(got.summary.ok(), got.summary.message);
      for (const StationarityCertificate& c : got.samples) CHECK(c.gradient_norm <= 1e-12);
    }
}

}  // namespace
}  // namespace saddlescope

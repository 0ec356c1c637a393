// Laws of the energy of nonlinear networks: derivatives, invariances, the linear case.
#include "saddlescope/energy/network_energy.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"
#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/activity_energy.hpp"

namespace saddlescope {
namespace {

using test::message_of;
using testing::network_problems;
using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

NetworkPass<double> pass_at(const NetworkProblem& p, const Vector& theta, const Matrix& z) {
  NetworkPass<double> pass;
  p.energy().evaluate(theta, p.x, p.y, z, pass);
  return pass;
}

double mean_energy(const NetworkProblem& p, const Vector& theta, const Matrix& z) {
  return p.energy().energies(pass_at(p, theta, z)).mean();
}

// The central difference with step h errs by c h^2 and by eps |F|/h in rounding. Smooth: halving h
// must divide the error by four. Pieces: F is a polynomial on the piece around the point, with c of
// order one, and the step is small enough to stay on it.
template <class Line>
void check_directional(const NetworkProblem& p, const Line& F, double expected) {
  CAPTURE(p.name);
  const auto error = [&](double h) { return std::abs((F(h) - F(-h)) / (2 * h) - expected); };
  const double size = 10 + std::abs(F(0));
  if (kinks(p.architecture.activation).empty()) {
    const double coarse = error(4e-3);
    const double fine = error(2e-3);
    CHECK(fine <= coarse / 3.5 + 4 * kEps * size / 2e-3);
    CHECK(fine <= 1e-5 * size);
  } else {
    CHECK(error(1e-5) <= 1e-9 * size + 4 * kEps * size / 1e-5);
  }
}

TEST_CASE("activity and parameter gradients are the derivatives of the energy") {
  RandomStream stream(1, "directions");
  for (const NetworkProblem& p : network_problems()) {
    const NetworkPass<double> pass = pass_at(p, p.theta, p.z);
    const Matrix dz = stream.normal_matrix(p.z.rows(), p.z.cols()) / p.z.norm();
    const Vector dt = stream.normal_matrix(p.theta.size(), 1) / p.theta.norm();
    const double along_z = p.energy().activity_gradient(p.theta, pass).cwiseProduct(dz).sum() /
                           static_cast<double>(p.z.cols());
    check_directional(
        p, [&](double t) { return mean_energy(p, p.theta, p.z + t * dz); }, along_z);
    check_directional(
        p, [&](double t) { return mean_energy(p, p.theta + t * dt, p.z); },
        p.energy().parameter_gradient(pass).dot(dt));
  }
}

// Large enough to be shared out over threads; 64 products a sum, and rounding of each.
TEST_CASE("a large parameter gradient is the sum over samples, bitwise for any number of threads") {
  const Architecture net{{200, 300, 10},    {1, 0.5},        {0, 0}, {1, 2},
                         Activation::kTanh, Placement::kPre, true};
  const NetworkProblem p = testing::network_problem(net, 0, {}, 300, 5);
  const NetworkPass<double> pass = pass_at(p, p.theta, p.z);
  const int before = threads();
  set_threads(1);
  const Vector one = p.energy().parameter_gradient(pass);
  set_threads(2);
  CHECK(p.energy().parameter_gradient(pass) == one);
  set_threads(before);
  const Architecture& drawn = p.architecture;  // with its scales
  for (Index l = 0; l < 2; ++l) {
    const auto k = static_cast<std::size_t>(l);
    const Matrix& h = l == 0 ? pass.z[0] : pass.layers[1].inner;
    const Matrix expected = -drawn.scales[k] / 300 * pass.delta[k] * h.transpose();
    const double slack = 300 * kEps * pass.delta[k].norm() * h.norm() / 300;
    CHECK((weight<double>(drawn, one, l) - expected).norm() <= slack);
    CHECK((bias<double>(drawn, one, l) + pass.delta[k].rowwise().mean()).norm() <=
          slack + 300 * kEps * pass.delta[k].norm());
  }
}

TEST_CASE("the forward pass and a move are evaluations at their activities") {
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    NetworkPass<double> pass;
    energy.evaluate_forward(p.theta, p.x, p.y, pass);
    const NetworkPass<double> forward = pass_at(p, p.theta, energy.forward(p.theta, p.x));
    energy.move_to(p.theta, p.z, pass);
    const NetworkPass<double> there = pass_at(p, p.theta, p.z);
    NetworkPass<double> again;
    energy.evaluate_forward(p.theta, p.x, p.y, again);
    for (std::size_t l = 0; l < pass.error.size(); ++l) {
      CHECK(again.error[l] == forward.error[l]);
      CHECK(pass.error[l] == there.error[l]);
      CHECK(pass.delta[l] == there.delta[l]);
    }
    const Vector other = 1.1 * p.theta;
    energy.move_to(other, p.z, pass, NetworkEnergy<double>::LayerOne::kPredict);
    CHECK(pass.error[0] == pass_at(p, other, p.z).error[0]);
  }
}

// One column of a product sums the same terms whatever stands beside it: rounding alone differs.
TEST_CASE("energies and gradients of a sample do not depend on the batch or on its order") {
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    const NetworkPass<double> pass = pass_at(p, p.theta, p.z);
    const Vector F = energy.energies(pass);
    const Matrix g = energy.activity_gradient(p.theta, pass);
    const Vector parameters = energy.parameter_gradient(pass);
    Vector mean = Vector::Zero(parameters.size());
    NetworkPass<double> one;
    for (const Index i : {2, 0, 1}) {
      energy.evaluate(p.theta, p.x.col(i), p.y.col(i), p.z.col(i), one);
      const double tolerance = 100 * kEps * (1 + F[i] + g.norm());
      CHECK(std::abs(energy.energies(one)[0] - F[i]) <= tolerance);
      CHECK((energy.activity_gradient(p.theta, one) - g.col(i)).norm() <= tolerance);
      mean += energy.parameter_gradient(one) / 3;
    }
    CHECK((mean - parameters).norm() <= 100 * kEps * (1 + F.sum() + parameters.norm()));
  }
}

TEST_CASE("without an activation the energy is that of the linear network for either placement") {
  for (const Placement placement : {Placement::kPre, Placement::kPost})
    for (const auto& problem : testing::random_problems()) {
      Architecture net = problem.architecture;
      net.placement = placement;
      const DataFactor<double> data = data_factor<double>(problem.data);
      const NetworkEnergy<double> energy(net);
      RandomStream stream(2, "activities");
      const Matrix z = stream.normal_matrix(energy.dim(), data.x.cols());
      NetworkPass<double> pass;
      energy.evaluate(problem.theta, data.x, data.y, z, pass);
      const Vector expected = layer_energies(net, problem.theta, data, z);
      const double size = 1 + expected.sum();
      CHECK((energy.layer_energies(pass).rowwise().sum() - expected).norm() <= 100 * kEps * size);
      CHECK((energy.activity_gradient(problem.theta, pass) -
             activity_gradient(net, problem.theta, data, z))
                .norm() <= 100 * kEps * size);
    }
}

// Scalar layers 2, 3, 5 times the activity below: errors 1, 2, 3 from hand arithmetic.
TEST_CASE("layer energies come in layer order with their precisions and decay stands apart") {
  const Architecture net{{1, 1, 1, 1}, {2, 3, 5}, {0, 0, 0}, {1, 10, 100}};
  const NetworkEnergy<double> energy(net, 0.5);
  NetworkPass<double> pass;
  const Matrix x = Matrix::Ones(1, 1);
  const Matrix z{{3}, {11}};
  energy.evaluate(Vector::Ones(3), x, Matrix::Constant(1, 1, 58), z, pass);
  CHECK(energy.layer_energies(pass) == Matrix{{0.5}, {20}, {450}});
  CHECK(energy.decay_energies(pass)[0] == 0.25 * (9 + 121));
  CHECK(energy.energies(pass)[0] == 470.5 + 32.5);
}

// At the forward pass every hidden error vanishes: what is left is the output's energy.
TEST_CASE("at the forward pass the energy is lambda times the loss") {
  for (const NetworkProblem& p : network_problems()) {
    if (!p.clamping.input || !p.clamping.output) continue;
    CAPTURE(p.name);
    const NetworkEnergy<double> energy = p.energy();
    const NetworkPass<double> pass = pass_at(p, p.theta, energy.forward(p.theta, p.x));
    const Matrix F = energy.layer_energies(pass);
    CHECK(F.topRows(F.rows() - 1).isZero(0));
    CHECK((pass.layers.back().prediction - energy.predict(p.theta, p.x)).isZero(0));
    if (p.architecture.loss == OutputLoss::kMse)
      CHECK((F.bottomRows(1) - p.architecture.lambda() / 2 *
                                   (p.y - energy.predict(p.theta, p.x)).colwise().squaredNorm())
                .norm() <= 8 * kEps * F.norm());
  }
}

// a W phi(z) against phi(a W z), written out for one unit a layer.
TEST_CASE("placements differ as their definitions do") {
  const double a = 0.5;
  Architecture net{{1, 1, 1, 1},      {1, a, 1},       {0, 1, 0}, {1, 1, 1},
                   Activation::kTanh, Placement::kPre, true};
  const Vector theta{{2, 0.1, 3, 0.2, 4, 0.3}};
  const Matrix x = Matrix::Constant(1, 1, 0.7);
  const double u = 2 * 0.7 + 0.1;
  const double pre_2 = a * 3 * std::tanh(u) + 0.2 + u;
  const double pre = NetworkEnergy<double>(net).predict(theta, x)(0, 0);
  CHECK(pre == doctest::Approx(4 * std::tanh(pre_2) + 0.3).epsilon(1e-14));
  net.placement = Placement::kPost;
  const double post_1 = std::tanh(u);
  const double post_2 = std::tanh(a * 3 * post_1 + 0.2) + post_1;
  const double post = NetworkEnergy<double>(net).predict(theta, x)(0, 0);
  CHECK(post == doctest::Approx(4 * post_2 + 0.3).epsilon(1e-14));
}

TEST_CASE("single precision follows double precision") {
  for (const NetworkProblem& p : network_problems()) {
    CAPTURE(p.name);
    const NetworkPass<double> pass = pass_at(p, p.theta, p.z);
    const NetworkEnergy<float> energy(p.architecture, p.decay, p.clamping);
    NetworkPass<float> single;
    const VectorOf<float> theta = p.theta.cast<float>();
    energy.evaluate(theta, p.x.cast<float>(), p.y.cast<float>(), p.z.cast<float>(), single);
    const Vector F = p.energy().energies(pass);
    CHECK((energy.energies(single).cast<double>() - F).norm() <= 1e-5 * (1 + F.norm()));
    const Vector g = p.energy().parameter_gradient(pass);
    CHECK((energy.parameter_gradient(single).cast<double>() - g).norm() <= 1e-5 * (1 + g.norm()));
  }
}

TEST_CASE("what does not fit is refused") {
  const Architecture net{{3, 2, 2},         {1, 1},          {0, 0}, {1, 1},
                         Activation::kTanh, Placement::kPre, false,  OutputLoss::kCrossEntropy};
  CHECK(message_of<std::invalid_argument>([&] { NetworkEnergy<double>(net, -1); }) ==
        "activity decay alpha: expected a finite number >= 0, got -1");
  CHECK(message_of<std::invalid_argument>([&] {
          NetworkEnergy<double>(net, 0, {true, false});
        }) == "free output: expected loss mse (cross-entropy has no energy in z_L), got ce");
  const NetworkEnergy<double> energy(net);
  NetworkPass<double> pass;
  CHECK(message_of<std::invalid_argument>([&] {
          energy.evaluate(Vector::Zero(10), Matrix::Zero(3, 2), Matrix::Zero(2, 1),
                          Matrix::Zero(2, 2), pass);
        }) == "targets: expected 2 x 2, got 2 x 1");
}

}  // namespace
}  // namespace saddlescope

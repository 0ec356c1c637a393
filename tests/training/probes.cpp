// Probes against closed forms of linear networks and the balance law of homogeneous ones.
#include "saddlescope/training/probes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"

#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

testing::NetworkProblem problem(Activation activation, std::uint64_t seed, bool biases) {
  const Architecture net{{3, 5, 4, 2}, {1, 1, 1},        {0, 0, 0}, {1, 1, 1},
                         activation,   Placement::kPost, biases,    OutputLoss::kMse};
  return testing::network_problem(net, 0, {}, 12, seed);
}

std::map<std::string, Vector> probe(const testing::NetworkProblem& p, const Vector& theta,
                                    const BatchInferenceOptions& inference = {}) {
  const auto values = probe_network(p.energy(), theta, {p.x, p.y, "random"}, inference);
  return {values.begin(), values.end()};
}

// Newton's tolerance 1e-13 on |F_z| moves F* by its square and the gradient by 1e-13 over lambda_min.
TEST_CASE("probes of a linear network are those of the closed forms") {
  const auto p = problem(Activation::kIdentity, 31, false);
  const auto found = probe(p, p.theta);
  const auto data = data_factor<double>(Dataset{p.x, p.y, "random"});
  const auto energy = equilibrated_energy<double>(p.architecture, data)->at(p.theta).point;
  const auto loss = mse_loss<double>(p.architecture, data)->at(p.theta).point;
  const Vector pc = energy->gradient(), bp = p.architecture.lambda() * loss->gradient();
  const auto near = [&](const char* name, double expected) {
    CAPTURE(name);
    CHECK(found.at(name)[0] == doctest::Approx(expected).epsilon(1e-10));
  };
  near("probe_loss", loss->value());
  near("equilibrated_energy", energy->value());
  near("loss_over_energy", p.architecture.lambda() * loss->value() / energy->value());
  near("cosine_all", pc.dot(bp) / (pc.norm() * bp.norm()));
  CHECK(found.at("certified")[0] == 1);
  CHECK(found.at("layer_energy").sum() == doctest::Approx(energy->value()).epsilon(1e-10));
  for (Index l = 0; l < 3; ++l) {
    const Vector g = weight(p.architecture, pc, l).reshaped();
    const Vector h = weight(p.architecture, bp, l).reshaped();
    CHECK(found.at("pc_gradient")[l] == doctest::Approx(g.norm()).epsilon(1e-10));
    CHECK(found.at("bp_gradient")[l] == doctest::Approx(h.norm()).epsilon(1e-10));
    CHECK(found.at("cosine")[l] ==
          doctest::Approx(g.dot(h) / (g.norm() * h.norm())).epsilon(1e-10));
    CHECK(found.at("weight_norm")[l] ==
          doctest::Approx(weight(p.architecture, p.theta, l).norm()).epsilon(10 * kEps));
  }
}

// Scales and precisions 1: d/dt (|W_l|^2 + |b_l|^2 - |W_{l+1}|^2) = -2 <|eps_l|^2> = -4 <F_l> under
// descent of F*, kinks included. A step of h leaves h |g|^2.
TEST_CASE("balance falls at twice the squared hidden errors, for ReLU too") {
  auto p = problem(Activation::kRelu, 32, true);
  p.architecture.scales.assign(3, 1);
  p.architecture.precisions.assign(3, 1);
  const auto before = probe(p, p.theta);
  REQUIRE(before.at("certified")[0] == 1);
  // The gradient of F* by its probes' own definition, from a difference in every parameter.
  const double h = 1e-5;
  Vector gradient(p.theta.size());
  for (Index i = 0; i < p.theta.size(); ++i) {
    const auto value = [&](double shift) {
      Vector theta = p.theta;
      theta[i] += shift;
      return probe(p, theta).at("equilibrated_energy")[0];
    };
    gradient[i] = (value(h) - value(-h)) / (2 * h);
  }
  const Vector after = probe(p, p.theta - h * gradient).at("balance");
  const double second_order = h * gradient.squaredNorm() + 1e-7;
  for (Index l = 0; l < 2; ++l)
    CHECK(std::abs((after[l] - before.at("balance")[l]) / h + 4 * before.at("layer_energy")[l]) <=
          second_order);
}

// Fixed-prediction inference is backpropagation after L - 1 = 2 steps of 1; before the first layer
// has got no error. Descent ends at F*'s gradient, here after 2^16 steps.
TEST_CASE("the cosine along inference starts below that of its end") {
  const auto p = problem(Activation::kTanh, 35, true);
  BatchInferenceOptions fixed;
  fixed.method = InferenceMethod::kFixedPrediction;
  fixed.max_steps = 5;
  const Vector exact = probe(p, p.theta, fixed).at("inference_cosine");
  REQUIRE(exact.size() == 3);
  CHECK(exact[0] < 1 - 1e-6);
  CHECK(exact[1] == doctest::Approx(1).epsilon(1e-12));
  CHECK(exact[2] == doctest::Approx(1).epsilon(1e-12));
  BatchInferenceOptions descent;
  descent.max_steps = 1 << 16;
  const auto found = probe(p, p.theta, descent);
  CHECK(found.at("inference_cosine")[16] ==
        doctest::Approx(found.at("cosine_all")[0]).epsilon(1e-8));
}

TEST_CASE("columns name what probes hold") {
  const auto p = problem(Activation::kTanh, 33, true);
  const auto found = probe(p, p.theta);
  const auto columns = probe_columns(p.architecture, {});
  CHECK(columns.size() == found.size());
  for (const auto& column : columns) {
    const std::string& name = column.first;
    CAPTURE(name);
    REQUIRE(found.count(name) == 1);
    CHECK(found.at(name).size() == std::max(column.second, Index{1}));
  }
  // Nothing is free in one layer, and F* = lambda L.
  const Architecture single{{3, 2}, {1}, {0}, {2}};
  const auto q =
      testing::network_problem(problem(Activation::kTanh, 33, true).architecture, 0, {}, 4, 34);
  const NetworkEnergy<double> energy(single);
  const auto values = probe_network(energy, Vector::LinSpaced(6, -1, 1), {q.x, q.y, "random"}, {});
  const std::map<std::string, Vector> one(values.begin(), values.end());
  CHECK(one.at("loss_over_energy")[0] == 1);
  CHECK(one.at("cosine_all")[0] == doctest::Approx(1).epsilon(10 * kEps));
  CHECK(probe_columns(single, {}).size() == one.size());
}

}  // namespace
}  // namespace saddlescope

// Probes of Jacobians, of the conditioning of inference and of Hessians, against definitions and
// independent routes.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/energy/backpropagation.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/training/conditioning_probe.hpp"
#include "saddlescope/training/hessian_probe.hpp"
#include "saddlescope/training/probe_equilibrium.hpp"
#include "saddlescope/training/signal_propagation.hpp"

namespace saddlescope {
namespace {

testing::NetworkProblem problem(Activation activation, Placement placement, std::uint64_t seed,
                                int skip = 0, bool biases = false) {
  const Architecture net{{3, 5, 5, 2}, {1, 1, 1}, {0, skip, 0}, {1, 1, 1},
                         activation,   placement, biases,       OutputLoss::kMse};
  return testing::network_problem(net, 0, {}, 6, seed);
}

using Found = std::map<std::string, Vector>;

Found conditioning(const testing::NetworkProblem& p) {
  const auto values = probe_conditioning(p.energy(), p.theta, {p.x, p.y, "random"});
  return {values.begin(), values.end()};
}

Found hessians(const testing::NetworkProblem& p) {
  const auto values = probe_hessians(p.energy(), p.theta, {p.x, p.y, "random"});
  return {values.begin(), values.end()};
}

// The prediction as a function of z_{l-1}: the layers from l on.
Matrix from_layer(const testing::NetworkProblem& p, Index l, Index last, Matrix v) {
  LayerValues<double> values;
  for (Index k = l; k < last; ++k) {
    predict_layer<double>(p.architecture, p.theta, k, v, values);
    v = values.prediction;
  }
  return v;
}

// sum_ij (df_i/dv_j)^2 over samples by central differences, whose error is of order h^2.
double squared_jacobian(const testing::NetworkProblem& p, Index l, Index last, const Matrix& v) {
  const double h = 1e-5;
  double sum = 0;
  for (Index j = 0; j < v.rows(); ++j) {
    Matrix up = v, down = v;
    up.row(j).array() += h;
    down.row(j).array() -= h;
    sum += ((from_layer(p, l, last, up) - from_layer(p, l, last, down)) / (2 * h)).squaredNorm();
  }
  return sum;
}

}  // namespace

TEST_CASE("Jacobians of layers and of the output are those of differences") {
  for (const Placement placement : {Placement::kPre, Placement::kPost})
    for (const int skip : {0, 1}) {
      const auto p = problem(Activation::kTanh, placement, 51, skip, true);
      NetworkPass<double> pass;
      backpropagate<double>(p.architecture, p.theta, p.x, p.y, pass);
      const Vector layers = layer_jacobian_norms(p.architecture, p.theta, pass);
      const Vector output = output_jacobian_norms(p.architecture, p.theta, pass);
      const auto N = static_cast<double>(p.x.cols());
      for (Index l = 0; l < 3; ++l) {
        CAPTURE(l);
        const Matrix v = from_layer(p, 0, l, p.x);
        const double own = squared_jacobian(p, l, l + 1, v) / N / static_cast<double>(v.rows());
        const double all = squared_jacobian(p, l, 3, v) / N / 2;
        CHECK(layers[l] == doctest::Approx(std::sqrt(own)).epsilon(1e-8));
        CHECK(output[l] == doctest::Approx(std::sqrt(all)).epsilon(1e-8));
      }
    }
}

TEST_CASE("kappa of a linear network and the spectrum of S are those of the dense matrices") {
  const auto p = problem(Activation::kIdentity, Placement::kPre, 52);
  const Found found = conditioning(p);
  NetworkPass<double> pass;
  p.energy().evaluate(p.theta, p.x, p.y, p.z, pass);
  const Vector spectrum = symmetric_eigenvalues(
      NetworkCurvature(p.energy(), p.theta, pass).activity_hessian(0).dense());
  CHECK(found.at("activity_lambda_min")[0] == doctest::Approx(spectrum[0]).epsilon(1e-6));
  CHECK(found.at("condition_number")[0] ==
        doctest::Approx(spectrum[spectrum.size() - 1] / spectrum[0]).epsilon(1e-6));
  CHECK(found.at("condition_error")[0] <= 1e-6);
  // S = I/lambda + sum_{l<L} A_{L:l+1} A_{L:l+1}'/pi_l.
  const Architecture& net = p.architecture;
  Matrix S = Matrix::Identity(2, 2) / net.lambda();
  Matrix product = Matrix::Identity(2, 2);
  for (Index l = 2; l >= 1; --l) {
    product = product * (net.scales[static_cast<std::size_t>(l)] * weight(net, p.theta, l));
    S += product * product.transpose() / net.precisions[static_cast<std::size_t>(l - 1)];
  }
  const Vector expected = symmetric_eigenvalues(S);
  CHECK((found.at("schur_eigenvalue") - expected).norm() <= 1e-13 * expected.norm());
}

TEST_CASE("kappa of a nonlinear network is that of its worst sample, or undecided") {
  for (const Activation activation : {Activation::kTanh, Activation::kRelu}) {
    const auto p = problem(activation, Placement::kPost, 53);
    const ProbeEquilibrium there = probe_equilibrium(p.energy(), p.theta, {p.x, p.y, "random"});
    REQUIRE(there.certified == 1);
    const NetworkCurvature curvature(p.energy(), p.theta, there.pass);
    double worst = 0;
    for (Index i = 0; i < 6; ++i) {
      const Vector values = symmetric_eigenvalues(curvature.activity_hessian(i).dense());
      worst = std::max(worst, values[values.size() - 1] / values[0]);
    }
    const Found found = conditioning(p);
    CHECK(std::abs(found.at("condition_number")[0] / worst - 1) <= found.at("condition_error")[0]);
    CHECK(found.at("condition_error")[0] <= 0.1);
    CHECK(found.count("schur_eigenvalue") == 0);
  }
  // Far from small weights some sample has no certified minimum: said as NaN, in every column.
  auto wild = problem(Activation::kTanh, Placement::kPre, 54);
  wild.theta *= 1e200;
  for (const auto& column : conditioning(wild)) {
    CAPTURE(column.first);
    CHECK(std::isnan(column.second[0]));
  }
}

TEST_CASE("Hessian probes are the ends and the inertia of the dense Hessians") {
  const auto p = problem(Activation::kIdentity, Placement::kPre, 55);
  const Found found = hessians(p);
  const auto data = data_factor<double>(Dataset{p.x, p.y, "random"});
  const auto check = [&](const std::string& name, const Objective<double>& objective,
                         double scale) {
    const Vector values = scale * symmetric_eigenvalues(objective.at(p.theta).point->hessian());
    const double error = found.at(name + "_eigenvalue_error")[0];
    CHECK(error <= 1e-8 * values.cwiseAbs().maxCoeff());
    CHECK(std::abs(found.at(name + "_lambda_min")[0] - values[0]) <= 2 * error);
    CHECK(std::abs(found.at(name + "_lambda_max")[0] - values[values.size() - 1]) <= 2 * error);
    CHECK(found.at(name + "_negative")[0] ==
          static_cast<double>((values.array() < -error).count()));
    CHECK(found.at(name + "_negative")[0] + found.at(name + "_zero")[0] +
              found.at(name + "_positive")[0] ==
          static_cast<double>(p.theta.size()));
  };
  check("loss", *mse_loss<double>(p.architecture, data), p.architecture.lambda());
  check("energy", *equilibrated_energy<double>(p.architecture, data), 1);
}

TEST_CASE("columns of these probes name what they hold") {
  for (const Activation activation : {Activation::kIdentity, Activation::kTanh}) {
    const auto p = problem(activation, Placement::kPre, 56);
    const auto agree = [](const auto& columns, const Found& found) {
      CHECK(columns.size() == found.size());
      for (const auto& column : columns) {
        REQUIRE(found.count(column.first) == 1);
        CHECK(found.at(column.first).size() == std::max(column.second, Index{1}));
      }
    };
    agree(conditioning_columns(p.energy()), conditioning(p));
    agree(hessian_columns(), hessians(p));
  }
}

}  // namespace saddlescope

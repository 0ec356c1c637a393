// Edges of predicted activity-Hessian spectra: closed forms, invariances, drawn matrices.
#include <cmath>

#include <doctest/doctest.h>

#include "theory/dyson_cases.hpp"

#include "saddlescope/theory/dyson_branch.hpp"

namespace saddlescope {
namespace {

using testing::random_network;
using Case = testing::RandomNetwork;

// The trace at an edge is known to 2^-26 of the bracket and x is stationary in it; 1e-12 leaves room
// for the factor of the curvature.
constexpr double kEdgeError = 1e-12;

// L = 2: H_z = pi_1 + lambda A_2' A_2, and A_2 with n_2 x n_1 entries of variance s^2 has the
// Marchenko-Pastur edges s^2 (sqrt(n_1) +- sqrt(n_2))^2, or 0 when n_2 <= n_1.
TEST_CASE("two layers have the edges of Marchenko and Pastur") {
  for (const Index n1 : {100, 200}) {
    for (const Index n2 : {50, 100, 300}) {
      for (const double lambda : {1.0, 0.2, 7.0}) {
        CAPTURE(n1);
        CAPTURE(n2);
        Case c = random_network({10, n1, n2}, Parameterisation::kSp, false, lambda);
        c.architecture.precisions[0] = 1.5;
        c.architecture.scales[1] = 0.8;
        const double a = std::sqrt(static_cast<double>(n1)), b = std::sqrt(static_cast<double>(n2));
        const double factor = lambda * 0.64 * c.variances[1];
        const double least = n2 <= n1 ? 1.5 : 1.5 + factor * (a - b) * (a - b);
        const double greatest = 1.5 + factor * (a + b) * (a + b);
        const auto predicted = predicted_condition_number(c.architecture, c.variances);
        REQUIRE_MESSAGE(predicted.summary.ok(), predicted.summary.message);
        CHECK(std::abs(predicted.lambda_min - least) <= kEdgeError * least);
        CHECK(std::abs(predicted.lambda_max - greatest) <= kEdgeError * greatest);
      }
    }
  }
}

TEST_CASE("the activity decay shifts the edges and nothing else") {
  const Case c = random_network({5, 30, 20, 25, 4}, Parameterisation::kSp, false, 2);
  const auto plain = predicted_condition_number(c.architecture, c.variances);
  const auto shifted = predicted_condition_number(c.architecture, c.variances, 0.75);
  CHECK(shifted.lambda_min == plain.lambda_min + 0.75);
  CHECK(shifted.lambda_max == plain.lambda_max + 0.75);
  CHECK(shifted.condition_number == shifted.lambda_max / shifted.lambda_min);
}

TEST_CASE("only the products of scales and entry deviations matter") {
  for (const bool skips : {false, true}) {
    const Case c = random_network({5, 30, 30, 30, 30, 4}, Parameterisation::kMupc, skips, 2);
    Case other = c;
    for (std::size_t l = 0; l < c.variances.size(); ++l) {
      const double factor = 1.5 + static_cast<double>(l);
      other.architecture.scales[l] *= factor;
      other.variances[l] /= factor * factor;
    }
    const auto a = predicted_condition_number(c.architecture, c.variances);
    const auto b = predicted_condition_number(other.architecture, other.variances);
    CHECK(std::abs(a.condition_number / b.condition_number - 1) <= 2 * kEdgeError);
  }
}

// All precisions times c multiply H_z by c.
TEST_CASE("edges are homogeneous in the precisions") {
  for (const bool skips : {false, true}) {
    const Case c = random_network({5, 30, 30, 30, 30, 4}, Parameterisation::kSp, skips, 0.5);
    Case scaled = c;
    for (double& pi : scaled.architecture.precisions) pi *= 40;
    const auto a = predicted_condition_number(c.architecture, c.variances);
    const auto b = predicted_condition_number(scaled.architecture, scaled.variances);
    CHECK(std::abs(b.lambda_min / a.lambda_min - 40) <= 40 * kEdgeError);
    CHECK(std::abs(b.lambda_max / a.lambda_max - 40) <= 40 * kEdgeError);
  }
}

// H_z is diag(pi_1 + .., ..) of the deterministic chain: pi_l without skips, the Toeplitz values
// 2 - 2 cos((2j-1) pi/(2H+1)) on hidden layers with skips between them.
TEST_CASE("zero variances give the deterministic spectrum") {
  Case c = random_network({5, 8, 8, 8, 3}, Parameterisation::kSp, false);
  c.variances.assign(4, 0);
  const auto identity = predicted_condition_number(c.architecture, c.variances);
  CHECK(identity.lambda_min == 1);
  CHECK(identity.lambda_max == 1);
  Case skips = random_network({5, 8, 8, 8, 3}, Parameterisation::kSp, true);
  skips.variances.assign(4, 0);
  const auto chain = predicted_condition_number(skips.architecture, skips.variances);
  const double unit = std::acos(-1.0) / 7;
  CHECK(chain.lambda_min == doctest::Approx(2 - 2 * std::cos(unit)).epsilon(1e-14));
  CHECK(chain.lambda_max == doctest::Approx(2 - 2 * std::cos(5 * unit)).epsilon(1e-14));
}

// Extreme eigenvalues at width n leave the limiting edge by fluctuations of the order n^{-2/3} of
// the distance over which the density rises, which at n = 100 is some percent of lambda_max; the
// least edge is known to less, relative to itself.
TEST_CASE("drawn matrices have the predicted edges, with general precisions, widths and skips") {
  std::vector<Case> cases;
  for (const bool skips : {false, true})
    for (const auto kind : {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc})
      cases.push_back(random_network({20, 100, 100, 100, 100, 10}, kind, skips));
  cases.push_back(random_network({20, 90, 140, 60, 110, 30}, Parameterisation::kSp, false, 3));
  cases.push_back(random_network({20, 110, 110, 110, 110, 60}, Parameterisation::kNtp, true, 0.3));
  cases[6].architecture.precisions = {0.7, 1.6, 0.4, 1.1, 3};
  cases[7].architecture.precisions = {0.7, 1.6, 0.4, 1.1, 0.3};
  for (const Case& c : cases) {
    CAPTURE(c.architecture.skips[1]);
    const auto predicted = predicted_condition_number(c.architecture, c.variances, 0.125);
    REQUIRE_MESSAGE(predicted.summary.ok(), predicted.summary.message);
    CHECK(predicted.residual <= 1e-6);
    const Vector values = c.draw(3, 0.125);
    CHECK(std::abs(values[values.size() - 1] / predicted.lambda_max - 1) <= 0.04);
    CHECK(std::abs(values[0] / predicted.lambda_min - 1) <= 0.04);
  }
}

// 128 hidden layers: residual of the equation at both edges, and a condition number that grows like
// the square of the depth.
TEST_CASE("deep chains are followed to both edges") {
  double last = 0;
  for (const Index hidden : {16, 32, 64, 128}) {
    std::vector<Index> widths(static_cast<std::size_t>(hidden) + 2, 64);
    widths.front() = 784;
    widths.back() = 10;
    const Case c = random_network(widths, Parameterisation::kMupc, true);
    const auto predicted = predicted_condition_number(c.architecture, c.variances);
    REQUIRE_MESSAGE(predicted.summary.ok(), predicted.summary.message);
    CHECK(predicted.residual <= 1e-6);
    if (last > 0) CHECK(std::abs(predicted.condition_number / last - 4) <= 0.4);
    last = predicted.condition_number;
  }
}

// Uniform weights of variance 1/(3 n) lose a factor 3 of their signal's power a layer, and the
// coefficients of the first layers pass zero at |x| of 3^-L. The edges converge with depth as fast.
TEST_CASE("edges are found where the signal dies out") {
  const auto deep = [](std::size_t hidden) {
    std::vector<Index> widths(hidden + 2, 60);
    widths.back() = 10;
    return random_network(widths, Parameterisation::kSp, false, 1, Initialisation::kUniform);
  };
  const Case drawn = deep(20);
  const auto p = predicted_condition_number(drawn.architecture, drawn.variances);
  REQUIRE_MESSAGE(p.summary.ok(), p.summary.message);
  const Vector values = drawn.draw(3);
  CHECK(std::abs(values[values.size() - 1] / p.lambda_max - 1) <= 0.04);
  CHECK(std::abs(values[0] / p.lambda_min - 1) <= 0.04);
  double last = p.lambda_min, change = 1;
  for (const std::size_t hidden : {40U, 80U, 160U}) {
    const Case c = deep(hidden);
    const auto q = predicted_condition_number(c.architecture, c.variances);
    REQUIRE_MESSAGE(q.summary.ok(), q.summary.message);
    CHECK(last - q.lambda_min > 0);
    CHECK(last - q.lambda_min < change / 2);
    change = last - q.lambda_min;
    last = q.lambda_min;
  }
}

// With skips of unit scale every layer multiplies the power by 2, and lambda_min falls by a constant
// factor a layer, far below the rounding of any drawn matrix.
TEST_CASE("edges are found where the signal explodes") {
  std::vector<double> logs;
  for (const std::size_t hidden : {64U, 96U, 128U}) {
    std::vector<Index> widths(hidden + 2, 64);
    widths.back() = 10;
    const Case c = random_network(widths, Parameterisation::kSp, true);
    const auto p = predicted_condition_number(c.architecture, c.variances);
    REQUIRE_MESSAGE(p.summary.ok(), p.summary.message);
    CHECK(p.residual <= 1e-6);
    logs.push_back(std::log(p.lambda_min));
  }
  CHECK(logs[1] < logs[0] - 10);
  CHECK(std::abs((logs[2] - logs[1]) / (logs[1] - logs[0]) - 1) <= 0.05);
}

TEST_CASE("bad variances and decays are refused") {
  const Case c = random_network({5, 8, 8, 3}, Parameterisation::kSp, false);
  CHECK_THROWS_AS((void)predicted_condition_number(c.architecture, std::vector<double>{1, 1}),
                  std::invalid_argument);
  CHECK_THROWS_AS((void)predicted_condition_number(c.architecture, std::vector<double>{1, -1, 1}),
                  std::invalid_argument);
  CHECK_THROWS_AS((void)predicted_condition_number(c.architecture, c.variances, -1),
                  std::invalid_argument);
  const Case shallow = random_network({5, 3}, Parameterisation::kSp, false);
  CHECK_THROWS_AS((void)predicted_condition_number(shallow.architecture, shallow.variances),
                  std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope

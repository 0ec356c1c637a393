// Extreme eigenvalues at finite width: the unit of Tracy and Widom at predicted edges.
#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/LU>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/airy.hpp>
#include <doctest/doctest.h>

#include "theory/dyson_cases.hpp"

#include "saddlescope/theory/dyson_branch.hpp"
#include "saddlescope/theory/spectral_prediction.hpp"

namespace saddlescope {
namespace {

using testing::random_network;
using Case = testing::RandomNetwork;

// F_1(s) = det(1 - B), B(x, y) = Ai(x + y + s) on (0, infinity) (Ferrari and Spohn 2005), by
// Nystrom's method on three panels of 20 Gauss nodes; Ai is below 1e-16 beyond 12.
double tracy_widom_1(double s) {
  using Gauss = boost::math::quadrature::gauss<double, 20>;
  std::vector<double> x, w;
  for (int panel = 0; panel < 3; ++panel) {
    for (std::size_t i = 0; i < Gauss::abscissa().size(); ++i) {
      for (const double sign : {-1.0, 1.0}) {
        x.push_back(2.5 * (2 * panel + 1 + sign * Gauss::abscissa()[i]));
        w.push_back(2.5 * Gauss::weights()[i]);
      }
    }
  }
  const auto n = static_cast<Index>(x.size());
  Matrix kernel(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
      kernel(i, j) =
          (i == j ? 1 : 0) - std::sqrt(w[a] * w[b]) * boost::math::airy_ai(x[a] + x[b] + s);
    }
  return kernel.partialPivLu().determinant();
}

// Twelve digits are given; the distribution's density is below 0.4.
TEST_CASE("half of F_1 lies below its median") {
  CHECK(std::abs(tracy_widom_1(kTracyWidomMedian) - 0.5) <= 1e-11);
}

// L = 2: H_z = pi_1 + lambda A' A. Entries of variance s^2 in a p x n matrix give A' A the largest
// eigenvalue s^2 ((sqrt n + sqrt p)^2 + sigma xi), sigma = (sqrt n + sqrt p)(1/sqrt n +
// 1/sqrt p)^{1/3} (Johnstone 2001), and minus signs inside give the least of n < p. A central
// difference over a thousandth of a bracket is off by some 1e-6.
TEST_CASE("two layers have Johnstone's units") {
  for (const Index n : {40, 200}) {
    for (const Index p : {80, 100, 300}) {
      CAPTURE(n);
      CAPTURE(p);
      const Case c = random_network({10, n, p}, Parameterisation::kSp, false, 0.7);
      const auto chains = dyson_chains(c.architecture, c.variances);
      REQUIRE(chains.size() == 1);
      const double a = std::sqrt(static_cast<double>(n)), b = std::sqrt(static_cast<double>(p));
      const double factor = 0.7 * c.variances[1];
      const SpectralEdge high = greatest_edge(chains[0]);
      const double upper = factor * (a + b) * std::cbrt(1 / a + 1 / b);
      CHECK(std::abs(tracy_widom_unit(high, n) / upper - 1) <= 1e-5);
      if (n >= p) continue;
      const SpectralEdge low = least_edge(chains[0]);
      const double lower = factor * (b - a) * std::cbrt(1 / a - 1 / b);
      CHECK(std::abs(tracy_widom_unit(low, n) / lower - 1) <= 1e-5);
    }
  }
}

TEST_CASE("an atom at the end of the spectrum has no unit") {
  const Case c = random_network({10, 40, 20}, Parameterisation::kSp, false);
  const auto chains = dyson_chains(c.architecture, c.variances);
  CHECK(tracy_widom_unit(least_edge(chains[0]), 40) == 0);
  const auto p = predicted_condition_number(c.architecture, c.variances, 0.5);
  CHECK(p.lambda_min_median == p.lambda_min);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Of 61 draws the median is known to 1.25 standard deviations (1.27 units) over sqrt(61), a fifth
// of a unit; the edge is 1.27 units away, so half of that tells one from the other. The remaining
// shift grows with the depth; three and five layers of width 40 are within it.
TEST_CASE("medians of small draws lie at the predicted medians and not at the edges") {
  for (const bool skips : {false, true}) {
    for (const std::size_t hidden : {2U, 4U}) {
      CAPTURE(skips);
      CAPTURE(hidden);
      std::vector<Index> widths(hidden + 2, 40);
      widths.back() = 10;
      const Case c = random_network(widths, Parameterisation::kNtp, skips);
      const auto p = predicted_condition_number(c.architecture, c.variances, 0.25);
      std::vector<double> least, greatest;
      for (std::uint64_t seed = 0; seed < 61; ++seed) {
        const Vector values = c.draw(seed, 0.25);
        least.push_back(values[0]);
        greatest.push_back(values[values.size() - 1]);
      }
      CHECK(std::abs(median(least) - p.lambda_min_median) <=
            0.5 * std::abs(p.lambda_min - p.lambda_min_median));
      CHECK(std::abs(median(greatest) - p.lambda_max_median) <=
            0.5 * std::abs(p.lambda_max - p.lambda_max_median));
      CHECK(median(least) > p.lambda_min);
      CHECK(median(greatest) < p.lambda_max);
    }
  }
}

}  // namespace
}  // namespace saddlescope

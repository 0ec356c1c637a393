#include "saddlescope/analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "saddlescope/base/random.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::vector<double> draws(
    RandomStream& stream, Index n,
    const std::function<double(double)>& of = [](double v) { return v; }) {
  std::vector<double> out(static_cast<std::size_t>(n));
  for (double& v : out) v = of(stream.normal());
  return out;
}

double exponential(double normal) { return -std::log(std::erfc(normal / std::sqrt(2.0)) / 2); }

// The share of `trials` intervals that hold the truth.
double coverage(Index trials, double truth, const std::function<Estimate()>& estimate) {
  Index held = 0;
  for (Index i = 0; i < trials; ++i) {
    const Estimate one = estimate();
    if (one.low <= truth && truth <= one.high) ++held;
  }
  return static_cast<double>(held) / static_cast<double>(trials);
}

// Four standard deviations of a share of trials that each come out with probability p.
double four_sigma(double p, Index trials) {
  return 4 * std::sqrt(p * (1 - p) / static_cast<double>(trials));
}

}  // namespace

// t_{2, 0.975} = 4.30265273 and t_{4, 0.95} = 2.13184679, of tables.
TEST_CASE("Student's interval is mean and t standard errors") {
  const Estimate three = mean_estimate({1, 2, 6});
  CHECK(three.value == doctest::Approx(3).epsilon(4 * kEps));
  const double half = 4.30265273 * std::sqrt(7.0 / 3);  // s^2 = (4 + 1 + 9) / 2
  CHECK(std::abs(three.high - 3 - half) <= 1e-8);
  CHECK(std::abs(3 - three.low - half) <= 1e-8);
  CHECK(three.n == 3);
  CHECK(three.method == "Student's t");
  const Estimate five = mean_estimate({-2, -1, 0, 1, 2}, {.level = 0.9});
  CHECK(std::abs(five.high - 2.13184679 * std::sqrt(2.5 / 5)) <= 1e-8);
}

TEST_CASE("Student's interval of normal numbers holds the mean as often as it says") {
  RandomStream stream(3, "coverage of t");
  for (const double level : {0.8, 0.95}) {
    const double found =
        coverage(4000, 0, [&] { return mean_estimate(draws(stream, 3), {.level = level}); });
    CHECK(std::abs(found - level) <= four_sigma(level, 4000));
  }
}

// The error of BCa's coverage is of order 1/n, here some 0.01; a percentile interval of the standard
// error 1/sqrt(n) alone would miss skewed means on one side.
TEST_CASE("the bootstrap's interval of skewed numbers holds the mean as often as it says") {
  RandomStream stream(4, "coverage of BCa");
  Index below = 0;
  const double found = coverage(600, 1, [&] {
    Estimate one =
        mean_estimate(draws(stream, 50, exponential), {.level = 0.9, .resamples = 400, .seed = 5});
    if (one.low > 1) ++below;
    return one;
  });
  CHECK(std::abs(found - 0.9) <= four_sigma(0.9, 600) + 0.02);
  CHECK(std::abs(static_cast<double>(below) / 600 - 0.05) <= four_sigma(0.05, 600) + 0.01);
}

// The normal interval of the skewed mean 1 of 12 exponentials is symmetric; BCa's third-order term is
// not: z_0 and a are both skewness/(6 sqrt n) = 0.1 and lengthen the upper end by some 0.6 of it.
TEST_CASE("the bootstrap leans to the side of the long tail") {
  std::vector<double> values;
  for (int i = 1; i <= 12; ++i) values.push_back(-std::log((i - 0.5) / 12));
  const Estimate one = mean_estimate(values);
  CHECK(one.method == "bootstrap BCa, 9999 resamples");
  CHECK((one.high - one.value) > 1.3 * (one.value - one.low));
  std::vector<double> mirrored = values;
  for (double& v : mirrored) v = -v;
  const Estimate other = mean_estimate(mirrored);
  CHECK((other.value - other.low) > 1.3 * (other.high - other.value));
}

TEST_CASE("estimates depend on the numbers and the seed, not on the order") {
  RandomStream stream(5, "order");
  std::vector<double> values = draws(stream, 30);
  const Estimate one = mean_estimate(values, {.seed = 7});
  std::reverse(values.begin(), values.end());
  const Estimate same = mean_estimate(values, {.seed = 7});
  const Estimate other = mean_estimate(values, {.seed = 8});
  CHECK(one.value == same.value);
  CHECK(one.low == same.low);
  CHECK(one.high == same.high);
  CHECK(one.low != other.low);
}

TEST_CASE("intervals move and stretch with their numbers") {
  RandomStream stream(6, "equivariance");
  for (const Index n : {4, 25}) {
    const std::vector<double> values = draws(stream, n);
    std::vector<double> moved = values;
    for (double& v : moved) v = 3 + 4 * v;
    const Estimate one = mean_estimate(values), two = mean_estimate(moved);
    const double rounding = 64 * static_cast<double>(n) * kEps * 8;
    CHECK(std::abs(two.low - 3 - 4 * one.low) <= rounding);
    CHECK(std::abs(two.high - 3 - 4 * one.high) <= rounding);
  }
}

TEST_CASE("equal numbers leave no interval and one number an infinite one") {
  for (const auto method : {IntervalMethod::kStudentT, IntervalMethod::kBootstrap}) {
    const Estimate equal = mean_estimate({0.25, 0.25, 0.25, 0.25}, {.method = method});
    CHECK(equal.low == 0.25);
    CHECK(equal.high == 0.25);
  }
  const Estimate one = mean_estimate({2});
  CHECK(one.value == 2);
  CHECK(one.low == -std::numeric_limits<double>::infinity());
  CHECK(one.high == std::numeric_limits<double>::infinity());
  CHECK(estimate_json(one).at("low").is_null());
  CHECK(estimate_text(mean_estimate({0.5, 0.5}), "{:.1f}", 100) == "50.0 [50.0, 50.0]");
}

TEST_CASE("pairs take out what both share") {
  RandomStream stream(7, "pairs");
  const std::vector<double> shared = draws(stream, 6), noise = draws(stream, 6);
  std::vector<double> a, b;
  for (std::size_t i = 0; i < 6; ++i) {
    a.push_back(100 * shared[i] + 1);
    b.push_back(100 * shared[i] + 0.01 * noise[i]);
  }
  const Estimate difference = paired_difference(a, b);
  CHECK(std::abs(difference.value - 1) <= 0.03);
  CHECK(difference.low > 0.9);
  CHECK(difference.high < 1.1);
  CHECK(difference.method == "Student's t, of paired differences");
}

TEST_CASE("the median is the middle and its interval reaches the level it states") {
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 2, 3}) == 2.5);
  CHECK(std::isnan(median({1, std::nan(""), 2})));
  // P(Bin(5, 1/2) = 0) = 1/32; 1 - 2 P(Bin(10, 1/2) <= 1) = 1 - 22/1024.
  const Estimate five = median_estimate({5, 1, 4, 2, 3});
  CHECK(five.low == 1);
  CHECK(five.high == 5);
  CHECK(five.level == doctest::Approx(1 - 2.0 / 32).epsilon(1e-12));
  const Estimate ten = median_estimate({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(ten.low == 2);
  CHECK(ten.high == 9);
  CHECK(ten.level == doctest::Approx(1 - 22.0 / 1024).epsilon(1e-12));
  const double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(median_estimate({1, 2, kInfinity}).value == 2);

  RandomStream stream(8, "coverage of the median");
  const double found = coverage(2000, std::log(2.0),
                                [&] { return median_estimate(draws(stream, 10, exponential)); });
  CHECK(std::abs(found - ten.level) <= four_sigma(ten.level, 2000));
}

TEST_CASE("an exact power law comes back with its factor and no error") {
  std::vector<double> x, y;
  for (int i = 1; i <= 8; ++i) {
    x.push_back(3.0 * i);
    y.push_back(0.4 * std::pow(3.0 * i, -1.5));
  }
  const PowerLaw law = fit_power_law(x, y);
  CHECK(law.exponent == doctest::Approx(-1.5).epsilon(1e-13));
  CHECK(law.factor == doctest::Approx(0.4).epsilon(1e-13));
  CHECK(law.standard_error <= 1e-14);
  CHECK(law.points == 8);
  CHECK(fit_power_law({1, 2}, {1, 2}).points == 0);
}

TEST_CASE("the interval of a noisy exponent holds it as often as it says") {
  RandomStream stream(9, "power law");
  const double found = coverage(2000, 2, [&] {
    std::vector<double> x, y;
    for (const double v : {2.0, 4.0, 8.0, 32.0}) {
      x.push_back(v);
      y.push_back(v * v * std::exp(0.3 * stream.normal()));
    }
    const PowerLaw law = fit_power_law(x, y, 0.9);
    Estimate out;
    out.low = law.low;
    out.high = law.high;
    return out;
  });
  CHECK(std::abs(found - 0.9) <= four_sigma(0.9, 2000));
}

TEST_CASE("laws of several variables leave out those that do not vary") {
  Matrix x(6, 3);
  Vector y(6);
  for (Index i = 0; i < 6; ++i) {
    x(i, 0) = static_cast<double>(i + 1);
    x(i, 1) = 7;
    x(i, 2) = static_cast<double>((i * i) % 5 + 1);
    y[i] = 2 * x(i, 0) * x(i, 0) / std::sqrt(x(i, 2));
  }
  const PowerLaws laws = fit_power_laws(x, y);
  CHECK(laws.exponents[0] == doctest::Approx(2).epsilon(1e-12));
  CHECK(std::isnan(laws.exponents[1]));
  CHECK(laws.exponents[2] == doctest::Approx(-0.5).epsilon(1e-12));
  CHECK(laws.factor == doctest::Approx(2).epsilon(1e-12));
  CHECK(laws.degrees_of_freedom == 3);
  x.col(1) = 3 * x.col(0);  // together
  CHECK(std::isnan(fit_power_laws(x, y).exponents[0]));
}

// A new y lies within the factor as often as the level says, also beyond the range of the points.
TEST_CASE("a prediction of a power law holds the new number as often as it says") {
  RandomStream stream(10, "prediction");
  const Vector at = Vector::Constant(1, 128);
  const auto noisy = [&](double v) { return 3 * v * v * std::exp(0.2 * stream.normal()); };
  int held = 0;
  constexpr int kTrials = 2000;
  for (int trial = 0; trial < kTrials; ++trial) {
    Matrix x(5, 1);
    x << 2, 4, 8, 16, 16;
    Vector y(5);
    for (Index i = 0; i < 5; ++i) y[i] = noisy(x(i, 0));
    const PowerLawPrediction found = predict(fit_power_laws(x, y), at, 0.9);
    const double ratio = noisy(at[0]) / found.value;
    held += ratio <= found.factor && ratio >= 1 / found.factor ? 1 : 0;
  }
  CHECK(std::abs(static_cast<double>(held) / kTrials - 0.9) <= four_sigma(0.9, kTrials));
}

TEST_CASE("a prediction knows nothing where nothing varied or nothing was fitted") {
  Matrix x(4, 2);
  x << 1, 7, 2, 7, 4, 7, 8, 7;
  const Vector y = x.col(0);
  const PowerLaws laws = fit_power_laws(x, y);
  CHECK(predict(laws, Vector{{16, 7}}).factor == doctest::Approx(1).epsilon(1e-10));
  CHECK(std::isinf(predict(laws, Vector{{16, 8}}).factor));
  CHECK(std::isinf(predict(fit_power_laws(x.topRows(1), y.head(1)), Vector{{16, 7}}).factor));
  CHECK_THROWS_AS(static_cast<void>(predict(laws, Vector{{16, 0}})), std::invalid_argument);
}

TEST_CASE("what is no number, or no level, is refused") {
  const double kNaN = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(static_cast<void>(mean_estimate({})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(mean_estimate({1, kNaN})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(mean_estimate({1, 2}, {.level = 1})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(mean_estimate(
                      {1, 2}, {.method = IntervalMethod::kBootstrap, .resamples = 100})),
                  std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(paired_difference({1, 2}, {1})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(median_estimate({kNaN})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(fit_power_law({1, 2, 3}, {1, -2, 3})), std::invalid_argument);
}

}  // namespace saddlescope::analysis

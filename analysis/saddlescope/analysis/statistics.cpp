#include "saddlescope/analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kFewest = 10;  // of the bootstrap, when chosen automatically
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void require_level(double level) {
  require(level > 0 && level < 1, "level of an interval: expected a number between 0 and 1, got {}",
          level);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

void student(const std::vector<double>& values, Estimate& out) {
  out.method = "Student's t";
  const auto n = static_cast<double>(values.size());
  double squares = 0;
  for (const double v : values) squares += (v - out.value) * (v - out.value);
  const boost::math::students_t distribution(n - 1);
  const double t = boost::math::quantile(distribution, (1 + out.level) / 2);
  const double half = t * std::sqrt(squares / (n - 1) / n);
  out.low = out.value - half;
  out.high = out.value + half;
}

// The sorted means of resamples.
std::vector<double> resampled_means(const std::vector<double>& values,
                                    const IntervalOptions& options) {
  RandomStream stream(options.seed, "bootstrap");
  const auto n = static_cast<Index>(values.size());
  std::vector<double> means(static_cast<std::size_t>(options.resamples));
  for (double& mean : means) {
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += values[static_cast<std::size_t>(stream.index(n))];
    mean = sum / static_cast<double>(n);
  }
  std::sort(means.begin(), means.end());
  return means;
}

// a = sum d_i^3 / (6 (sum d_i^2)^{3/2}): for a mean the jackknife's d_i are proportional to v_i - m.
double acceleration(const std::vector<double>& values, double mean) {
  double squares = 0, cubes = 0;
  for (const double v : values) {
    const double d = v - mean;
    squares += d * d;
    cubes += d * d * d;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

// Between the order statistics around the place p (B + 1).
double quantile_of(const std::vector<double>& sorted, double p) {
  const auto B = static_cast<double>(sorted.size());
  const double place = std::clamp(p * (B + 1), 1.0, B) - 1;
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double share = place - static_cast<double>(below);
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

void bootstrap(const std::vector<double>& values, const IntervalOptions& options, Estimate& out) {
  const double beyond = static_cast<double>(options.resamples) * (1 - options.level) / 2;
  require(beyond >= 10, "resamples: expected ten or more beyond each end of a {} interval, got {}",
          options.level, options.resamples);
  out.method = fmt::format("bootstrap BCa, {} resamples", options.resamples);
  const std::vector<double> means = resampled_means(values, options);
  const auto B = static_cast<double>(means.size());
  const auto [from, to] = std::equal_range(means.begin(), means.end(), out.value);
  const double below =
      static_cast<double>(from - means.begin()) + static_cast<double>(to - from) / 2;
  const boost::math::normal normal;
  const double bias =
      boost::math::quantile(normal, std::clamp(below / B, 0.5 / B, 1 - 0.5 / B));  // z_0
  const double a = acceleration(values, out.value);
  const auto end = [&](double p) {
    const double z = bias + boost::math::quantile(normal, p);
    const double divisor = 1 - a * z;
    if (divisor <= 0) return z > 0 ? means.back() : means.front();
    return quantile_of(means, boost::math::cdf(normal, bias + z / divisor));
  };
  out.low = end((1 - options.level) / 2);
  out.high = end((1 + options.level) / 2);
}

}  // namespace

Estimate mean_estimate(const std::vector<double>& values, const IntervalOptions& options) {
  require(!values.empty(), "mean: expected a number, got none");
  for (const double v : values)
    require(std::isfinite(v), "mean: expected finite numbers, got {}", v);
  require_level(options.level);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  Estimate out;
  out.value = mean_of(sorted);
  out.level = options.level;
  out.n = static_cast<Index>(values.size());
  if (out.n == 1) {
    out.low = -kInfinity;
    out.high = kInfinity;
    out.method = "one number";
  } else if (options.method == IntervalMethod::kStudentT ||
             (options.method == IntervalMethod::kAutomatic && out.n < kFewest)) {
    student(sorted, out);
  } else {
    bootstrap(sorted, options, out);
  }
  return out;
}

Estimate paired_difference(const std::vector<double>& a, const std::vector<double>& b,
                           const IntervalOptions& options) {
  require(a.size() == b.size(), "paired difference: expected equally many, got {} and {}", a.size(),
          b.size());
  std::vector<double> differences(a.size());
  std::transform(a.begin(), a.end(), b.begin(), differences.begin(), std::minus<>());
  Estimate out = mean_estimate(differences, options);
  out.method += ", of paired differences";
  return out;
}

double median(std::vector<double> values) {
  require(!values.empty(), "median: expected a number, got none");
  for (const double v : values)
    if (std::isnan(v)) return v;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Estimate median_estimate(const std::vector<double>& values, double level) {
  require_level(level);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  Estimate out;
  out.value = median(sorted);
  require(!std::isnan(out.value), "median: expected numbers, got NaN");
  out.n = static_cast<Index>(sorted.size());
  out.method = "order statistics";
  const boost::math::binomial heads(static_cast<double>(out.n), 0.5);
  const auto reached = [&](Index k) {  // P(x_(k) <= median <= x_(n+1-k))
    return 1 - 2 * boost::math::cdf(heads, static_cast<double>(k - 1));
  };
  Index k = 1;
  while (2 * (k + 1) <= out.n && reached(k + 1) >= level) ++k;
  out.level = reached(k);
  out.low = sorted[static_cast<std::size_t>(k - 1)];
  out.high = sorted[static_cast<std::size_t>(out.n - k)];
  return out;
}

std::string estimate_text(const Estimate& estimate, const std::string& format, double factor) {
  const auto text = [&](double v) { return fmt::format(fmt::runtime(format), factor * v); };
  return fmt::format("{} [{}, {}]", text(estimate.value), text(estimate.low), text(estimate.high));
}

nlohmann::ordered_json estimate_json(const Estimate& estimate) {
  using Json = nlohmann::ordered_json;
  const auto number = [](double v) { return std::isfinite(v) ? Json(v) : Json(); };
  return {{"value", number(estimate.value)},
          {"low", number(estimate.low)},
          {"high", number(estimate.high)},
          {"level", estimate.level},
          {"n", estimate.n},
          {"method", estimate.method}};
}

}  // namespace saddlescope::analysis

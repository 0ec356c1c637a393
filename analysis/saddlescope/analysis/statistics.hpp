// Means, medians, paired differences and power laws over seeds, each with an interval.
//
// An interval is meant to hold the true quantity of the distribution that the numbers were drawn
// from, independently of each other, with the probability `level`.
//
//   Student's t    mean -+ t_{n-1} s / sqrt(n): exact for normal numbers, fair from two on where
//                  they are not far from normal; the choice for few seeds
//   bootstrap      BCa, bias-corrected and accelerated (Efron 1987), of the mean over seeded
//                  resamples with replacement: follows skewed numbers, but is too short for few
//   order          [x_(k), x_(n+1-k)] around the median: holds for every continuous distribution
//                  with probability 1 - 2 P(Bin(n, 1/2) < k)
//
// Results depend on the numbers and not on their order, on the seed, and on nothing else. Functions
// throw std::invalid_argument for no numbers and for numbers that are not finite; callers say
// themselves what they leave out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

struct Estimate {
  double value = 0;
  double low = 0, high = 0;  // infinite where one number says nothing of the spread
  double level = 0;          // of the interval; of a median's, the one reached
  Index n = 0;
  std::string method;  // "Student's t", "bootstrap BCa, 9999 resamples", "order statistics"
};

enum class IntervalMethod { kAutomatic, kStudentT, kBootstrap };

struct IntervalOptions {
  double level = 0.95;  // in (0, 1)
  // Automatic: Student's t below 10 numbers, where resamples repeat too few values, else bootstrap.
  IntervalMethod method = IntervalMethod::kAutomatic;
  Index resamples = 9999;  // resamples (1 - level) / 2 >= 10: ten lie beyond each end
  std::uint64_t seed = 0;
};

[[nodiscard]] Estimate mean_estimate(const std::vector<double>& values,
                                     const IntervalOptions& options = {});

// Of a_i - b_i, where a_i and b_i share a seed; equally many.
[[nodiscard]] Estimate paired_difference(const std::vector<double>& a, const std::vector<double>& b,
                                         const IntervalOptions& options = {});

// Of at least one number; the mean of the middle two of an even count. NaN where one is NaN.
[[nodiscard]] double median(std::vector<double> values);

// The shortest symmetric interval of order statistics that reaches the level; where n is too small,
// which n < 6 is for 0.95, from the least to the greatest, and the level says what that reaches.
// Infinite numbers are allowed: runs censored at the far end.
[[nodiscard]] Estimate median_estimate(const std::vector<double>& values, double level = 0.95);

// "97.31 [96.9, 97.7]": value and ends, each through the format and times the factor.
[[nodiscard]] std::string estimate_text(const Estimate& estimate, const std::string& format,
                                        double factor = 1);
// value, low, high, level, n, method; ends that are not finite become null.
[[nodiscard]] nlohmann::ordered_json estimate_json(const Estimate& estimate);

// y = c x^p by least squares on logarithms.
struct PowerLaw {
  double exponent = 0;
  double standard_error = 0;  // of the exponent, from the residuals; n - 2 degrees of freedom
  double low = 0, high = 0;   // Student's t at the level asked for
  double factor = 0;          // c
  Index points = 0;           // 0: too few for a fit (fewer than 3)
};

// x, y > 0, equally many; the x are not all equal.
[[nodiscard]] PowerLaw fit_power_law(const std::vector<double>& x, const std::vector<double>& y,
                                     double level = 0.95);

// y = c x_1^{p_1} .. x_k^{p_k}, x with a row per point and a column per variable.
struct PowerLaws {
  Vector exponents, standard_errors;  // NaN for variables that do not vary
  double factor = 0;
  // Points less coefficients. Where it is below 1, or variables that vary do so together, there is
  // no fit and all numbers are NaN.
  Index degrees_of_freedom = 0;
  // Of the residuals of log y: standard deviation, and what a prediction needs beside it: how many
  // points, the mean of log x, and the covariance of the exponents (0 for what does not vary).
  double scatter = 0;
  Index points = 0;
  Vector centre;
  Matrix covariance;
};
[[nodiscard]] PowerLaws fit_power_laws(const Matrix& x, const Vector& y);

// A new y at x: its median c x^p, and the factor by which it may be off either way. By Student's t
// log y is within log(factor) with probability `level` where log y is normal about the law, extrapolation included;
// infinite where there is no fit, or where a variable is not the one value that all points had.
struct PowerLawPrediction {
  double value = 0, factor = 0;
};
[[nodiscard]] PowerLawPrediction predict(const PowerLaws& laws, const Vector& x,
                                         double level = 0.95);

}  // namespace saddlescope::analysis

#include "saddlescope/saddle/counterexamples.hpp"

#include <cmath>

#include "saddlescope/base/require.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope {
namespace {

void require_positive(double value, const char* what) {
  require(value > 0 && std::isfinite(value), "{}: expected a finite number > 0, got {}", what,
          value);
}

void require_nonzero(double value, const char* what) {
  require(value != 0 && std::isfinite(value), "{}: expected a finite number other than 0, got {}",
          what, value);
}

Architecture two_layers(Index input, Index hidden, Index output, double hidden_precision,
                        double lambda) {
  require_positive(lambda, "output precision lambda");
  require_positive(hidden_precision, "precision pi_1");
  return {{input, hidden, output}, {1, 1}, {0, 0}, {hidden_precision, lambda}};
}

// y = diag(slopes) (h_1, h_2) + noise h_1 h_2 (entry by entry) on the four points (+-1, +-1).
Dataset four_signs(const Eigen::Vector2d& slopes, const Eigen::Vector2d& noise, std::string name) {
  Dataset data;
  data.name = std::move(name);
  data.x.resize(2, 4);
  data.x << 1, -1, 1, -1, 1, 1, -1, -1;
  data.y = slopes.asDiagonal() * data.x;
  for (Index i = 0; i < 4; ++i) data.y.col(i) += data.x(0, i) * data.x(1, i) * noise;
  return data;
}

void check(const BottleneckOptions& options) {
  require_positive(options.lambda_v, "bottleneck: lambda_v");
  require(options.lambda_u > options.lambda_v,
          "bottleneck: lambda_u: expected > lambda_v = {}, got {}", options.lambda_v,
          options.lambda_u);
  require(options.mu > options.lambda_u && std::isfinite(options.mu),
          "bottleneck: mu: expected a finite number > lambda_u = {}, got {}", options.lambda_u,
          options.mu);
  require_positive(options.lambda, "output precision lambda");
  require_positive(options.hidden_precision, "precision pi_1");
  require_nonzero(options.d, "bottleneck: d");
}

}  // namespace

double bottleneck_transition(const BottleneckOptions& options) {
  check(options);
  return std::sqrt(options.hidden_precision * (options.lambda_u - options.lambda_v) /
                   (options.lambda * (options.mu - options.lambda_u)));
}

Construction bottleneck(const BottleneckOptions& options) {
  const double transition = bottleneck_transition(options);
  Construction out;
  out.architecture = two_layers(2, 1, 2, options.hidden_precision, options.lambda);
  const double root = std::sqrt(options.lambda_u);
  out.data = four_signs({root, std::sqrt(options.lambda_v)},
                        {0, std::sqrt(options.mu - options.lambda_v)}, "bottleneck");
  Matrix A_1 = Matrix::Zero(1, 2);
  Matrix A_2 = Matrix::Zero(2, 1);
  A_1(0, 0) = root / options.d;
  A_2(0, 0) = options.d;
  ConstructedPoint& point = out.point;
  point.family = "bottleneck";
  point.theta = weights_of(out.architecture, {A_1, A_2});
  point.rank = 1;
  point.mse.value = options.mu / 2;
  point.mse.is_global = true;
  point.mse.negative_curvature = false;
  point.energy.value = options.lambda * options.mu / 2;
  point.energy.is_global = false;
  const double distance = std::abs(options.d) / transition - 1;
  if (std::abs(distance) > 1e-12) point.energy.negative_curvature = distance > 0;
  point.note = fmt::format("transition at |d| = d_c = {:.15g}", transition);
  return out;
}

Construction uncorrelated_scalar(const UncorrelatedScalarOptions& options) {
  require(std::isfinite(options.w), "uncorrelated: w: expected a finite number, got {}", options.w);
  Construction out;
  out.architecture = two_layers(1, 1, 1, options.hidden_precision, options.lambda);
  out.data = four_point();
  ConstructedPoint& point = out.point;
  point.family = "uncorrelated-scalar";
  point.theta =
      weights_of(out.architecture, {Matrix::Constant(1, 1, options.w), Matrix::Zero(1, 1)});
  point.mse = {true, 0.5, false, std::nullopt, true};
  const double ratio = options.lambda / options.hidden_precision;
  const double curvature = options.lambda * (options.w * options.w - ratio);
  point.energy.value = options.lambda / 2;
  point.energy.is_global = false;
  if (std::abs(curvature) > 1e-12 * options.lambda * ratio) {
    point.energy.negative_curvature = curvature < 0;
    if (curvature < 0) point.energy.lambda_min_at_most = curvature;
  }
  point.note = fmt::format("eigenvalues of H(F*): 0 and {:.15g}", curvature);
  return out;
}

Construction uncorrelated_target(const UncorrelatedTargetOptions& options) {
  require_nonzero(options.t, "uncorrelated: t");
  require(std::isfinite(options.w), "uncorrelated: w: expected a finite number, got {}", options.w);
  require(options.sigma > 0 && options.sigma <= 1,
          "uncorrelated: sigma: expected in (0, 1], got {}", options.sigma);
  Construction out;
  out.architecture = two_layers(2, 2, 2, options.hidden_precision, options.lambda);
  out.data = four_signs({1, 0}, {0, options.sigma}, "one uncorrelated target");
  Matrix A_1 = Matrix::Zero(2, 2);
  Matrix A_2 = Matrix::Zero(2, 2);
  A_1(0, 0) = 1 / options.t;
  A_1(1, 1) = options.w;
  A_2(0, 0) = options.t;
  ConstructedPoint& point = out.point;
  point.family = "uncorrelated-target";
  point.theta = weights_of(out.architecture, {A_1, A_2});
  point.rank = 1;
  const double variance = options.sigma * options.sigma;
  point.mse = {true, variance / 2, false, std::nullopt, true};
  const double ratio = options.lambda * variance / options.hidden_precision;
  const double curvature = options.lambda * (options.w * options.w - ratio);
  point.energy.value = options.lambda * variance / 2;
  point.energy.is_global = false;
  if (std::abs(curvature) > 1e-12 * options.lambda * ratio) {
    point.energy.negative_curvature = curvature < 0;
    if (curvature < 0) point.energy.lambda_min_at_most = curvature;
  }
  point.note = fmt::format("curvature along W_2 = e_2 e_2': {:.15g}", curvature);
  return out;
}

}  // namespace saddlescope

#include "saddlescope/saddle/escape.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <Eigen/SVD>
#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using Flow = std::function<FlowResult(const Vector& displacement, const FlowOptions& options)>;

// The slope k c rho^{k-1} of the law, < 0.
double slope(const EscapeRay& ray, double rho) {
  return static_cast<double>(ray.order) * ray.coefficient *
         std::pow(rho, static_cast<double>(ray.order - 1));
}

double deviation(const Objective<double>& objective, const Vector& theta_0, const EscapeRay& ray,
                 double rho) {
  const Evaluation<double> there = objective.at(theta_0 + rho * ray.direction);
  if (!there.summary.ok()) return std::numeric_limits<double>::infinity();
  const double law = slope(ray, rho);
  return (there.point->gradient() - law * ray.direction).norm() / std::abs(law);
}

double predicted_time(const EscapeRay& ray, double epsilon, double radius) {
  if (ray.order == 2) return std::log(radius / epsilon) / std::abs(2 * ray.coefficient);
  const auto k = static_cast<double>(ray.order);
  return (std::pow(epsilon, 2 - k) - std::pow(radius, 2 - k)) /
         ((k - 2) * k * std::abs(ray.coefficient));
}

void check(const Objective<double>& objective, const Vector& theta_0, const EscapeRay& ray,
           const EscapeTimeOptions& options) {
  require(theta_0.size() == objective.dim() && ray.direction.size() == objective.dim(),
          "escape: expected point and direction of {} parameters, got {} and {}", objective.dim(),
          theta_0.size(), ray.direction.size());
  require(theta_0.allFinite() && ray.direction.allFinite(),
          "escape: expected a finite point and direction");
  require(std::abs(ray.direction.norm() - 1) < 1e-6,
          "escape: direction: expected a unit vector, got the norm {}", ray.direction.norm());
  require(ray.order >= 2, "escape: order: expected >= 2, got {}", ray.order);
  require(ray.coefficient < 0 && std::isfinite(ray.coefficient),
          "escape: coefficient: expected < 0, got {}", ray.coefficient);
  require(options.radius >= 0, "escape: radius: expected >= 0, got {}", options.radius);
  require(options.epsilon >= 0, "escape: epsilon: expected >= 0, got {}", options.epsilon);
  require(options.radius == 0 || options.epsilon < options.radius,
          "escape: epsilon: expected below the radius {}, got {}", options.radius, options.epsilon);
  require(options.deviation > 0, "escape: deviation: expected > 0, got {}", options.deviation);
}

// The largest 2^-j in the regime of the law; the best of them where none is.
double choose_radius(const Objective<double>& objective, const Vector& theta_0,
                     const EscapeRay& ray, double allowed) {
  double best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (double radius = 1; radius > 1e-12; radius /= 2) {
    const double off = deviation(objective, theta_0, ray, radius);
    if (off <= allowed) return radius;
    if (off < least) {
      least = off;
      best = radius;
    }
  }
  return best;
}

EscapeTime run(const Objective<double>& objective, const Vector& theta_0, const EscapeRay& ray,
               const EscapeTimeOptions& options, const Flow& flow) {
  check(objective, theta_0, ray, options);
  EscapeTime result;
  result.ray = ray;
  result.radius = options.radius > 0 ? options.radius
                                     : choose_radius(objective, theta_0, ray, options.deviation);
  result.epsilon = options.epsilon;
  if (result.epsilon == 0) {
    result.epsilon = result.radius / (ray.order == 2 ? 1e4 : 10);
    while (10.5 * result.epsilon < result.radius &&
           deviation(objective, theta_0, ray, result.epsilon) > options.deviation)
      result.epsilon *= 10;
  }
  require(result.epsilon < result.radius, "escape: epsilon: expected below the radius {}, got {}",
          result.radius, result.epsilon);
  result.deviation_at_radius = deviation(objective, theta_0, ray, result.radius);
  result.deviation_at_epsilon = deviation(objective, theta_0, ray, result.epsilon);
  result.predicted = predicted_time(ray, result.epsilon, result.radius);

  FlowOptions until = options.flow;
  until.radius = result.radius;
  until.duration = 3 * result.predicted;
  until.gradient_tolerance = 0;
  result.flow = flow(result.epsilon * ray.direction, until);
  if (result.flow.end == FlowEnd::kRadius) {
    result.measured = result.flow.time;
    if (std::max(result.deviation_at_radius, result.deviation_at_epsilon) > 4 * options.deviation)
      result.summary = {Status::kUndecided,
                        fmt::format("the ray leaves the law: the gradient on it deviates by {:.1e} "
                                    "at epsilon = {:.1e} and by {:.1e} at radius {:.1e}",
                                    result.deviation_at_epsilon, result.epsilon,
                                    result.deviation_at_radius, result.radius)};
  } else {
    result.summary = {
        Status::kNotConverged,
        fmt::format("radius {:.3g} not reached by time {:.4g}, predicted {:.4g} ({})",
                    result.radius, result.flow.time, result.predicted, name(result.flow.end))};
  }
  return result;
}

}  // namespace

EscapeRay steepest_ray(const Objective<double>& objective, const Vector& theta_0) {
  const Evaluation<double> here = objective.at(theta_0);
  require(here.summary.ok(), "escape: the point cannot be computed: {}", here.summary.message);
  const Eigenpairs pairs = symmetric_eigenpairs(here.point->hessian());
  Vector v = pairs.vectors.col(0);
  Index largest = 0;
  v.cwiseAbs().maxCoeff(&largest);
  if (v[largest] < 0) v = -v;
  return {v / v.norm(), 2, pairs.values[0] / 2};
}

EscapeRay loss_origin_ray(const LinearLandscape& landscape) {
  const Architecture& net = landscape.reduced().architecture();
  const Index L = net.depth();
  require(L >= 2, "escape from the origin: expected at least 2 layers, got {}", L);
  double scales = 1;
  for (Index l = 0; l < L; ++l) {
    require(net.skips[static_cast<std::size_t>(l)] == 0,
            "escape from the origin: expected no skips, layer {} has one", l + 1);
    scales *= net.scales[static_cast<std::size_t>(l)];
  }
  const DataFactor<double>& data = landscape.reduced().factor();
  const Eigen::JacobiSVD<Matrix> svd(data.y * data.x.transpose(),
                                     Eigen::ComputeThinU | Eigen::ComputeThinV);
  const double s = svd.singularValues()[0];
  require(s > 0, "escape from the origin: expected Sigma_xy != 0");
  EscapeRay ray;
  ray.order = L;
  ray.coefficient =
      -s * std::abs(scales) * std::pow(static_cast<double>(L), -0.5 * static_cast<double>(L));
  ray.direction = Vector::Zero(net.n_parameters());
  for (Index l = 0; l < L; ++l) {
    const Vector left = l + 1 == L ? Vector(svd.matrixU().col(0) * (scales < 0 ? -1 : 1))
                                   : Vector(Vector::Unit(net.rows(l), 0));
    const Vector right =
        l == 0 ? Vector(svd.matrixV().col(0)) : Vector(Vector::Unit(net.cols(l), 0));
    weight(net, ray.direction, l) = left * right.transpose() / std::sqrt(static_cast<double>(L));
  }
  return ray;
}

EscapeTime escape_time(const Objective<double>& objective, const Vector& theta_0,
                       const EscapeRay& ray, const EscapeTimeOptions& options) {
  return run(objective, theta_0, ray, options,
             [&](const Vector& displacement, const FlowOptions& flow) {
               return gradient_flow(objective, theta_0, displacement, flow);
             });
}

EscapeTime escape_time(const LinearLandscape& landscape, const Vector& theta_0,
                       const EscapeRay& ray, const EscapeTimeOptions& options) {
  return run(landscape.objective(), theta_0, ray, options,
             [&](const Vector& displacement, const FlowOptions& flow) {
               return gradient_flow(landscape, theta_0, displacement, flow);
             });
}

}  // namespace saddlescope

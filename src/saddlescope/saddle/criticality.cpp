#include "saddlescope/saddle/criticality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// What the signs of curvature say at a critical point.
PointJudgement judge_signs(const CurvatureFacts& facts) {
  const Inertia& inertia = facts.inertia;
  if (!facts.counts_agree)
    return {PointVerdict::kUndecided, "two independent counts of the signs disagree"};
  if (inertia.n_negative > 0)
    return {PointVerdict::kStrictSaddle,
            fmt::format("{} eigenvalue{} below -threshold", inertia.n_negative,
                        inertia.n_negative == 1 ? "" : "s")};
  if (inertia.n_negative < 0) return {PointVerdict::kUndecided, "the sign of lambda_min is open"};
  if (inertia.n_zero < 0)
    return {PointVerdict::kUndecided,
            "no eigenvalue below -threshold; how many lie within it is not determined"};
  if (inertia.n_zero == 0) return {PointVerdict::kLocalMinimum, "all eigenvalues > 0"};
  if (inertia.n_zero > facts.n_exact_zero)
    return {PointVerdict::kUndecided,
            fmt::format("no eigenvalue below -threshold; {} eigenvalue{} within it", inertia.n_zero,
                        inertia.n_zero == 1 ? "" : "s")};
  if (inertia.n_positive == 0)
    return {PointVerdict::kDegenerate, "Hessian exactly zero, higher orders decide"};
  return {
      PointVerdict::kDegenerate,
      fmt::format("no negative eigenvalue, {} exactly zero: higher orders decide", inertia.n_zero)};
}

}  // namespace

double parameter_error(const GradientScales& scales) {
  return static_cast<double>(scales.width) * kEps * scales.theta_norm;
}

double curvature_scale(const GradientScales& scales) {
  const double square = scales.theta_norm * scales.theta_norm;
  const double by_value = square > 0 ? scales.value / square : 0;
  return std::max(scales.hessian_norm, by_value);
}

GradientFacts gradient_facts(double norm, const GradientScales& scales) {
  return {norm, scales.rounding + parameter_error(scales) * scales.hessian_norm,
          std::max(scales.magnitude,
                   10 * std::sqrt(kEps) * curvature_scale(scales) * scales.theta_norm)};
}

Criticality judge_gradient(const GradientFacts& gradient) {
  if (!std::isfinite(gradient.norm) || std::isnan(gradient.bound)) return Criticality::kUndecided;
  if (gradient.norm > gradient.bound) return Criticality::kNotCritical;
  if (gradient.norm == 0 && gradient.size == 0) return Criticality::kCritical;
  return gradient.bound < gradient.size / 10 ? Criticality::kCritical : Criticality::kUndecided;
}

std::string text(const GradientFacts& gradient) {
  switch (judge_gradient(gradient)) {
    case Criticality::kNotCritical:
      return fmt::format("|gradient| {:.2e} > its rounding {:.1e}", gradient.norm, gradient.bound);
    case Criticality::kUndecided:
      return fmt::format(
          "the gradient's rounding {:.1e} leaves no digit of it (|gradient| {:.2e}, {:.1e} before "
          "cancellation)",
          gradient.bound, gradient.norm, gradient.size);
    case Criticality::kCritical:
      break;
  }
  return gradient.norm == 0 ? "gradient exactly zero" : "critical to rounding";
}

std::string name(PointVerdict verdict) {
  switch (verdict) {
    case PointVerdict::kNotCritical:
      return "not critical";
    case PointVerdict::kStrictSaddle:
      return "strict saddle";
    case PointVerdict::kLocalMinimum:
      return "local minimum";
    case PointVerdict::kNonStrictSaddle:
      return "non-strict saddle";
    case PointVerdict::kDegenerate:
      return "degenerate";
    case PointVerdict::kUndecided:
      break;
  }
  return "undecided";
}

PointJudgement judge_point(const CurvatureFacts& facts) {
  switch (judge_gradient(facts.gradient)) {
    case Criticality::kNotCritical:
      return {PointVerdict::kNotCritical, text(facts.gradient)};
    case Criticality::kUndecided:
      return {PointVerdict::kUndecided, text(facts.gradient)};
    case Criticality::kCritical:
      break;
  }
  PointJudgement judgement = judge_signs(facts);
  if (!facts.layers.empty())
    judgement.reason = fmt::format("within layers {}: {}", facts.layers, judgement.reason);
  judgement.reason = text(facts.gradient) + ", " + judgement.reason;
  return judgement;
}

std::string text(const PointJudgement& judgement) {
  return name(judgement.verdict) + ": " + judgement.reason;
}

}  // namespace saddlescope

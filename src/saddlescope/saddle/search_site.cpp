#include "saddlescope/saddle/search_site.hpp"

#include <cmath>

#include "saddlescope/linalg/power_of_two.hpp"
#include "saddlescope/saddle/criticality.hpp"

namespace saddlescope::critical_search {
namespace {

// Far out, where weights of 1e2 and more make S ill-conditioned, rounding can exceed a gradient
// that only decays: a critical point shows nine digits of its gradient's terms cancelling.
constexpr double kResolution = 1e-9;

}  // namespace

std::optional<Site> Site::at(const Objective<double>& objective, Vector theta, Counts& counts) {
  if (!theta.allFinite()) return {};
  ++counts.evaluations;
  Evaluation<double> evaluation = objective.at(theta);
  if (!evaluation.summary.ok()) return {};
  Site site;
  site.theta_ = std::move(theta);
  site.point_ = std::move(evaluation.point);
  site.gradient_ = site.point_->gradient();
  site.gradient_norm_ = scaled_norm(site.gradient_);
  if (!std::isfinite(site.gradient_norm_)) return {};
  return site;
}

Vector Site::hessian_times(const Vector& v, Counts& counts) const {
  Vector product(v.size());
  point_->hessian_times(v, product);
  ++counts.products;
  return product;
}

bool Site::is_critical() const {
  const GradientFacts facts = {gradient_norm_, point_->gradient_error_bound(),
                               point_->gradient_magnitude()};
  return judge_gradient(facts) == Criticality::kCritical &&
         (facts.norm == 0 || facts.bound <= kResolution * facts.size);
}

std::optional<Site> backtrack(const Objective<double>& objective, const Site& site, const Vector& s,
                              double first, double slope, double reference, Counts& counts) {
  constexpr int kHalvings = 40;
  double length = first;
  for (int halving = 0; halving <= kHalvings; ++halving, length /= 2) {
    std::optional<Site> trial = Site::at(objective, site.theta() + length * s, counts);
    if (!trial) continue;
    const double merit = trial->gradient_norm() * trial->gradient_norm() / 2;
    if (merit <= reference + 1e-4 * length * slope) return trial;
  }
  return {};
}

}  // namespace saddlescope::critical_search

#include "saddlescope/saddle/constructed_point.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/SVD>

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// Sums of many samples: eps for each, and no more than some hundreds of them cancel fully.
constexpr double kMomentRounding = 1e3 * kEps;

}  // namespace

StrictnessHypothesis strictness_hypothesis(const Architecture& net, const SecondMoments& moments) {
  check(net);
  require_linear(net, "strictness hypothesis");
  if (net.depth() < 2) return StrictnessHypothesis::kNone;
  const Index last_hidden = net.widths[net.widths.size() - 2];
  const double xx = moments.xx.trace();
  const Vector variances = Eigen::JacobiSVD<Matrix>(moments.xx).singularValues();
  const Index rank_x = (variances.array() > kMomentRounding * xx).count();
  const Index narrowest =
      std::min(rank_x, *std::min_element(net.widths.begin(), net.widths.end() - 2));
  if (last_hidden > narrowest) return StrictnessHypothesis::kWideLastLayer;
  const Vector correlations = Eigen::JacobiSVD<Matrix>(moments.xy).singularValues();
  const double noise = kMomentRounding * std::sqrt(xx * moments.yy.trace());
  const bool full_rank = (correlations.array() > noise).count() == net.output();
  return last_hidden >= net.output() && full_rank ? StrictnessHypothesis::kCorrelated
                                                  : StrictnessHypothesis::kNone;
}

void complete_predictions(const Architecture& net, const SecondMoments& moments,
                          ConstructedPoint& point) {
  Prediction& energy = point.energy;
  if (!energy.critical) return;
  if (point.mse.negative_curvature == true) energy.negative_curvature = true;
  const double smallest = kMomentRounding * net.lambda() * moments.yy.trace();
  if (energy.value && *energy.value <= smallest) {
    energy.is_global = true;
    energy.negative_curvature = false;
  } else if (energy.value) {
    const StrictnessHypothesis hypothesis = strictness_hypothesis(net, moments);
    if (hypothesis != StrictnessHypothesis::kNone) energy.negative_curvature = true;
  }
  if (energy.negative_curvature == true) energy.is_global = false;
}

}  // namespace saddlescope

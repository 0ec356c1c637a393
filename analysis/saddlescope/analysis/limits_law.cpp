#include "saddlescope/analysis/limits_law.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <Eigen/QR>

namespace saddlescope::analysis {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Index kLeastPoints = 6;

struct Quantity {
  const char* name;
  std::function<double(const MapCell&)> value, error;
};

struct Place {
  double log_width, log_depth, log_value;
};

void fit(const std::vector<Place>& places, LimitLaw& law) {
  law.n_points = static_cast<Index>(places.size());
  law.width_exponent = law.width_error = law.depth_exponent = law.depth_error = kNaN;
  if (law.n_points < kLeastPoints) return;
  const bool depths = std::any_of(places.begin(), places.end(), [&](const Place& place) {
    return place.log_depth != places.front().log_depth;
  });
  Matrix X(law.n_points, depths ? 3 : 2);
  Vector y(law.n_points);
  for (Index i = 0; i < law.n_points; ++i) {
    const Place& place = places[static_cast<std::size_t>(i)];
    X(i, 0) = 1;
    X(i, 1) = place.log_width;
    if (depths) X(i, 2) = place.log_depth;
    y[i] = place.log_value;
  }
  const Eigen::ColPivHouseholderQR<Matrix> qr(X);
  if (qr.rank() < X.cols()) return;  // one width only
  const Vector coefficients = qr.solve(y);
  const double variance =
      (y - X * coefficients).squaredNorm() / static_cast<double>(law.n_points - X.cols());
  const Vector spread = ((X.transpose() * X).inverse().diagonal() * variance).cwiseSqrt();
  law.width_exponent = coefficients[1];
  law.width_error = spread[1];
  if (depths) {
    law.depth_exponent = coefficients[2];
    law.depth_error = spread[2];
  }
  const double margin = 3 * law.width_error;
  if (law.width_exponent + margin < 0) {
    law.vanishes = Verdict::kHolds;
  } else if (law.width_exponent - margin > -0.5) {
    law.vanishes = Verdict::kFails;
  }
}

}  // namespace

std::vector<LimitLaw> limit_laws(const LimitsOptions& options, const std::vector<MapCell>& map) {
  const Quantity quantities[] = {
      {"1 - cos(PC, BP)", [](const MapCell& c) { return 1 - c.point.cosine[0]; },
       [](const MapCell& c) { return c.point.cosine_error[0]; }},
      {"lambda L/F* - 1", [](const MapCell& c) { return c.point.ratio - 1; },
       [](const MapCell& c) { return c.point.ratio * c.point.ratio_error; }}};
  std::vector<LimitLaw> laws;
  for (const std::string& parameterisation : options.parameterisations) {
    for (const Quantity& quantity : quantities) {
      LimitLaw law;
      law.parameterisation = parameterisation;
      law.quantity = quantity.name;
      std::vector<Place> places;
      for (const Index H : *options.hidden_layers) {
        for (const Index n : *options.widths) {
          const double q = seed_median(map, parameterisation, n, H, quantity.value);
          const double error = seed_median(map, parameterisation, n, H, quantity.error);
          if (n == options.widths->back() && std::isfinite(q))
            law.at_widest = std::max(law.at_widest, q);
          if (n >= 4 * (H + 1) && q > 10 * error)
            places.push_back({std::log(static_cast<double>(n)), std::log(static_cast<double>(H + 1)),
                              std::log(q)});
        }
      }
      fit(places, law);
      laws.push_back(law);
    }
  }
  return laws;
}

}  // namespace saddlescope::analysis

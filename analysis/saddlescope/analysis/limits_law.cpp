#include "saddlescope/analysis/limits_law.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "saddlescope/analysis/statistics.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Index kLeastPoints = 6;

struct Quantity {
  const char* name;
  std::function<double(const LimitsPoint&)> value, error;
};

std::vector<Quantity> quantities() {
  return {{"1 - cos(PC, BP)", [](const LimitsPoint& p) { return 1 - p.cosine[0]; },
           [](const LimitsPoint& p) { return p.cosine_error[0]; }},
          {"lambda L/F* - 1", [](const LimitsPoint& p) { return p.ratio - 1; },
           [](const LimitsPoint& p) { return p.ratio * p.ratio_error; }}};
}

// Rows of x are (width, depth).
void fit(const std::vector<std::array<double, 3>>& places, LimitLaw& law) {
  law.n_points = static_cast<Index>(places.size());
  law.width_exponent = law.width_error = law.depth_exponent = law.depth_error = kNaN;
  if (law.n_points < kLeastPoints) return;
  Matrix x(law.n_points, 2);
  Vector y(law.n_points);
  for (Index i = 0; i < law.n_points; ++i) {
    const auto& [width, depth, value] = places[static_cast<std::size_t>(i)];
    x(i, 0) = width;
    x(i, 1) = depth;
    y[i] = value;
  }
  const PowerLaws found = fit_power_laws(x, y);
  law.width_exponent = found.exponents[0];
  law.width_error = found.standard_errors[0];
  law.depth_exponent = found.exponents[1];
  law.depth_error = found.standard_errors[1];
  const double margin = 3 * law.width_error;
  if (law.width_exponent + margin < 0) {
    law.vanishes = Verdict::kHolds;
  } else if (law.width_exponent - margin > -0.5) {
    law.vanishes = Verdict::kFails;
  }
}

LimitLaw law_of(const LimitsOptions& options, const std::vector<MapCell>& map,
                const std::string& parameterisation, const std::vector<Index>& widths,
                const Quantity& quantity) {
  LimitLaw law;
  law.parameterisation = parameterisation;
  law.quantity = quantity.name;
  std::vector<std::array<double, 3>> places;
  for (const Index H : *options.hidden_layers) {
    for (const Index n : widths) {
      const auto median = [&](const std::function<double(const LimitsPoint&)>& of) {
        return seed_median(map, parameterisation, n, H,
                           [&](const MapCell& cell) { return of(cell.point); });
      };
      const double q = median(quantity.value);
      if (n == widths.back() && std::isfinite(q)) law.at_widest = std::max(law.at_widest, q);
      if (n >= 4 * (H + 1) && q > 10 * median(quantity.error))
        places.push_back({static_cast<double>(n), static_cast<double>(H + 1), q});
    }
  }
  fit(places, law);
  return law;
}

}  // namespace

std::vector<LimitLaw> limit_laws(const LimitsOptions& options, const std::vector<MapCell>& map) {
  std::vector<LimitLaw> laws;
  for (const std::string& parameterisation : options.parameterisations)
    for (const Quantity& quantity : quantities())
      laws.push_back(law_of(options, map, parameterisation, *options.widths, quantity));
  return laws;
}

std::vector<LimitLaw> training_laws(const LimitsOptions& options,
                                    const std::vector<TwinRun>& runs) {
  std::vector<MapCell> ends;
  for (const TwinRun& run : runs)
    if (run.summary.ok()) ends.push_back({run.cell, run.records.back().at_pc, 0});
  std::vector<LimitLaw> laws;
  for (const std::string& parameterisation : options.parameterisations)
    for (const Quantity& quantity : quantities())
      laws.push_back(law_of(options, ends, parameterisation, *options.training_widths, quantity));
  return laws;
}

}  // namespace saddlescope::analysis

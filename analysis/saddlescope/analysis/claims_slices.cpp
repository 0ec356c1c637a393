// Claims about slices of the landscape.
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/saddle/landscape_slice.hpp"
#include "saddlescope/saddle/slice_directions.hpp"

namespace saddlescope::analysis {
namespace {

// Along theta + s u the Taylor coefficients of f are f, g'u and lambda/2. Those of the series carry
// at most (n + 3) sqrt(n) eps of their majorants (energy/linear_series.hpp), here 4 n^2 eps; lambda
// carries the rounding of the Hessian and of the eigen-solver.
void measure_curvature(Case& c, Measurements& m) {
  const double n = static_cast<double>(c.architecture.n_parameters()) +
                   scales(c.architecture, c.factor, c.theta).roundings;
  for (const auto& make : {mse_loss<double>, equilibrated_energy<double>}) {
    const auto objective = make(c.architecture, c.factor);
    const Evaluation<double> here = objective->at(c.theta);
    if (!here.summary.ok()) return m.undecided(here.summary.message);
    std::vector<Index> ends = {1};
    if (c.theta.size() > 1) ends.push_back(-1);
    const EigenDirections found = hessian_directions(*here.point, ends, c.recipe.seed);
    if (!found.summary.ok()) return m.undecided(found.summary.message);
    for (Index j = 0; j < found.values.size(); ++j) {
      Matrix curve(c.theta.size(), 3);
      curve << c.theta, found.vectors.col(j), Vector::Zero(c.theta.size());
      const CurveSeries<double> series = objective->along(curve);
      if (!series.summary.ok()) return m.undecided(series.summary.message);
      const double series_error = 4 * n * n * kEps * series.value_size[2];
      m.add(fmt::format("lambda of the {}", objective->name()),
            std::abs(2 * series.value[2] - found.values[j]), 2 * series_error + 2 * found.error);
      const QuadraticModel model = quadratic_model(*here.point, found.vectors.col(j));
      m.add(fmt::format("model's slope of the {}", objective->name()),
            std::abs(series.value[1] - model.slope),
            4 * n * n * kEps * series.value_size[1] + here.point->gradient_error_bound());
      m.add(fmt::format("model's curvature of the {}", objective->name()),
            std::abs(2 * series.value[2] - model.curvature),
            2 * series_error + 2 * here.point->hessian_error_bound());
    }
  }
}

}  // namespace

std::vector<Claim> slice_claims() {
  return {swept_claim(
      {.id = "slice-curvature",
       .statement = "Along theta + s u, u a column of the Hessian's eigenvector matrix, the second "
                    "Taylor coefficient of loss and energy is lambda/2 and the first g'u.",
       .source = "calculus; negative test of slices along rows",
       .sweep = "the extreme eigenvectors; L = 1..5, SP/NTP/muPC, gamma, skips, precisions, five "
                "kinds of data, four kinds of points",
       .tolerance = "4 n^2 eps of the majorant series, and the rounding bounds of the Hessian and "
                    "the eigen-solver"},
      {.widths = standard_widths()}, measure_curvature)};
}

}  // namespace saddlescope::analysis

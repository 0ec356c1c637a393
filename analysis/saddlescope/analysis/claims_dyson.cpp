// Claims about the random-matrix prediction of activity-Hessian spectra.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/theory/spectral_prediction.hpp"

namespace saddlescope::analysis {
namespace {

// What the quadrature may leave undone and does not report as missing mass.
constexpr double kQuadrature = 1e-7;
// Counts of eigenvalues fluctuate by O(sqrt(log n)) and differ from the limit by O(1).
constexpr double kCount = 6;

std::vector<double> variances(const Case& c) {
  InitialiseOptions init;
  init.kind =
      c.recipe.point == PointKind::kUniform ? Initialisation::kUniform : Initialisation::kNormal;
  init.parameterisation = c.recipe.architecture.parameterisation;
  return *entry_variances(c.architecture, init);
}

CaseRecipe recipe_of(std::vector<Index> widths, Parameterisation parameterisation, bool skips,
                     double lambda, PointKind point, std::uint64_t seed) {
  CaseRecipe recipe;
  recipe.architecture.widths = std::move(widths);
  recipe.architecture.parameterisation = parameterisation;
  recipe.architecture.skips = skips;
  recipe.architecture.lambda = lambda;
  recipe.point = point;
  recipe.seed = seed;
  return recipe;
}

std::vector<CaseRecipe> two_layer_recipes(const ClaimContext& context) {
  std::vector<CaseRecipe> out;
  for (int s = 0; s < context.seeds; ++s)
    for (const Index n2 : {20, 40, 100})
      for (const double lambda : {0.25, 1.0, 4.0})
        out.push_back(recipe_of({3, 40, n2}, Parameterisation::kSp, false, lambda,
                                PointKind::kNormal, context.first_seed + std::uint64_t(s)));
  return out;
}

// H_z = 1 + lambda A_2' A_2.
void measure_two_layers(Case& c, Measurements& m) {
  const auto p = predict_activity_spectrum(c.architecture, variances(c));
  if (!p.summary.ok()) return m.undecided(p.summary.message);
  const auto n1 = static_cast<double>(c.architecture.widths[1]);
  const auto n2 = static_cast<double>(c.architecture.widths[2]);
  const double s = c.architecture.lambda() * variances(c)[1] * n1, root = std::sqrt(n2 / n1);
  const double low = s * (1 - root) * (1 - root), high = s * (1 + root) * (1 + root);
  const double least = n2 <= n1 ? 1 : 1 + low;
  m.add("least edge", std::abs(p.lambda_min - least), 1e-12 * least);
  m.add("greatest edge", std::abs(p.lambda_max - 1 - high), 1e-12 * (1 + high));
  for (const SpectralBulk& bulk : p.bulks) {
    for (Index k = 0; k < bulk.x.size(); ++k) {
      // x is known to eps x: the density to eps x over the distance to the nearer end.
      const double y = bulk.x[k] - 1, distance = std::min(y - low, high - y);
      if (!(distance > 1e-6)) continue;
      const double exact = std::sqrt((high - y) * (y - low)) / (2 * std::numbers::pi * s * y);
      m.add("density", std::abs(bulk.density[k] - exact),
            exact * (1e-10 + 10 * std::numeric_limits<double>::epsilon() * bulk.x[k] / distance));
    }
  }
  const double atom = std::max(0.0, 1 - n2 / n1);
  double found = 0, equation = 0;
  for (const SpectralAtom& one : p.atoms) {
    found += one.weight;
    equation += one.equation_weight;
  }
  m.add("atom by ranks", std::abs(found - atom), 1e-15);
  m.add("atom by the equation", std::abs(equation - atom), 1e-6);
  // At equal widths the density diverges like an inverse square root, whose last 1e-12 hold 1e-6.
  m.add("mass", p.mass_error, n1 == n2 ? 2e-6 : kQuadrature);
}

std::vector<CaseRecipe> deep_recipes(const ClaimContext& context) {
  std::vector<CaseRecipe> out;
  for (int s = 0; s < context.seeds; ++s) {
    const std::uint64_t seed = context.first_seed + static_cast<std::uint64_t>(s);
    out.push_back(recipe_of({5, 60, 35, 70, 20, 9}, Parameterisation::kSp, false, 3,
                            PointKind::kNormal, seed));
    out.push_back(
        recipe_of({5, 60, 60, 60, 8}, Parameterisation::kMupc, true, 1, PointKind::kNormal, seed));
    out.push_back(recipe_of({5, 70, 70, 70, 20}, Parameterisation::kNtp, false, 0.5,
                            PointKind::kUniform, seed));
    if (context.quick) continue;
    for (const auto kind : {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc})
      for (const bool skips : {false, true})
        for (const PointKind point : {PointKind::kNormal, PointKind::kUniform})
          out.push_back(recipe_of({5, 80, 80, 80, 80, 10}, kind, skips, 1, point, seed));
  }
  return out;
}

// E tr A'A = n (tau + v m) and in the limit E tr (A'A)^2 = tau (n + 4 v n^2) + v^2 m n (m + n), for the
// m x n map A_{l+1} = tau I + W with entries of variance v.
std::pair<double, double> limit_moments(const Architecture& net, const std::vector<double>& entry) {
  double first = 0, second = 0, dim = 0;
  for (Index l = 1; l < net.depth(); ++l) {
    const auto at = static_cast<std::size_t>(l);
    const auto n = static_cast<double>(net.widths[at]), m = static_cast<double>(net.widths[at + 1]);
    const double v = net.scales[at] * net.scales[at] * entry[at];
    const double tau = net.skips[at], pi = net.precisions[at], own = net.precisions[at - 1];
    const double square = n * (tau + v * m);
    const double fourth = tau * (n + 4 * v * n * n) + v * v * m * n * (m + n);
    dim += n;
    first += own * n + pi * square;
    second += own * own * n + 2 * own * pi * square + pi * pi * fourth;
    if (l + 1 < net.depth()) second += 2 * pi * pi * square;
  }
  return {first / dim, second / dim};
}

void measure_moments(Case& c, Measurements& m) {
  const auto p = predict_activity_spectrum(c.architecture, variances(c));
  if (!p.summary.ok()) return m.undecided(p.summary.message);
  const auto [first, second] = limit_moments(c.architecture, variances(c));
  const double missed = 2 * p.mass_error + kQuadrature;
  m.add("mass", p.mass_error, 1e-4);
  m.add("mean", std::abs(p.moment(1) - first), missed * p.lambda_max);
  m.add("second moment", std::abs(p.moment(2) - second), missed * p.lambda_max * p.lambda_max);
}

// x with at_most(x) = share, between the edges.
double quantile(const SpectralPrediction& p, double share) {
  double low = p.lambda_min, high = p.lambda_max;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (p.at_most(middle) < share ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

void measure_draw(Case& c, Measurements& m) {
  const auto p = predict_activity_spectrum(c.architecture, variances(c));
  if (!p.summary.ok()) return m.undecided(p.summary.message);
  const Vector values =
      symmetric_eigenvalues(activity_hessian<double>(c.architecture, c.theta).dense());
  const Index n = values.size();
  const double rounding = eigenvalue_error_bound(n, values[n - 1]);
  const double share = kCount / static_cast<double>(n);
  m.add("Kolmogorov distance", kolmogorov_distance(p, values, rounding), share + p.mass_error);
  for (const SpectralAtom& atom : p.atoms) {
    const auto found = static_cast<double>(((values.array() - atom.x).abs() <= rounding).count());
    m.add("eigenvalues at an atom", std::abs(found - static_cast<double>(atom.multiplicity)), 0);
    m.add("atom by the equation", std::abs(atom.weight - atom.equation_weight), 1e-6);
  }
  // An extreme eigenvalue leaves its edge by no more than the first few lie inside.
  m.add("least eigenvalue", std::abs(values[0] - p.lambda_min),
        quantile(p, share) - p.lambda_min + rounding);
  m.add("greatest eigenvalue", std::abs(values[n - 1] - p.lambda_max),
        p.lambda_max - quantile(p, 1 - share) + rounding);
}

}  // namespace

std::vector<Claim> dyson_claims() {
  constexpr auto* kEquation =
      "derived here: matrix Dyson equation of the linearised activity Hessian";
  constexpr auto* kDeep =
      "L = 4, 5; SP/NTP/muPC, skips, lambda, normal and uniform entries, unequal widths";
  return {
      {.id = "dyson-two-layers",
       .statement = "At L = 2 the predicted spectrum of H_z = 1 + lambda A_2' A_2 is Marchenko and "
                    "Pastur's, shifted: density, edges and the atom of weight 1 - n_2/n_1.",
       .source = "Marchenko and Pastur 1967",
       .sweep = "n_1 = 40, n_2 = 20, 40, 100; lambda = 1/4, 1, 4",
       .tolerance =
           "edges 1e-12 (a stationary point in the trace, known to 2^-26); density 1e-10 + "
           "10 eps x/distance to the end; mass 1e-7, or the 1e-6 beyond the last node of an "
           "inverse square root",
       .run =
           [](const ClaimContext& context) {
             return sweep(context, two_layer_recipes(context), measure_two_layers);
           }},
      {.id = "dyson-moments",
       .statement =
           "The predicted spectrum has mass 1, mean E tr H_z/dim and, in the limit of wide "
           "layers, second moment E tr H_z^2/dim.",
       .source = kEquation,
       .sweep = kDeep,
       .tolerance = "2 |mass - 1| + 1e-7 of the quadrature, times lambda_max to the power",
       .run =
           [](const ClaimContext& context) {
             return sweep(context, deep_recipes(context), measure_moments);
           }},
      {.id = "dyson-distribution",
       .statement = "Eigenvalues of H_z at initialisation follow the predicted distribution, reach "
                    "to its edges, and have exactly the multiplicity n_l - n_{l-1} - n_{l+1} at 1.",
       .source = kEquation,
       .sweep = kDeep,
       .tolerance =
           "6 eigenvalues: counts fluctuate by O(sqrt(log n)) and differ from the limit by "
           "O(1); edges to the distance that 6 eigenvalues take up; atoms exactly",
       .run =
           [](const ClaimContext& context) {
             return sweep(context, deep_recipes(context), measure_draw);
           }},
  };
}

}  // namespace saddlescope::analysis

#include "saddlescope/theory/spectral_prediction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/theory/dyson_branch.hpp"
#include "saddlescope/theory/dyson_quadrature.hpp"
#include "saddlescope/theory/dyson_support.hpp"

namespace saddlescope {
namespace {

// eta (-Im g(x + i eta)) = weight + eta pi rho + ..: two heights remove the second term.
double equation_weight(const DysonChain& chain, double x) {
  const double eta = 1e-6 * x;
  const auto share = [&](double height) {
    const auto solution = dyson_solution(chain, x, height);
    if (!solution) return std::numeric_limits<double>::quiet_NaN();
    return -height * trace<Complex>(chain, solution->state.X).imag();
  };
  return 2 * share(eta / 2) - share(eta);
}

void add_atoms(const DysonChain& chain, double decay, SpectralPrediction& out) {
  for (const SingularPoint& point : chain.singular) {
    if (point.margin == 0) continue;
    const double weight = static_cast<double>(point.margin) / static_cast<double>(out.dim);
    const double measured = chain.random() ? equation_weight(chain, point.x) : weight;
    const double x = point.x + decay;
    const auto same = std::find_if(out.atoms.begin(), out.atoms.end(), [&](const SpectralAtom& a) {
      return std::abs(a.x - x) <= 1e-13 * x;
    });
    if (same == out.atoms.end()) {
      out.atoms.push_back({x, point.margin, weight, measured});
    } else {
      same->multiplicity += point.margin;
      same->weight = static_cast<double>(same->multiplicity) / static_cast<double>(out.dim);
      same->equation_weight += measured;
    }
  }
}

// What one interval of the support holds, split at gaps and, at most kSplits times, at dips.
struct IntervalMass {
  std::vector<SpectralBulk> bulks;
  double residual = 0;
  Index n_extrapolated = 0;
  Summary summary;
};

IntervalMass integrate(const DysonChain& chain, std::pair<double, double> interval) {
  constexpr int kSplits = 12;
  int splits = 0;
  IntervalMass out;
  std::vector<std::pair<double, double>> waiting = {interval};
  while (!waiting.empty()) {
    const auto [low, high] = waiting.back();
    waiting.pop_back();
    BulkQuadrature one = integrate_density(chain, low, high);
    out.residual = std::max(out.residual, one.residual);
    if (one.gap) {
      const Gap gap = gap_around(chain, *one.gap);
      for (const SpectralEdge& edge : {gap.low, gap.high})
        if (out.summary.ok()) out.summary = edge.summary;
      if (gap.low.x > low) waiting.emplace_back(low, gap.low.x);
      if (gap.high.x < high) waiting.emplace_back(gap.high.x, high);
    } else if (!one.converged && splits < kSplits) {
      ++splits;
      waiting.emplace_back(low, one.split_at);
      waiting.emplace_back(one.split_at, high);
    } else {
      out.n_extrapolated += one.n_extrapolated;
      if (out.summary.ok()) out.summary = one.summary;
      out.bulks.push_back(std::move(one.bulk));
    }
  }
  return out;
}

void add_bulks(const DysonChain& chain, double decay, SpectralPrediction& out) {
  const Support support = spectral_support(chain);
  out.residual = std::max(out.residual, support.residual);
  if (out.summary.ok()) out.summary = support.summary;
  std::vector<IntervalMass> masses(support.intervals.size());
  parallel_for(static_cast<Index>(masses.size()), [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    masses[at] = integrate(chain, support.intervals[at]);
  });
  for (IntervalMass& one : masses) {
    out.residual = std::max(out.residual, one.residual);
    out.n_extrapolated += one.n_extrapolated;
    if (out.summary.ok()) out.summary = one.summary;
    for (SpectralBulk& bulk : one.bulks) {
      bulk.low += decay;
      bulk.high += decay;
      bulk.x.array() += decay;
      bulk.decay = decay;
      out.bulks.push_back(std::move(bulk));
    }
  }
}

double mass_of_atoms(const SpectralPrediction& p, double x, bool inclusive) {
  double mass = 0;
  for (const SpectralAtom& atom : p.atoms)
    if (atom.x < x || (inclusive && atom.x == x)) mass += atom.weight;
  return mass;
}

double mass_of_bulks(const SpectralPrediction& p, double x) {
  double mass = 0;
  for (const SpectralBulk& bulk : p.bulks) mass += bulk.mass_below(x);
  return mass;
}

}  // namespace

double SpectralBulk::mass_below(double at) const {
  if (at <= low) return 0;
  if (at >= high) return mass;
  const double t = interval_parameter(low - decay, high - decay, at - decay);
  const double position = (t - first) / spacing;
  const auto last = static_cast<double>(x.size() - 1);
  if (position <= 0) return cumulative[0];
  if (position >= last) return cumulative[x.size() - 1];
  const auto j = std::min<Index>(static_cast<Index>(position), x.size() - 2);
  const double u = position - static_cast<double>(j);
  const auto slope = [&](Index k) {
    const double node = first + spacing * static_cast<double>(k);
    return spacing * density[k] * interval_slope(low - decay, high - decay, node);
  };
  const double u2 = u * u, u3 = u2 * u;
  return (2 * u3 - 3 * u2 + 1) * cumulative[j] + (3 * u2 - 2 * u3) * cumulative[j + 1] +
         (u3 - 2 * u2 + u) * slope(j) + (u3 - u2) * slope(j + 1);
}

double SpectralBulk::density_between(double at) const {
  if (x.size() == 0 || at < x[0] || at > x[x.size() - 1]) return 0;
  const Index above = std::upper_bound(x.begin(), x.end(), at) - x.begin();
  if (above == x.size()) return density[above - 1];
  const double share = (at - x[above - 1]) / (x[above] - x[above - 1]);
  return (1 - share) * density[above - 1] + share * density[above];
}

double SpectralPrediction::density(double x) const {
  double sum = 0;
  for (const SpectralBulk& bulk : bulks) sum += bulk.density_between(x);
  return sum;
}

double SpectralPrediction::at_most(double x) const {
  return mass_of_bulks(*this, x) + mass_of_atoms(*this, x, true);
}

double SpectralPrediction::below(double x) const {
  return mass_of_bulks(*this, x) + mass_of_atoms(*this, x, false);
}

double SpectralPrediction::moment(int power) const {
  double sum = 0;
  for (const SpectralAtom& atom : atoms) sum += atom.weight * std::pow(atom.x, power);
  for (const SpectralBulk& bulk : bulks)
    for (Index k = 0; k < bulk.x.size(); ++k)
      sum += bulk.spacing * bulk.density[k] * std::pow(bulk.x[k], power) *
             interval_slope(bulk.low - bulk.decay, bulk.high - bulk.decay,
                            bulk.first + bulk.spacing * static_cast<double>(k));
  return sum;
}

SpectralPrediction predict_activity_spectrum(const Architecture& architecture,
                                             std::span<const double> variances,
                                             double activity_decay) {
  require(std::isfinite(activity_decay) && activity_decay >= 0,
          "activity decay alpha: expected a finite number >= 0, got {}", activity_decay);
  const std::vector<DysonChain> chains = dyson_chains(architecture, variances);
  SpectralPrediction out;
  out.dim =
      std::accumulate(architecture.widths.begin() + 1, architecture.widths.end() - 1, Index{0});
  for (const DysonChain& chain : chains) {
    add_atoms(chain, activity_decay, out);
    if (chain.random()) add_bulks(chain, activity_decay, out);
  }
  std::sort(out.atoms.begin(), out.atoms.end(),
            [](const SpectralAtom& a, const SpectralAtom& b) { return a.x < b.x; });
  std::sort(out.bulks.begin(), out.bulks.end(),
            [](const SpectralBulk& a, const SpectralBulk& b) { return a.low < b.low; });
  out.lambda_min = std::numeric_limits<double>::infinity();
  for (const SpectralAtom& atom : out.atoms) {
    out.lambda_min = std::min(out.lambda_min, atom.x);
    out.lambda_max = std::max(out.lambda_max, atom.x);
  }
  for (const SpectralBulk& bulk : out.bulks) {
    out.lambda_min = std::min(out.lambda_min, bulk.low);
    out.lambda_max = std::max(out.lambda_max, bulk.high);
  }
  out.condition_number = out.lambda_max / out.lambda_min;
  const PredictedCondition edges =
      predicted_condition_number(architecture, variances, activity_decay);
  out.lambda_min_median = edges.lambda_min_median;
  out.lambda_max_median = edges.lambda_max_median;
  if (out.summary.ok()) out.summary = edges.summary;
  out.mass_error = std::abs(out.at_most(std::numeric_limits<double>::infinity()) - 1);
  return out;
}

double kolmogorov_distance(const SpectralPrediction& prediction, ConstVectorRef eigenvalues,
                           double threshold) {
  const Index n = eigenvalues.size();
  require(n > 0, "Kolmogorov distance: expected eigenvalues, got none");
  require(eigenvalues.allFinite() && std::is_sorted(eigenvalues.begin(), eigenvalues.end()),
          "Kolmogorov distance: expected finite ascending eigenvalues");
  Vector values = eigenvalues;
  for (double& value : values)
    for (const SpectralAtom& atom : prediction.atoms)
      if (std::abs(value - atom.x) <= threshold) value = atom.x;
  double distance = 0;
  const auto compare = [&](double x) {
    const auto* const begin = values.data();
    const auto* const end = begin + n;
    const auto less = static_cast<double>(std::lower_bound(begin, end, x) - begin);
    const auto at_most = static_cast<double>(std::upper_bound(begin, end, x) - begin);
    const auto count = static_cast<double>(n);
    distance = std::max({distance, std::abs(prediction.below(x) - less / count),
                         std::abs(prediction.at_most(x) - at_most / count)});
  };
  for (const double value : values) compare(value);
  for (const SpectralAtom& atom : prediction.atoms) compare(atom.x);
  return distance;
}

}  // namespace saddlescope

#include "saddlescope/saddle/orbit_transition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <boost/math/tools/toms748_solve.hpp>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/inertia.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

struct Spectrum {
  Vector values;  // ascending
  double error = 0;
  Inertia inertia;
  Summary summary;
};

Spectrum spectrum_at(const Objective<double>& objective, const Vector& theta) {
  Spectrum out;
  const Evaluation<double> evaluation = objective.at(theta);
  out.summary = evaluation.summary;
  if (!out.summary.ok()) return out;
  const Matrix H = evaluation.point->hessian();
  if (!H.allFinite()) {
    out.summary = {Status::kNotFinite, "transitions: the Hessian holds a NaN or Inf"};
    return out;
  }
  out.values = symmetric_eigenvalues(H);
  out.error = evaluation.point->hessian_error_bound() +
              eigenvalue_error_bound(H.rows(), out.values.lpNorm<Eigen::Infinity>());
  out.inertia = inertia_from_eigenvalues(out.values, 4 * out.error);
  return out;
}

// The eigenvalue of index `index` (ascending) once the `zeros` smallest in size are set aside.
double crossing_eigenvalue(const Spectrum& spectrum, Index zeros, Index index) {
  std::vector<double> values(spectrum.values.begin(), spectrum.values.end());
  std::sort(values.begin(), values.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  values.erase(values.begin(), values.begin() + zeros);
  std::sort(values.begin(), values.end());
  return values[at(index)];
}

struct Failure : std::runtime_error {
  explicit Failure(Summary why) : std::runtime_error(why.message), summary(std::move(why)) {}
  Summary summary;
};

Transition locate(const Objective<double>& objective, const std::function<Vector(double)>& path,
                  double low, double high, Index zeros, Index index, double relative) {
  const auto eigenvalue = [&](double s) {
    const Spectrum spectrum = spectrum_at(objective, path(s));
    if (!spectrum.summary.ok()) throw Failure(spectrum.summary);
    return crossing_eigenvalue(spectrum, zeros, index);
  };
  const double left = eigenvalue(low);
  const double right = eigenvalue(high);
  if ((left < 0) == (right < 0))
    throw Failure({Status::kNotConverged,
                   fmt::format("transitions: no sign change between s = {} and {}", low, high)});
  std::uintmax_t iterations = 200;
  const double span = std::max(std::abs(low), std::abs(high));
  const auto close = [&](double a, double b) { return std::abs(b - a) <= relative * span; };
  const auto [a, b] =
      boost::math::tools::toms748_solve(eigenvalue, low, high, left, right, close, iterations);
  Transition found;
  found.s = a + (b - a) / 2;
  // A chord over 1e-4 of the bracket's scale: the slope to 1e-4 and far above rounding.
  const double step = std::min(1e-4 * (high - low), std::min(found.s - low, high - found.s));
  const double error = spectrum_at(objective, path(found.s)).error;
  found.slope = step > 0 ? (eigenvalue(found.s + step) - eigenvalue(found.s - step)) / (2 * step)
                         : (right - left) / (high - low);
  found.error = (b - a) / 2 + 2 * error / std::abs(found.slope) +
                std::numeric_limits<double>::epsilon() * std::abs(found.s);
  if (!close(a, b))
    throw Failure(
        {Status::kNotConverged,
         fmt::format("transitions: bracket {} .. {} after {} evaluations", a, b, iterations)});
  return found;
}

}  // namespace

TransitionScan find_transitions(const Objective<double>& objective,
                                const std::function<Vector(double)>& path,
                                const TransitionOptions& options) {
  require(std::isfinite(options.from) && std::isfinite(options.to) && options.from < options.to,
          "transitions: expected finite from < to, got {} and {}", options.from, options.to);
  require(options.samples >= 2, "transitions: samples: expected >= 2, got {}", options.samples);
  require(options.relative > 0, "transitions: relative width of the root: expected > 0, got {}",
          options.relative);
  TransitionScan scan;
  std::vector<double> all_s;
  std::vector<Inertia> all_inertia;
  for (Index i = 0; i < options.samples; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(options.samples - 1);
    const double s = options.from + share * (options.to - options.from);
    const Spectrum spectrum = spectrum_at(objective, path(s));
    if (!spectrum.summary.ok()) {
      scan.summary = spectrum.summary;
      return scan;
    }
    all_s.push_back(s);
    all_inertia.push_back(spectrum.inertia);
  }
  scan.persistent_zeros =
      std::min_element(all_inertia.begin(), all_inertia.end(),
                       [](const Inertia& a, const Inertia& b) { return a.n_zero < b.n_zero; })
          ->n_zero;
  for (std::size_t i = 0; i < all_s.size(); ++i) {
    if (all_inertia[i].n_zero > scan.persistent_zeros) {
      ++scan.n_skipped;
      continue;
    }
    scan.s.push_back(all_s[i]);
    scan.n_negative.push_back(all_inertia[i].n_negative);
  }
  if (scan.s.size() < 2) {
    scan.summary = {Status::kUndecided,
                    fmt::format("transitions: only {} of {} samples have the path's own nullity {}",
                                scan.s.size(), options.samples, scan.persistent_zeros)};
    return scan;
  }
  try {
    for (std::size_t i = 1; i < scan.s.size(); ++i) {
      const auto [fewer, more] = std::minmax(scan.n_negative[i - 1], scan.n_negative[i]);
      for (Index index = fewer; index < more; ++index) {
        Transition found = locate(objective, path, scan.s[i - 1], scan.s[i], scan.persistent_zeros,
                                  index, options.relative);
        found.negative_before = scan.n_negative[i - 1];
        found.negative_after = scan.n_negative[i];
        scan.transitions.push_back(found);
      }
    }
  } catch (const Failure& failure) {
    scan.summary = failure.summary;
  }
  std::sort(scan.transitions.begin(), scan.transitions.end(),
            [](const Transition& a, const Transition& b) { return a.s < b.s; });
  return scan;
}

}  // namespace saddlescope

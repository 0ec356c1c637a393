#include "saddlescope/saddle/escape_order.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

// A descent of f~_k >= 0 that ends below this fraction of the largest value seen, or still falls
// steeply beside its value, is followed as a zero: on flat bottoms descents arrive slowly. How far
// off the zero may be enters the errors of what follows.
constexpr double kZeroFraction = 1e-6;

// f~_k at the unit vector v of coordinates in N.
template <class T>
struct Sample {
  VectorOf<T> v;
  double value = 0;
  double error = 0;
  VectorOf<T> tangent;  // the gradient's part along the sphere
  double slope = 0;     // |gradient|
  Summary summary;

  [[nodiscard]] bool clearly_negative() const { return value < -kEscapeMargin * error; }
  [[nodiscard]] bool clear() const { return std::abs(value) > kEscapeMargin * error; }
  [[nodiscard]] bool zero() const { return std::abs(value) <= error; }
};

template <class T>
class Sphere {
 public:
  Sphere(const Objective<T>& objective, const VectorOf<T>& theta, const NullSpace<T>& space,
         const EscapeOptions& options)
      : objective_(objective), theta_(theta), space_(space), options_(options) {}

  [[nodiscard]] VectorOf<T> direction(const VectorOf<T>& v) const {
    return product<T>(space_.null_basis, Op::kNone, v, Op::kNone);
  }
  [[nodiscard]] ReducedSeries<T> series(const VectorOf<T>& v, Index order) const {
    return reduced_series<T>(objective_, theta_, space_, direction(v), order, options_.theta_error);
  }

  [[nodiscard]] Sample<T> at(const VectorOf<T>& v, Index k) const {
    const ReducedSeries<T> along = series(v, k);
    if (!along.summary.ok()) return {v, 0, 0, {}, 0, along.summary};
    const VectorOf<T> g = along.gradient.col(k - 1);
    return {v,
            static_cast<double>(along.value[k]),
            along.value_error[k],
            g - g.dot(v) * v,
            static_cast<double>(g.norm()),
            {}};
  }

  // At most `steps` descents of f~_k on the sphere with Barzilai-Borwein lengths, halved twice
  // until f~_k falls. Stops on a stationary direction, and where `enough` says so.
  template <class Enough>
  [[nodiscard]] Sample<T> descend(Sample<T> now, Index k, Index steps, const Enough& enough) const {
    double length = now.slope > 0 ? 1 / now.slope : 0;
    for (Index step = 0; step < steps && now.slope > 0 && !enough(now); ++step) {
      const double squared = static_cast<double>(now.tangent.squaredNorm());
      std::optional<Sample<T>> next;
      for (int halving = 0; halving < 8 && !next; ++halving, length /= 4) {
        const VectorOf<T> moved = now.v - T(length) * now.tangent;
        Sample<T> trial = at(moved.normalized(), k);
        if (trial.summary.ok() && trial.value < now.value - 1e-4 * length * squared)
          next = std::move(trial);
      }
      if (!next) break;
      const VectorOf<T> dv = next->v - now.v;
      const VectorOf<T> dg = next->tangent - now.tangent;
      const double curvature = std::abs(static_cast<double>(dv.dot(dg)));
      const double wanted = static_cast<double>(dv.squaredNorm()) / curvature;
      now = std::move(*next);
      if (now.slope > 0 && std::isfinite(wanted))
        length = std::clamp(wanted, 1e-3 / now.slope, 1e3 / now.slope);
    }
    return now;
  }

  [[nodiscard]] double ray_residual(const Sample<T>& sample, Index k) const {
    return static_cast<double>(sample.tangent.norm()) /
           (static_cast<double>(k) * std::abs(sample.value));
  }

  [[nodiscard]] EscapeOrder<T> result(const Sample<T>& start, Index k, bool is_smallest) const {
    const Sample<T> best = is_smallest
                               ? descend(start, k, options_.polish_steps,
                                         [&](const Sample<T>& now) {
                                           return ray_residual(now, k) <= options_.ray_tolerance;
                                         })
                               : start;
    ReducedSeries<T> along = series(best.v, k);
    EscapeOrder<T> out;
    out.order = out.tried = k;
    out.is_smallest = is_smallest;
    out.direction = direction(best.v);
    out.coefficient = along.value[k];
    out.coefficient_error = along.value_error[k];
    out.ray_residual = ray_residual(best, k);
    out.curve = std::move(along.curve);
    return out;
  }

 private:
  const Objective<T>& objective_;
  const VectorOf<T>& theta_;
  const NullSpace<T>& space_;
  const EscapeOptions& options_;
};

template <class T>
EscapeOrder<T> none(Index tried, const Summary& summary = {}) {
  EscapeOrder<T> out;
  out.tried = tried;
  out.summary = summary;
  return out;
}

template <class T>
Summary undecided(Index k, const Sample<T>& sample) {
  return {Status::kUndecided,
          fmt::format("coefficient of t^{}: {:.3g} lies between its error {:.3g} and {:g} times it",
                      k, sample.value, sample.error, kEscapeMargin)};
}

// Descent from the zeros of the non-negative f~_k: the first coefficient that does not vanish.
template <class T>
EscapeOrder<T> follow(const Sphere<T>& sphere, const std::vector<Sample<T>>& zeros, Index k,
                      double largest, Index max_order) {
  EscapeOrder<T> out = none<T>(max_order);
  for (const Sample<T>& zero : zeros) {
    const ReducedSeries<T> along = sphere.series(zero.v, max_order);
    if (!along.summary.ok()) return none<T>(max_order, along.summary);
    const double delta = std::sqrt((std::abs(zero.value) + zero.error) / largest);
    for (Index m = k + 1; m <= max_order; ++m) {
      Sample<T> found{zero.v, static_cast<double>(along.value[m]), along.value_error[m], {}, 0, {}};
      found.error += static_cast<double>(along.gradient.col(m - 1).norm()) * delta;
      if (found.zero()) continue;
      const bool falls = found.value < 0 || m % 2 == 1;
      if (!falls) break;
      if (!found.clear()) {
        out.summary = undecided(m, found);
        break;
      }
      const VectorOf<T> v = found.value < 0 ? zero.v : VectorOf<T>(-zero.v);
      const Sample<T> start = sphere.at(v, m);
      EscapeOrder<T> descent = sphere.result(start, m, false);
      descent.coefficient_error = found.error;
      return descent;
    }
  }
  return out;
}

template <class T>
void check_input(const NullSpace<T>& space, const EscapeOptions& options) {
  require(options.max_order >= 3, "escape order: expected max_order >= 3, got {}",
          options.max_order);
  require(options.starts >= 1 && options.searches >= 1 && options.polish_steps >= 0 &&
              options.search_steps >= 0 && options.ray_tolerance > 0 && options.theta_error >= 0,
          "escape order: expected starts and searches >= 1, steps >= 0, ray_tolerance > 0, "
          "theta_error >= 0, got {}, "
          "{}, {}, {}, {}, {}",
          options.starts, options.searches, options.polish_steps, options.search_steps,
          options.ray_tolerance, options.theta_error);
  for (Index i = 0; i < space.range_values.size(); ++i)
    require(space.range_values[i] > 0, "range value {}: expected > 0, got {}", i,
            static_cast<double>(space.range_values[i]));
}

}  // namespace

template <class T>
EscapeOrder<T> escape_order(const Objective<T>& objective, const VectorOf<T>& theta,
                            const NullSpace<T>& space, const EscapeOptions& options) {
  check_input(space, options);
  const Index d = space.null_basis.cols();
  if (d == 0) return none<T>(0);
  const Sphere<T> sphere(objective, theta, space, options);
  RandomStream stream(options.seed, "escape directions");
  std::vector<VectorOf<T>> directions;
  directions.reserve(static_cast<std::size_t>(options.starts));
  for (Index i = 0; i < options.starts; ++i)
    directions.push_back(stream.normal_matrix(d, 1).template cast<T>().normalized());

  for (Index k = 3; k <= options.max_order; ++k) {
    const bool odd = k % 2 == 1;
    std::vector<Sample<T>> samples;
    for (const VectorOf<T>& v : directions) {
      Sample<T> sample = sphere.at(v, k);
      if (!sample.summary.ok()) return none<T>(k, sample.summary);
      if (odd && sample.value > 0) {
        sample.v = -sample.v;
        sample.value = -sample.value;  // its gradient is even
      }
      if (sample.clearly_negative()) return sphere.result(sample, k, true);
      samples.push_back(std::move(sample));
    }
    if (std::all_of(samples.begin(), samples.end(), [](const auto& s) { return s.zero(); }))
      continue;

    std::sort(samples.begin(), samples.end(),
              [](const auto& a, const auto& b) { return a.value < b.value; });
    const Sample<T> highest = samples.back();
    const Index n_searches = std::min(options.searches, options.starts);
    samples.resize(static_cast<std::size_t>(n_searches));
    for (Sample<T>& sample : samples) {
      // A step further where a minimum of zero has been reached gains nothing.
      sample = sphere.descend(sample, k, options.search_steps, [&](const Sample<T>& now) {
        return now.clearly_negative() || (!odd && now.zero());
      });
      if (sample.clearly_negative()) return sphere.result(sample, k, true);
    }
    const auto lowest =
        std::min_element(samples.begin(), samples.end(),
                         [](const auto& a, const auto& b) { return a.value < b.value; });
    if (odd || lowest->value < -lowest->error) return none<T>(k, undecided(k, *lowest));
    if (!highest.clear()) return none<T>(k, undecided(k, highest));
    std::vector<Sample<T>> zeros;
    for (const Sample<T>& sample : samples)
      if (!sample.clear() || sample.value < kZeroFraction * highest.value ||
          sphere.ray_residual(sample, k) > 1)
        zeros.push_back(sample);
    if (zeros.empty() || k == options.max_order) return none<T>(k);
    return follow(sphere, zeros, k, highest.value, options.max_order);
  }
  return none<T>(options.max_order);
}

template EscapeOrder<double> escape_order(const Objective<double>&, const Vector&,
                                          const NullSpace<double>&, const EscapeOptions&);
template EscapeOrder<Quad> escape_order(const Objective<Quad>&, const VectorOf<Quad>&,
                                        const NullSpace<Quad>&, const EscapeOptions&);

}  // namespace saddlescope

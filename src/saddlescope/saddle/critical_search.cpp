#include "saddlescope/saddle/critical_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include <fmt/format.h>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/minres.hpp"
#include "saddlescope/linalg/power_of_two.hpp"
#include "saddlescope/saddle/polish.hpp"
#include "saddlescope/saddle/search_site.hpp"

namespace saddlescope {
namespace {

using critical_search::Counts;
using critical_search::Site;

constexpr std::array<SearchMethod, 3> kMethods = {
    SearchMethod::kNewtonMr, SearchMethod::kGradientNorm, SearchMethod::kEigenvectorFollowing};

constexpr double kSmallestCut = 1e-10;
constexpr double kLargestCut = 1e-1;
// Short steps follow the Newton flow theta' = -H^+ g, along which g keeps its direction and decays;
// long ones leave the region of the start for infinity, where the gradient of F* decays too (on
// 5-4-4-3 at small weights: 40 of 50 starts end in a critical point, 8 with 0.5 in this place).
constexpr double kLongestStep = 0.03;

class Search {
 public:
  Search(const Objective<double>& objective, const SearchOptions& options, Site start,
         Counts& counts)
      : objective_(objective), options_(options), counts_(counts), site_(std::move(start)) {
    start_gradient_ = site_.gradient_norm();
    farthest_ = options_.runaway_growth * std::max(1.0, scaled_norm(site_.theta()));
  }

  CriticalPointSearch run() {
    switch (options_.method) {
      case SearchMethod::kNewtonMr:
        newton_mr();
        break;
      case SearchMethod::kGradientNorm:
        gradient_norm();
        break;
      case SearchMethod::kEigenvectorFollowing:
        follow_eigenvectors();
        break;
    }
    return conclude();
  }

 private:
  [[nodiscard]] double merit() const { return site_.gradient_norm() * site_.gradient_norm() / 2; }
  [[nodiscard]] bool ran_away() const {
    return scaled_norm(site_.theta()) > farthest_ && site_.gradient_norm() < start_gradient_;
  }
  // Leaves the rest to the polishing or to the judgement at the end.
  [[nodiscard]] bool is_over() const {
    return iterations_ == options_.max_iterations || ran_away() || site_.is_critical();
  }
  // Fifty steps that lowered |g| by less than a thousandth.
  bool stagnates() {
    recent_.push_back(site_.gradient_norm());
    if (recent_.size() <= 50) return false;
    const double before = recent_.front();
    recent_.pop_front();
    return *std::min_element(recent_.begin(), recent_.end()) > 0.999 * before;
  }

  void newton_mr() {
    // Eigenvalues below `cut` |H| count as zero: the pseudo-inverse's steps along them would leave
    // the region where H says anything. Shortened steps raise it, full ones lower it.
    double cut = kSmallestCut;
    for (; !is_over() && !stagnates(); ++iterations_) {
      const Vector& g = site_.gradient();
      const Vector Hg = site_.hessian_times(g, counts_);
      const MinresResult solved = solve(g, cut);
      std::optional<Site> next;
      const double longest = kLongestStep * std::max(1.0, scaled_norm(site_.theta()));
      const double length = scaled_norm(solved.x);
      const double slope = -Hg.dot(solved.x);
      if (length > 0 && slope < 0)
        next = critical_search::backtrack(objective_, site_, -solved.x,
                                          std::min(1.0, longest / length), slope, merit(), counts_);
      const double taken = next ? scaled_norm(next->theta() - site_.theta()) / length : 0;
      cut = taken > 0.9 ? std::max(cut / 10, kSmallestCut)
                        : (taken < 0.2 ? std::min(cut * 10, kLargestCut) : cut);
      if (!next) {  // the steepest descent of |g|^2/2, with the length that suits |H|
        if (!(Hg.squaredNorm() > 0) || !(solved.norm > 0)) return;
        next = critical_search::backtrack(objective_, site_, -Hg, 1 / (solved.norm * solved.norm),
                                          -Hg.squaredNorm(), merit(), counts_);
      }
      if (!next) return;
      site_ = std::move(*next);
    }
  }

  // H^+ g with eigenvalues below cut |H| as zero; the cut is lowered where all of g lies
  // along such.
  MinresResult solve(const Vector& g, double cut) {
    const AnySymmetricOperator H(objective_.dim(), [this](ConstMatrixRef V, MatrixRef HV) {
      site_.point().hessian_times(V, HV);
    });
    for (;; cut /= 10) {
      MinresOptions inner;
      inner.residual_tolerance = 1e-12;
      inner.least_squares_tolerance = cut;
      MinresResult solved = minres(H, g, inner);
      counts_.products += solved.products;
      if (cut <= kSmallestCut || solved.iterations > 1) return solved;
    }
  }

  void gradient_norm() {
    constexpr std::size_t kMemory = 10;
    std::deque<double> merits;
    Vector last_theta, Hg_last;
    double length = 0;
    for (; !is_over() && !stagnates(); ++iterations_) {
      const Vector Hg = site_.hessian_times(site_.gradient(), counts_);
      const double slope = -Hg.squaredNorm();
      if (!(slope < 0)) return;
      merits.push_back(merit());
      if (merits.size() > kMemory) merits.pop_front();
      length = merit() / -slope;  // to the zero of the tangent
      if (last_theta.size() > 0) {
        const Vector moved = site_.theta() - last_theta;
        const double along = moved.dot(Hg - Hg_last);
        if (along > 0) length = moved.squaredNorm() / along;
      }
      std::optional<Site> next =
          critical_search::backtrack(objective_, site_, -Hg, length, slope,
                                     *std::max_element(merits.begin(), merits.end()), counts_);
      if (!next) return;
      last_theta = site_.theta();
      Hg_last = Hg;
      site_ = std::move(*next);
    }
  }

  void follow_eigenvectors() {
    double radius = 0.1 * std::max(1.0, scaled_norm(site_.theta()));
    const double largest = 10 * radius;
    while (!is_over()) {
      const Matrix H = site_.point().hessian();
      if (!H.allFinite()) return;
      const Eigenpairs pairs = symmetric_eigenpairs(H);
      const double cut = 1e-9 * pairs.values.cwiseAbs().maxCoeff();
      const Vector g = pairs.vectors.transpose() * site_.gradient();
      Vector full = Vector::Zero(g.size());
      for (Index i = 0; i < g.size(); ++i)
        if (std::abs(pairs.values[i]) > cut)
          full[i] = (i < options_.index ? g[i] : -g[i]) / std::abs(pairs.values[i]);
      const double full_length = scaled_norm(full);
      if (!(full_length > 0)) return;
      // Shorter and shorter until H tells the gradient at the end.
      for (; iterations_ < options_.max_iterations; ++iterations_) {
        const double shrink = std::min(1.0, radius / full_length);
        const Vector s = shrink * full;
        std::optional<Site> next = Site::at(objective_, site_.theta() + pairs.vectors * s, counts_);
        const Vector predicted = pairs.values.cwiseProduct(s);
        const double error =
            next ? scaled_norm(pairs.vectors.transpose() * next->gradient() - g - predicted) : 0;
        const double trust = next ? error / scaled_norm(predicted) : 2;
        if (trust > 0.5) radius = std::min(radius, full_length) / 2;
        if (trust < 0.1) radius = std::min(2 * radius, largest);
        if (trust <= 1) {
          ++iterations_;
          site_ = std::move(*next);
          break;
        }
        if (radius < 1e-14) return;
      }
      if (stagnates()) return;
    }
  }

  CriticalPointSearch conclude() {
    CriticalPointSearch result;
    if (!ran_away()) polish_site(result);
    const bool away = ran_away();
    const Vector spectrum = symmetric_eigenvalues(site_.point().hessian());
    result.hessian_norm = spectrum.cwiseAbs().maxCoeff();
    const double zero = site_.point().hessian_error_bound();
    result.n_negative = (spectrum.array() < -zero).count();
    result.gradient_norm = site_.gradient_norm();
    result.gradient_bound = site_.point().gradient_error_bound();
    if (result.gradient_norm > 0 && result.hessian_norm > 0)
      result.flatness = scaled_norm(site_.hessian_times(site_.gradient(), counts_)) /
                        result.gradient_norm / result.hessian_norm;
    result.value = site_.point().value();
    result.theta = site_.theta();
    result.iterations = iterations_;
    result.products = counts_.products;
    result.evaluations = counts_.evaluations;
    judge(away, result);
    return result;
  }

  void polish_site(CriticalPointSearch& result) {
    PolishOptions options;
    options.max_steps = options_.max_polishing;
    PolishResult polished = polish(objective_, site_.theta(), options);
    // Polishing ends what is nearby; a longer way would be another search.
    const bool nearby = polished.distance <= 0.1 * std::max(1.0, scaled_norm(site_.theta()));
    if (polished.steps == 0 || !nearby) return;
    result.polishing = static_cast<int>(polished.steps);
    if (std::optional<Site> better = Site::at(objective_, std::move(polished.theta), counts_))
      site_ = std::move(*better);
  }

  void judge(bool away, CriticalPointSearch& result) const {
    const auto stop = [&](SearchEnd end, std::string message) {
      result.end = end;
      result.summary = {Status::kNotConverged, std::move(message)};
    };
    const std::string gradient = fmt::format("|gradient| {:.2e} (rounding {:.1e})",
                                             result.gradient_norm, result.gradient_bound);
    if (away) {
      stop(SearchEnd::kRunaway,
           fmt::format("run-away: |theta| grew to {:.3g} while |gradient| fell from {:.2e} to "
                       "{:.2e}: no critical point on the way",
                       scaled_norm(result.theta), start_gradient_, result.gradient_norm));
    } else if (site_.is_critical()) {
      result.end = SearchEnd::kCritical;
    } else if (result.flatness <= options_.flat_tolerance) {
      stop(SearchEnd::kGradientFlat,
           fmt::format("gradient-flat: {}, |H g|/(|H| |g|) = {:.1e}", gradient, result.flatness));
    } else {
      stop(SearchEnd::kNotConverged, fmt::format("{} iterations: {}, |H g|/(|H| |g|) = {:.1e}",
                                                 iterations_, gradient, result.flatness));
    }
  }

  const Objective<double>& objective_;
  const SearchOptions& options_;
  Counts& counts_;
  Site site_;
  double start_gradient_ = 0, farthest_ = 0;
  int iterations_ = 0;
  std::deque<double> recent_;
};

}  // namespace

std::string name(SearchMethod method) {
  switch (method) {
    case SearchMethod::kNewtonMr:
      return "newton-mr";
    case SearchMethod::kGradientNorm:
      return "gradient-norm";
    case SearchMethod::kEigenvectorFollowing:
      break;
  }
  return "eigenvector-following";
}

SearchMethod parse_search_method(const std::string& text) {
  std::vector<std::string> names;
  names.reserve(std::size(kMethods));
  for (const SearchMethod method : kMethods) {
    if (text == name(method)) return method;
    names.push_back(name(method));
  }
  require_known("search method", names, text);
  return SearchMethod::kNewtonMr;
}

std::string name(SearchEnd end) {
  switch (end) {
    case SearchEnd::kCritical:
      return "critical";
    case SearchEnd::kGradientFlat:
      return "gradient-flat";
    case SearchEnd::kRunaway:
      return "run-away";
    case SearchEnd::kNotComputable:
      return "not computable";
    case SearchEnd::kNotConverged:
      break;
  }
  return "not converged";
}

CriticalPointSearch search_critical_point(const Objective<double>& objective, const Vector& theta_0,
                                          const SearchOptions& options) {
  require(theta_0.size() == objective.dim(), "search: start: expected {} parameters, got {}",
          objective.dim(), theta_0.size());
  require(theta_0.allFinite(), "search: start: expected finite parameters");
  require(options.index >= 0 && options.index <= objective.dim(),
          "search: index: expected 0 .. {}, got {}", objective.dim(), options.index);
  require(options.max_iterations >= 0, "search: max_iterations: expected >= 0, got {}",
          options.max_iterations);
  require(options.max_polishing >= 0, "search: max_polishing: expected >= 0, got {}",
          options.max_polishing);
  require(options.flat_tolerance > 0, "search: flat_tolerance: expected > 0, got {}",
          options.flat_tolerance);
  require(options.runaway_growth > 1, "search: runaway_growth: expected > 1, got {}",
          options.runaway_growth);
  Counts counts;
  std::optional<Site> start = Site::at(objective, theta_0, counts);
  if (!start) {
    CriticalPointSearch result;
    result.end = SearchEnd::kNotComputable;
    result.theta = theta_0;
    result.evaluations = counts.evaluations;
    result.summary = {Status::kRefused, objective.at(theta_0).summary.message};
    return result;
  }
  return Search(objective, options, std::move(*start), counts).run();
}

}  // namespace saddlescope

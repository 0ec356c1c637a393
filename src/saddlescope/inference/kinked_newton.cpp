#include "saddlescope/inference/kinked_newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/inference/kink_system.hpp"
#include "saddlescope/linalg/block_tridiagonal_bound.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kFlat = 0.1;  // a line's derivative counts as zero below this part of its first
constexpr int kSectionSteps = 60;

std::size_t index(Index i) { return static_cast<std::size_t>(i); }

// A unit at (or crossing) a kink.
struct UnitKink {
  Index layer = 0;
  Index unit = 0;
  Kink kink;
  [[nodiscard]] HeldKink with(double slope) const { return {layer, unit, kink.at, slope}; }
  [[nodiscard]] bool same(const UnitKink& other) const {
    return layer == other.layer && unit == other.unit && kink.at == other.kink.at;
  }
};

struct Breakpoint {
  double t = 0;
  UnitKink where;
  double rate = 0;  // of the argument along the direction
};

class KinkedSolver {
 public:
  KinkedSolver(const SampleProblem& problem, const NewtonOptions& options)
      : problem_(problem), net_(problem.energy().architecture()), options_(options) {}

  Matrix solve(StationarityCertificate& out) {
    Matrix z = problem_.start();
    out.verdict = StationarityVerdict::kCapped;
    std::vector<HeldKink> released;  // the side on which the next direction leaves its hyperplane
    std::optional<UnitKink> free_again;
    for (out.steps = 0; out.steps < options_.max_steps; ++out.steps) {
      std::vector<HeldKink> reference = references();
      reference.insert(reference.end(), released.begin(), released.end());
      const Iterate here = at(z, reference);
      if (!here.finite()) break;
      if (!newton(here, out)) {
        out.verdict = StationarityVerdict::kStalled;
        break;
      }
      if (released.empty() && is_stationary(at(z, slopes_))) {
        const std::optional<std::size_t> worst = worst_multiplier();
        if (!worst) break;
        const UnitKink j = held_[*worst];
        const double s = slopes_[*worst].slope;
        // The side on which F falls with the slope that phi has there.
        const bool right = (j.kink.right - s) * weights_[*worst] > 0;
        released = {j.with(right ? j.kink.right : j.kink.left)};
        free_again = j;
        held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(*worst));
        continue;
      }
      if (released.empty() && settle(z, here)) continue;
      if (!line_search(z, here, free_again)) {
        out.verdict = StationarityVerdict::kStalled;
        break;
      }
      released.clear();
      free_again.reset();
    }
    certify(z, out);
    return z;
  }

 private:
  [[nodiscard]] Iterate at(const Matrix& z, const std::vector<HeldKink>& slopes) const {
    Iterate out = problem_.at(z);
    apply_kinks(net_, slopes, 0, out.pass);
    out.gradient = problem_.energy().activity_gradient(problem_.theta(), out.pass);
    return out;
  }

  [[nodiscard]] bool is_stationary(const Iterate& here) const {
    const SampleProblem::Size size = problem_.size(here);
    return here.gradient.norm() <= std::max(options_.tolerance * size.terms, size.rounding);
  }

  // w_j: F_z changes by -w_j d alpha_j/dz per unit of slope.
  [[nodiscard]] double slope_weight(const UnitKink& j, const Iterate& here) const {
    if (!net_.activates_input(j.layer)) return here.pass.error[index(j.layer)](j.unit, 0);
    const auto W = weight(net_, problem_.theta(), j.layer);
    return net_.scales[index(j.layer)] * W.col(j.unit).dot(here.pass.delta[index(j.layer)].col(0));
  }

  // The held kinks with their reference slopes.
  [[nodiscard]] std::vector<HeldKink> references() const {
    std::vector<HeldKink> out;
    out.reserve(held_.size());
    for (const UnitKink& j : held_) out.push_back(j.with(j.kink.left));
    return out;
  }

  // Direction, slopes and weights of the held kinks. False where the system has no solution.
  bool newton(const Iterate& here, StationarityCertificate& out) {
    const NetworkCurvature curvature(problem_.energy(), problem_.theta(), here.pass);
    const Matrix normals = kink_normals(problem_.energy(), problem_.theta(), references());
    KinkSystem system(curvature.activity_hessian(0), normals);
    if (!system.summary().ok()) {
      ++out.gauss_newton_steps;
      BlockTridiagonal<double> H = curvature.activity_hessian(0, ActivityHessianKind::kGaussNewton);
      for (Matrix& block : H.diagonal)
        block.diagonal().array() += std::sqrt(kEps) * block.diagonal().cwiseAbs().maxCoeff() + kEps;
      system = KinkSystem(H, normals);
      if (!system.summary().ok()) return false;
    }
    const auto m = static_cast<Index>(held_.size());
    Matrix gap(m, 1);
    for (Index k = 0; k < m; ++k) {
      const UnitKink& j = held_[index(k)];
      gap(k, 0) = j.kink.at - (*problem_.arguments(here, j.layer))(j.unit, 0);
    }
    KinkSystem::Solution step = system.solve(-here.gradient, gap);
    direction_ = std::move(step.z);
    slopes_.clear();
    weights_.clear();
    for (Index k = 0; k < m; ++k) {
      const UnitKink& j = held_[index(k)];
      weights_.push_back(slope_weight(j, here));
      slopes_.push_back(j.with(j.kink.left - step.m(k, 0) / weights_.back()));
    }
    return true;
  }

  // By how much a held kink misses what a minimum needs; > 0: it must be released.
  [[nodiscard]] double violation(std::size_t k) const {
    const Kink& kink = held_[k].kink;
    const double s = slopes_[k].slope;
    const bool convex = (kink.right - kink.left) * weights_[k] < 0;
    if (!convex) return std::numeric_limits<double>::infinity();
    const auto [low, high] = std::minmax(kink.left, kink.right);
    return std::max(low - s, s - high);
  }

  [[nodiscard]] std::optional<std::size_t> worst_multiplier() const {
    std::optional<std::size_t> worst;
    for (std::size_t k = 0; k < held_.size(); ++k)
      if (violation(k) > 0 && (!worst || violation(k) > violation(*worst))) worst = k;
    return worst;
  }

  // Where arguments of phi that are not held cross kinks for t in (0, 1], ascending.
  [[nodiscard]] std::vector<Breakpoint> breakpoints(const Iterate& here,
                                                    const std::optional<UnitKink>& skip) const {
    std::vector<Breakpoint> out;
    for (Index l = 0; l < net_.depth(); ++l) {
      const Matrix* const u = problem_.arguments(here, l);
      if (u == nullptr || l < problem_.energy().first_free()) continue;
      const auto below = direction_.middleRows(problem_.energy().offset(l), net_.cols(l));
      const Matrix rate =
          net_.activates_input(l)
              ? Matrix(below)
              : Matrix(net_.scales[index(l)] * (weight(net_, problem_.theta(), l) * below));
      for (const Kink& kink : kinks(net_.activation))
        for (Index i = 0; i < u->rows(); ++i) {
          const UnitKink j{l, i, kink};
          const bool is_held =
              std::any_of(held_.begin(), held_.end(), [&](const UnitKink& k) { return k.same(j); });
          if (is_held || (skip && skip->same(j)) || rate(i, 0) == 0) continue;
          const double t = (kink.at - (*u)(i, 0)) / rate(i, 0);
          if (t > 0 && t <= 1) out.push_back({t, j, rate(i, 0)});
        }
    }
    std::sort(out.begin(), out.end(),
              [](const Breakpoint& a, const Breakpoint& b) { return a.t < b.t; });
    return out;
  }

  // dF/dt along the direction at t, with given slopes at kinks (held ones do not matter: the
  // direction keeps their arguments).
  [[nodiscard]] double slope_at(const Matrix& z, double t,
                                const std::vector<HeldKink>& sides) const {
    return at(z + t * direction_, sides).gradient.cwiseProduct(direction_).sum();
  }

  // The full step where F can no longer show the decrease for rounding (it is of second order in the
  // step, and the arguments held miss their kinks by roundings times multipliers): no kink may lie
  // between, and the gradient has to halve.
  bool settle(Matrix& z, const Iterate& here) const {
    const Iterate now = at(z, slopes_);
    const Iterate next = at(z + direction_, slopes_);
    if (!next.finite() || std::abs(next.energy - now.energy) > problem_.energy_rounding(now) ||
        next.gradient.norm() > now.gradient.norm() / 2 || !breakpoints(here, {}).empty())
      return false;
    z += direction_;
    return true;
  }

  // Moves z to where dF/dt first changes sign, at most to t = 1. False if F does not fall at all.
  bool line_search(Matrix& z, const Iterate& here, const std::optional<UnitKink>& skip) {
    const double first = here.gradient.cwiseProduct(direction_).sum();
    if (!(first < 0)) return false;
    const std::vector<HeldKink> held = references();
    double low = 0;
    for (const Breakpoint& b : breakpoints(here, skip)) {
      const bool rises = b.rate > 0;
      std::vector<HeldKink> before = held;
      before.push_back(b.where.with(rises ? b.where.kink.left : b.where.kink.right));
      if (slope_at(z, b.t, before) >= 0) return section(z, low, b.t, first, held);
      std::vector<HeldKink> after = held;
      after.push_back(b.where.with(rises ? b.where.kink.right : b.where.kink.left));
      if (slope_at(z, b.t, after) >= 0) {
        z += b.t * direction_;
        held_.push_back(b.where);
        return true;
      }
      low = b.t;
    }
    if (slope_at(z, 1, held) > -kFlat * first) return section(z, low, 1, first, held);
    z += direction_;
    return true;
  }

  // dF/dt is negative at `low` and positive at `high`, with no kink between.
  bool section(Matrix& z, double low, double high, double first,
               const std::vector<HeldKink>& held) const {
    double t = high;
    for (int k = 0; k < kSectionSteps; ++k) {
      t = (low + high) / 2;
      const double slope = slope_at(z, t, held);
      if (std::abs(slope) <= -kFlat * first) break;
      (slope < 0 ? low : high) = t;
    }
    z += t * direction_;
    return t > 0;
  }

  void certify(const Matrix& z, StationarityCertificate& out) const {
    const std::vector<HeldKink> slopes =
        slopes_.size() == held_.size() ? slopes_ : std::vector<HeldKink>{};
    const Iterate here = at(z, slopes);
    out.energy = here.energy;
    out.gradient_norm = here.gradient.norm();
    out.lambda_min = out.lambda_min_below = out.newton_step = kNaN;
    out.kinks = slopes;
    out.kink_distance = problem_.kink_distance(here, slopes);
    if (!here.finite()) {
      out.verdict = StationarityVerdict::kNotFinite;
      return;
    }
    out.rounding = problem_.size(here).rounding;
    if (slopes.size() != held_.size() || !is_stationary(here)) return;
    const BlockTridiagonal<double> H =
        NetworkCurvature(problem_.energy(), problem_.theta(), here.pass).activity_hessian(0);
    if (const auto smallest = smallest_eigenvalue(H)) {
      out.lambda_min = smallest->above;
      out.lambda_min_below = smallest->below;
      out.newton_step = direction_.norm();
    }
    bool settled = out.kink_distance > out.rounding / std::max(out.lambda_min_below, kEps) + kEps;
    for (std::size_t k = 0; k < held_.size(); ++k)
      settled = settled && violation(k) < -out.rounding / std::abs(weights_[k]);
    if (!(out.lambda_min_below > 0)) {
      out.verdict = StationarityVerdict::kIndefinite;
    } else if (!settled) {
      out.verdict = StationarityVerdict::kKink;
    } else {
      out.verdict = held_.empty() ? StationarityVerdict::kMinimum : StationarityVerdict::kOnKinks;
    }
    if (out.verdict == StationarityVerdict::kMinimum) {
      const PreciseActivities::Gradient g = problem_.precise_gradient(z);
      const double step = BlockTridiagonalCholesky<double>(H).solve(g.g).norm();
      out.distance = problem_.distance(here, g, step, out.lambda_min_below);
    }
  }

  const SampleProblem& problem_;
  const Architecture& net_;
  const NewtonOptions& options_;
  std::vector<UnitKink> held_;
  std::vector<HeldKink> slopes_;  // s_j of held_, at the last point
  std::vector<double> weights_;   // w_j
  Matrix direction_;
};

}  // namespace

Matrix solve_with_kinks(const SampleProblem& problem, const NewtonOptions& options,
                        StationarityCertificate& out) {
  return KinkedSolver(problem, options).solve(out);
}

}  // namespace saddlescope

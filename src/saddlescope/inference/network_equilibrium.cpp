#include "saddlescope/inference/network_equilibrium.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/output_loss.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/linalg/block_tridiagonal_bound.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kArmijo = 1e-4;  // the fraction of the predicted decrease that must be real
constexpr int kHalvings = 40;
// Bounds |phi'| and |phi''| of every activation (the largest are those of selu, 1.758).
constexpr double kSlope = 1.76;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// One sample's activities with everything of the energy there.
struct Iterate {
  Matrix z;
  NetworkPass<double> pass;
  Matrix gradient;
  double energy = 0;
  [[nodiscard]] bool finite() const { return std::isfinite(energy) && gradient.allFinite(); }
};

class SampleSolver {
 public:
  SampleSolver(const NetworkEnergy<double>& energy, const Vector& theta, Matrix x, Matrix y,
               const NewtonOptions& options)
      : energy_(energy), theta_(theta), x_(std::move(x)), y_(std::move(y)), options_(options) {
    const Architecture& net = energy_.architecture();
    for (Index l = 0; l < net.depth(); ++l)
      weight_norms_.push_back(std::abs(net.scales[at(l)]) * weight(net, theta_, l).norm());
  }

  Matrix solve(StationarityCertificate& out) const {
    Iterate here = at_point(energy_.forward(theta_, x_));
    out.verdict = StationarityVerdict::kCapped;
    for (out.steps = 0; here.finite() && out.steps < options_.max_steps; ++out.steps) {
      if (here.gradient.norm() == 0) break;
      bool exact = true;
      Iterate next = step(here, exact);
      const bool falls = next.energy < here.energy || next.gradient.norm() < here.gradient.norm();
      // Within the tolerance only steps that still halve the gradient are worth it: the others
      // follow the rounding.
      const bool done = is_stationary(here) && next.gradient.norm() > here.gradient.norm() / 2;
      if (!next.finite() || !falls || done) {
        out.verdict = StationarityVerdict::kStalled;
        break;
      }
      if (!exact) ++out.gauss_newton_steps;
      here = std::move(next);
    }
    certify(here, out);
    return here.z;
  }

 private:
  [[nodiscard]] Iterate at_point(Matrix z) const {
    Iterate out;
    out.z = std::move(z);
    energy_.evaluate(theta_, x_, y_, out.z, out.pass);
    out.gradient = energy_.activity_gradient(theta_, out.pass);
    out.energy = energy_.energies(out.pass)[0];
    return out;
  }

  // The first t = 1, 1/2, .. at which F falls by enough. Where F no longer shows it for rounding, a
  // smaller gradient counts.
  [[nodiscard]] Iterate step(const Iterate& here, bool& exact) const {
    const NetworkCurvature curvature(energy_, theta_, here.pass);
    Matrix direction;
    const BlockTridiagonalCholesky<double> factor(curvature.activity_hessian(0));
    exact = factor.summary().ok();
    if (exact) {
      direction = -factor.solve(here.gradient);
    } else {
      BlockTridiagonal<double> H = curvature.activity_hessian(0, ActivityHessianKind::kGaussNewton);
      // Only a free input can leave it singular; a shift of the size of rounding settles that.
      for (Matrix& block : H.diagonal)
        block.diagonal().array() += std::sqrt(kEps) * block.diagonal().cwiseAbs().maxCoeff() + kEps;
      const BlockTridiagonalCholesky<double> gauss_newton(H);
      direction = gauss_newton.summary().ok() ? Matrix(-gauss_newton.solve(here.gradient))
                                              : Matrix(-here.gradient);
    }
    const double slope = here.gradient.cwiseProduct(direction).sum();
    const double rounding = energy_rounding(here);
    Iterate next;
    double t = 1;
    for (int k = 0; k < kHalvings; ++k, t /= 2) {
      next = at_point(here.z + t * direction);
      if (!next.finite()) continue;
      if (next.energy <= here.energy + kArmijo * t * slope && next.energy < here.energy)
        return next;
      if (std::abs(t * slope) <= rounding && next.gradient.norm() < here.gradient.norm())
        return next;
    }
    return here;
  }

  [[nodiscard]] bool is_stationary(const Iterate& here) const {
    const auto [terms, rounding] = term_sizes(here);
    return here.gradient.norm() <= std::max(options_.tolerance * terms, rounding);
  }

  [[nodiscard]] double energy_rounding(const Iterate& here) const {
    return static_cast<double>(here.z.rows() + 8) * kEps * (here.energy + term_sizes(here).first);
  }

  // First: the norms of the terms of F_z summed over layers. Second: a bound of its rounding error.
  // For the layer with sum u = a W h + b, m = |a W|_F |h| + |b| bounds the terms of u and
  // t = pi (|z_l| + m + |tau v|) those of eps; errors of eps, delta and (df/dv)' eps are at most
  // (n + 8) eps times t, |phi'| t + |phi''| |eps| m, and |a W|_F times that, |phi'|, |phi''| <= 1.76.
  [[nodiscard]] std::pair<double, double> term_sizes(const Iterate& here) const {
    const Architecture& net = energy_.architecture();
    double terms = 0;
    double error = 0;
    for (Index l = 0; l < net.depth(); ++l) {
      const LayerValues<double>& values = here.pass.layers[at(l)];
      const double W = weight_norms_[at(l)];
      const double v = here.pass.z[at(l)].norm();
      const double h = net.activates_input(l) ? values.inner.norm() : v;
      const double b = net.biases ? bias(net, theta_, l).norm() : 0;
      const double eps = here.pass.error[at(l)].norm();
      const double m = W * h + b;
      const double t = net.precisions[at(l)] *
                       (here.pass.z[at(l + 1)].norm() + kSlope * m + net.skips[at(l)] * v);
      const double delta = kSlope * (t + eps * m);
      const auto longest = static_cast<double>(std::max(net.rows(l), net.cols(l)) + 8);
      terms += eps + kSlope * W * here.pass.delta[at(l)].norm() + net.skips[at(l)] * eps;
      error += longest * kEps * (t + kSlope * W * delta + net.skips[at(l)] * t);
    }
    terms += energy_.activity_decay() * here.z.norm();
    return {terms, error + kEps * energy_.activity_decay() * here.z.norm()};
  }

  [[nodiscard]] double kink_distance(const Iterate& here) const {
    const Architecture& net = energy_.architecture();
    double distance = std::numeric_limits<double>::infinity();
    for (const Kink& kink : kinks(net.activation))
      for (Index l = 0; l < net.depth(); ++l) {
        const Matrix* arguments = net.activates_input(l) ? &here.pass.z[at(l)]
                                  : net.activates_sum(l) ? &here.pass.layers[at(l)].sum
                                                         : nullptr;
        if (arguments != nullptr)
          distance = std::min(distance, (arguments->array() - kink.at).abs().minCoeff());
      }
    return distance;
  }

  void certify(const Iterate& here, StationarityCertificate& out) const {
    out.energy = here.energy;
    out.gradient_norm = here.gradient.norm();
    out.lambda_min = out.lambda_min_below = out.newton_step = kNaN;
    out.kink_distance = kink_distance(here);
    if (!here.finite()) {
      out.verdict = StationarityVerdict::kNotFinite;
      return;
    }
    out.rounding = term_sizes(here).second;
    const bool stationary = is_stationary(here);
    const BlockTridiagonal<double> H =
        NetworkCurvature(energy_, theta_, here.pass).activity_hessian(0);
    if (const auto smallest = smallest_eigenvalue(H)) {
      out.lambda_min = smallest->above;
      out.lambda_min_below = smallest->below;
      out.newton_step = BlockTridiagonalCholesky<double>(H).solve(here.gradient).norm();
    }
    // Chattering about a kink leaves it at the length of the last steps, far above rounding: a
    // search that ended off its tolerance beside one is blamed on it.
    const double near = std::sqrt(kEps) * (1 + here.z.cwiseAbs().maxCoeff());
    const double on = out.rounding / std::max(out.lambda_min_below, kEps) + kEps;
    if (out.kink_distance <= (stationary ? on : near)) {
      out.verdict = StationarityVerdict::kKink;
    } else if (stationary) {
      out.verdict = out.lambda_min_below > 0 ? StationarityVerdict::kMinimum
                                             : StationarityVerdict::kIndefinite;
    }
  }

  const NetworkEnergy<double>& energy_;
  const Vector& theta_;
  Matrix x_, y_;
  const NewtonOptions& options_;
  std::vector<double> weight_norms_;  // |a_l W_l|_F
};

std::string reason(const StationarityCertificate& c) {
  switch (c.verdict) {
    case StationarityVerdict::kMinimum:
      return "minimum";
    case StationarityVerdict::kIndefinite:
      return fmt::format(
          "F_zz is not positive definite (proved bound of its smallest eigenvalue {:.3g}, |F_z| = "
          "{:.3g}): the point is no minimum of inference, or none that can be told",
          c.lambda_min_below, c.gradient_norm);
    case StationarityVerdict::kKink:
      return fmt::format("an argument of the activation is {:.3g} from a kink, |F_z| = {:.3g}",
                         c.kink_distance, c.gradient_norm);
    case StationarityVerdict::kStalled:
      return fmt::format("no step lowers F any more, |F_z| = {:.3g}", c.gradient_norm);
    case StationarityVerdict::kCapped:
      return fmt::format("|F_z| = {:.3g} after all {} steps allowed", c.gradient_norm, c.steps);
    case StationarityVerdict::kNotFinite:
      return fmt::format("energy or gradient overflowed at step {}", c.steps);
  }
  return {};
}

}  // namespace

std::string name(StationarityVerdict verdict) {
  switch (verdict) {
    case StationarityVerdict::kMinimum:
      return "minimum";
    case StationarityVerdict::kIndefinite:
      return "indefinite";
    case StationarityVerdict::kKink:
      return "kink";
    case StationarityVerdict::kStalled:
      return "stalled";
    case StationarityVerdict::kCapped:
      return "capped";
    case StationarityVerdict::kNotFinite:
      return "not-finite";
  }
  return {};
}

NetworkEquilibrium network_equilibrium(const NetworkEnergy<double>& energy, const Vector& theta,
                                       ConstMatrixRef x, ConstMatrixRef y,
                                       const NewtonOptions& options) {
  const Architecture& net = energy.architecture();
  require(energy.dim() > 0, "equilibrium: expected a free layer, got none (L = {})", net.depth());
  require(theta.size() == net.n_parameters() && theta.allFinite(),
          "parameters theta: expected {} finite numbers, got {} entries", net.n_parameters(),
          theta.size());
  require(std::isfinite(options.tolerance) && options.tolerance > 0,
          "tolerance: expected a finite number > 0, got {}", options.tolerance);
  require(options.max_steps >= 1, "steps: expected >= 1, got {}", options.max_steps);
  require(x.rows() == net.input() && x.allFinite(), "inputs: expected {} finite rows, got {}",
          net.input(), x.rows());
  require(y.rows() == net.output() && y.cols() == x.cols(),
          "targets: expected {} x {}, got {} x {}", net.output(), x.cols(), y.rows(), y.cols());
  if (energy.clamping().output) check_targets(net, y);

  NetworkEquilibrium out;
  out.z.resize(energy.dim(), x.cols());
  out.samples.resize(at(x.cols()));
  Index done = 0;
  std::mutex lock;
  parallel_for(x.cols(), [&](Index i) {
    const SampleSolver solver(energy, theta, x.col(i), y.col(i), options);
    out.z.col(i) = solver.solve(out.samples[at(i)]);
    if (!options.progress) return;
    const std::lock_guard guard(lock);
    options.progress(++done, x.cols());
  });
  Index bad = 0;
  for (Index i = x.cols() - 1; i >= 0; --i) {
    const StationarityCertificate& c = out.samples[at(i)];
    if (c.verdict == StationarityVerdict::kMinimum) continue;
    ++bad;
    out.summary.status =
        c.verdict == StationarityVerdict::kNotFinite ? Status::kNotFinite
        : c.verdict == StationarityVerdict::kStalled || c.verdict == StationarityVerdict::kCapped
            ? Status::kNotConverged
            : Status::kRefused;
    out.summary.message = fmt::format("sample {}: {}", i + 1, reason(c));
  }
  if (bad > 1) out.summary.message += fmt::format(" ({} of {} samples have none)", bad, x.cols());
  return out;
}

}  // namespace saddlescope

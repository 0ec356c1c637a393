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
#include "saddlescope/inference/kinked_newton.hpp"
#include "saddlescope/inference/sample_problem.hpp"
#include "saddlescope/linalg/block_tridiagonal_bound.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kArmijo = 1e-4;  // the fraction of the predicted decrease that must be real
constexpr int kHalvings = 40;
constexpr int kPolishingSteps = 3;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

class SampleSolver {
 public:
  SampleSolver(const SampleProblem& problem, const NewtonOptions& options)
      : problem_(problem), options_(options) {}

  Matrix solve(StationarityCertificate& out) const {
    Iterate here = problem_.at(problem_.start());
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
    here = polish(std::move(here));
    certify(here, out);
    return here.z;
  }

 private:
  // The first t = 1, 1/2, .. at which F falls by enough. Where F no longer shows it for rounding, a
  // smaller gradient counts.
  [[nodiscard]] Iterate step(const Iterate& here, bool& exact) const {
    const NetworkCurvature curvature(problem_.energy(), problem_.theta(), here.pass);
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
    const double rounding = problem_.energy_rounding(here);
    Iterate next;
    double t = 1;
    for (int k = 0; k < kHalvings; ++k, t /= 2) {
      next = problem_.at(here.z + t * direction);
      if (!next.finite()) continue;
      if (next.energy <= here.energy + kArmijo * t * slope && next.energy < here.energy)
        return next;
      if (std::abs(t * slope) <= rounding && next.gradient.norm() < here.gradient.norm())
        return next;
    }
    return here;
  }

  // Newton steps for F_z in long double as long as they halve it: z is then exact to rounding.
  [[nodiscard]] Iterate polish(Iterate here) const {
    if (!here.finite() || !is_stationary(here)) return here;
    const NetworkCurvature curvature(problem_.energy(), problem_.theta(), here.pass);
    const BlockTridiagonalCholesky<double> factor(curvature.activity_hessian(0));
    if (!factor.summary().ok()) return here;
    Vector g = problem_.precise_gradient(here.z).g;
    for (int k = 0; k < kPolishingSteps && g.norm() > 0; ++k) {
      Iterate next = problem_.at(here.z - factor.solve(g));
      if (!next.finite()) break;
      const Vector left = problem_.precise_gradient(next.z).g;
      if (!(left.norm() <= g.norm() / 2)) break;
      g = left;
      here = std::move(next);
    }
    return here;
  }

  [[nodiscard]] bool is_stationary(const Iterate& here) const {
    const SampleProblem::Size size = problem_.size(here);
    return here.gradient.norm() <= std::max(options_.tolerance * size.terms, size.rounding);
  }

  void certify(const Iterate& here, StationarityCertificate& out) const {
    out.energy = here.energy;
    out.gradient_norm = here.gradient.norm();
    out.lambda_min = out.lambda_min_below = out.newton_step = kNaN;
    out.kink_distance = std::numeric_limits<double>::infinity();
    if (!here.finite()) {
      out.verdict = StationarityVerdict::kNotFinite;
      return;
    }
    out.rounding = problem_.size(here).rounding;
    const bool stationary = is_stationary(here);
    const BlockTridiagonal<double> H =
        NetworkCurvature(problem_.energy(), problem_.theta(), here.pass).activity_hessian(0);
    if (const auto smallest = smallest_eigenvalue(H)) {
      out.lambda_min = smallest->above;
      out.lambda_min_below = smallest->below;
      out.newton_step = BlockTridiagonalCholesky<double>(H).solve(here.gradient).norm();
    }
    if (stationary) {
      out.verdict = out.lambda_min_below > 0 ? StationarityVerdict::kMinimum
                                             : StationarityVerdict::kIndefinite;
    }
    if (out.verdict == StationarityVerdict::kMinimum) {
      const PreciseActivities::Gradient g = problem_.precise_gradient(here.z);
      const double step = BlockTridiagonalCholesky<double>(H).solve(g.g).norm();
      out.distance = problem_.distance(here, g, step, out.lambda_min_below);
    }
  }

  const SampleProblem& problem_;
  const NewtonOptions& options_;
};

std::string reason(const StationarityCertificate& c) {
  switch (c.verdict) {
    case StationarityVerdict::kMinimum:
      return "minimum";
    case StationarityVerdict::kOnKinks:
      return fmt::format("a minimum with {} arguments of the activation at kinks", c.kinks.size());
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
    case StationarityVerdict::kOnKinks:
      return "on-kinks";
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

template <class T>
void apply_kinks(const Architecture& architecture, const std::vector<HeldKink>& held, Index sample,
                 NetworkPass<T>& pass) {
  for (const HeldKink& kink : held) {
    LayerValues<T>& values = pass.layers[at(kink.layer)];
    const T slope(static_cast<T>(kink.slope));
    if (architecture.activates_input(kink.layer)) {
      values.inner_slope(kink.unit, sample) = slope;
    } else {
      values.outer_slope(kink.unit, sample) = slope;
      pass.delta[at(kink.layer)](kink.unit, sample) =
          slope * pass.error[at(kink.layer)](kink.unit, sample);
    }
  }
}

template void apply_kinks<double>(const Architecture&, const std::vector<HeldKink>&, Index,
                                  NetworkPass<double>&);
template void apply_kinks<float>(const Architecture&, const std::vector<HeldKink>&, Index,
                                 NetworkPass<float>&);

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
  if (energy.clamping().output) check_targets(net, y, energy.clamping().targets);

  NetworkEquilibrium out;
  out.z.resize(energy.dim(), x.cols());
  out.samples.resize(at(x.cols()));
  const SampleProblem::Shared shared(energy, theta);
  Index done = 0;
  std::mutex lock;
  parallel_for(x.cols(), [&](Index i) {
    const SampleProblem problem(shared, x.col(i), y.col(i));
    StationarityCertificate& certificate = out.samples[at(i)];
    out.z.col(i) = kinks(net.activation).empty() ? SampleSolver(problem, options).solve(certificate)
                                                 : solve_with_kinks(problem, options, certificate);
    if (!options.progress) return;
    const std::lock_guard guard(lock);
    options.progress(++done, x.cols());
  });
  Index bad = 0;
  for (Index i = x.cols() - 1; i >= 0; --i) {
    const StationarityCertificate& c = out.samples[at(i)];
    if (c.verdict == StationarityVerdict::kMinimum || c.verdict == StationarityVerdict::kOnKinks)
      continue;
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

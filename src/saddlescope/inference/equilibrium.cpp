#include "saddlescope/inference/equilibrium.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/convergence_rate.hpp"
#include "saddlescope/inference/equilibrium_direct.hpp"
#include "saddlescope/inference/equilibrium_iteration.hpp"
#include "saddlescope/inference/precise_gradient.hpp"

namespace saddlescope {
namespace {

constexpr Index kBlock = 32;  // samples that run together; the first block is the one followed
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

void check(const ActivityOperator& op, ConstMatrixRef x, ConstMatrixRef y,
           const EquilibriumOptions& o) {
  require(x.rows() == op.maps().front().cols() && y.rows() == op.maps().back().rows() &&
              x.cols() == y.cols() && x.cols() >= 1,
          "equilibrium: expected x with {} rows and y with {} and equally many columns, at least "
          "one, got {} x {} and {} x {}",
          op.maps().front().cols(), op.maps().back().rows(), x.rows(), x.cols(), y.rows(),
          y.cols());
  require(x.allFinite() && y.allFinite(), "equilibrium: expected finite samples, found NaN or Inf");
  require(o.tolerance > 0 && o.tolerance < 1,
          "equilibrium: tolerance: expected within (0, 1), got {}", o.tolerance);
  require(o.max_steps >= 1, "equilibrium: max_steps: expected >= 1, got {}", o.max_steps);
  require(!o.step || (has_step(o.solver) && *o.step > 0 && std::isfinite(*o.step)),
          "equilibrium: step: expected a number > 0 and a solver that takes one, got {} for {}",
          o.step.value_or(0), name(o.solver));
  require(!o.momentum ||
              (o.solver == EquilibriumSolver::kMomentum && *o.momentum >= 0 && *o.momentum < 1),
          "equilibrium: momentum: expected within [0, 1) and the solver momentum, got {} for {}",
          o.momentum.value_or(0), name(o.solver));
  require(o.solver != EquilibriumSolver::kClosedForm || o.activity_decay == 0,
          "equilibrium: the closed form holds without activity decay, got alpha = {}; expected "
          "another solver",
          o.activity_decay);
  if (o.start != ActivityStart::kGiven) return;
  require(o.given.rows() == op.dim() && o.given.cols() == x.cols(),
          "equilibrium: start: expected {} x {}, got {} x {}", op.dim(), x.cols(), o.given.rows(),
          o.given.cols());
  require(o.given.allFinite(), "equilibrium: start: expected finite activities, found NaN or Inf");
}

// Step and momentum of equilibrium_options.hpp. With beta given, 2(1 + beta)/(lambda_min +
// lambda_max) treats both ends alike; with Polyak's beta it is Polyak's step.
iteration::Plan make_plan(const Conditioning& conditioning, const EquilibriumOptions& o) {
  const double low = conditioning.lambda_min_below, high = conditioning.lambda_max_above;
  iteration::Plan plan;
  plan.solver = o.solver;
  plan.lambda_min_below = low;
  plan.lambda_max_above = high;
  plan.tolerance = o.tolerance;
  plan.max_steps = o.max_steps;
  if (o.solver == EquilibriumSolver::kMomentum) {
    const double root = std::sqrt(high), other = std::sqrt(low);
    plan.momentum = o.momentum.value_or(low > 0 ? std::pow((root - other) / (root + other), 2) : 0);
  }
  if (has_step(o.solver)) {
    const double best = o.solver == EquilibriumSolver::kDopri5 || !(low > 0)
                            ? (1 + plan.momentum) / high
                            : 2 * (1 + plan.momentum) / (low + high);
    plan.step = o.step.value_or(best);
  }
  return plan;
}

// Steps by which theory predicts a fall by e; of dopri5 at its largest stable step, 3.3/lambda_max.
double efold_steps(const iteration::Plan& plan) {
  if (!(plan.lambda_min_below > 0)) return 0;
  const auto rate = predicted_rate(plan.solver, plan.lambda_min_below, plan.lambda_max_above,
                                   plan.step, plan.momentum);
  const double per_step = plan.solver == EquilibriumSolver::kDopri5
                              ? std::log(*rate) * 3.3 / plan.lambda_max_above
                              : std::log(*rate);
  return per_step < 0 ? -1 / per_step : 0;
}

EquilibriumVerdict verdict_of(const iteration::ColumnEnd& end) {
  if (end.end == iteration::End::kGrowth || end.end == iteration::End::kNotFinite)
    return EquilibriumVerdict::kDiverging;
  return end.end == iteration::End::kSteps && end.halved ? EquilibriumVerdict::kCapped
                                                         : EquilibriumVerdict::kStalled;
}

class Solve {
 public:
  Solve(const Architecture& architecture, const Vector& theta, ConstMatrixRef x, ConstMatrixRef y,
        const EquilibriumOptions& options, const Conditioning& conditioning)
      : architecture_(architecture),
        theta_(theta),
        x_(x),
        y_(y),
        options_(options),
        op_(architecture, theta, options.activity_decay) {
    check(op_, x, y, options);
    out_.conditioning = conditioning;
    out_.z = Matrix::Zero(op_.dim(), x.cols());
    out_.samples.resize(at(x.cols()));
    ends_.resize(at(x.cols()));
  }

  Equilibrium run() {
    const auto begin = std::chrono::steady_clock::now();
    if (is_direct(options_.solver)) {
      direct();
    } else {
      iterate();
    }
    blocks([this](Index first, Index n) { certify(first, n); });
    conclude();
    out_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return std::move(out_);
  }

 private:
  template <class Task>
  void blocks(Task&& task) {
    const Index n = x_.cols();
    parallel_for((n + kBlock - 1) / kBlock,
                 [&](Index block) { task(block * kBlock, std::min(kBlock, n - block * kBlock)); });
  }

  void factorise() {
    factor_.emplace(activity_hessian<double>(architecture_, theta_, options_.activity_decay));
  }

  void direct() {
    ends_.assign(ends_.size(), {iteration::End::kFloor, 0, false});
    if (options_.solver == EquilibriumSolver::kClosedForm) {
      DirectSolution solution = closed_form_equilibrium(architecture_, theta_, x_, y_);
      out_.z = std::move(solution.z);
      refusal_ = solution.summary;
      return;
    }
    factorise();
    refusal_ = factor_->summary();
    if (!refusal_.ok()) return;
    blocks([this](Index first, Index n) {
      out_.z.middleCols(first, n) =
          block_equilibrium(op_, *factor_, x_.middleCols(first, n), y_.middleCols(first, n));
    });
  }

  [[nodiscard]] Matrix start(Index first, Index n) const {
    if (options_.start == ActivityStart::kGiven) return options_.given.middleCols(first, n);
    if (options_.start == ActivityStart::kZero) return Matrix::Zero(op_.dim(), n);
    return op_.forward(x_.middleCols(first, n));
  }

  void iterate() {
    // Products that overflow, or no proved upper bound: no step is known to be stable.
    const double high = out_.conditioning.lambda_max_above;
    if (!(high > 0 && std::isfinite(high))) {
      refusal_ = out_.conditioning.summary;
      ends_.assign(ends_.size(), {iteration::End::kFloor, 0, false});
      return;
    }
    iteration::Plan plan = make_plan(out_.conditioning, options_);
    plan.steps_per_efold = efold_steps(plan);
    out_.step = plan.step;
    out_.momentum = plan.momentum;
    if (options_.keep_trace) {
      factorise();
      if (!factor_->summary().ok()) factor_.reset();
    }
    blocks([&](Index first, Index n) {
      iteration::Plan mine = plan;
      if (first == 0) {
        mine.record = true;
        mine.energies = options_.keep_trace;
        mine.gaps = factor_ ? &*factor_ : nullptr;
        mine.progress = options_.progress;
      }
      iteration::Run run = iteration::run(op_, mine, x_.middleCols(first, n),
                                          y_.middleCols(first, n), start(first, n));
      out_.z.middleCols(first, n) = run.z;
      std::copy(run.ends.begin(), run.ends.end(), ends_.begin() + first);
      if (first == 0) records_ = std::move(run.records);
    });
    const Conditioning& conditioning = out_.conditioning;
    if (conditioning.lambda_min > 0)
      out_.predicted_rate = predicted_rate(options_.solver, conditioning.lambda_min,
                                           conditioning.lambda_max, plan.step, plan.momentum);
    measure_rate();
    if (options_.keep_trace) trace();
  }

  void measure_rate() {
    const auto followed = static_cast<Index>(records_.empty() ? 0 : records_.front().norm.size());
    const Vector b_norms =
        op_.source(x_.leftCols(followed), y_.leftCols(followed)).colwise().norm();
    std::vector<double> rates;
    for (Index j = 0; j < followed; ++j) {
      std::vector<double> times, norms;
      for (const iteration::Record& record : records_) {
        if (record.step > ends_[at(j)].steps) break;
        times.push_back(options_.solver == EquilibriumSolver::kDopri5
                            ? record.time[j]
                            : static_cast<double>(record.step));
        norms.push_back(record.norm[j]);
      }
      const double floor = iteration::gradient_rounding(op_, out_.conditioning.lambda_max_above,
                                                        out_.z.col(j).norm(), b_norms[j]);
      if (const auto rate = measured_rate(times, norms, floor)) rates.push_back(*rate);
    }
    if (rates.empty()) return;
    std::sort(rates.begin(), rates.end());
    out_.measured_rate = rates[rates.size() / 2];
  }

  // Of the sample followed that took most steps, the first of them.
  void trace() {
    const auto followed = std::min<std::ptrdiff_t>(kBlock, x_.cols());
    const auto slowest = std::max_element(
        ends_.begin(), ends_.begin() + followed,
        [](const auto& one, const auto& other) { return one.steps < other.steps; });
    const Index j = slowest - ends_.begin();
    out_.traced = j;
    for (const iteration::Record& record : records_)
      out_.trace.push_back({record.step, record.time[j], record.norm[j], record.energy[j],
                            factor_ ? record.gap[j] : kInfinity});
  }

  void certify(Index first, Index n) {
    const auto x = x_.middleCols(first, n);
    const auto y = y_.middleCols(first, n);
    const auto z = out_.z.middleCols(first, n);
    const PreciseGradient gradient = precise_gradient(op_, x, y, z);
    const Vector energies = op_.energies(x, y, z);
    const double low = out_.conditioning.lambda_min_below;
    for (Index j = 0; j < n; ++j) {
      SampleCertificate& one = out_.samples[at(first + j)];
      const iteration::ColumnEnd& end = ends_[at(first + j)];
      one.gradient_norm = gradient.g.col(j).norm();
      one.rounding = gradient.error[j];
      const double bound = one.gradient_norm + one.rounding;
      one.distance = low > 0 ? bound / low : kInfinity;
      one.energy_gap = low > 0 ? bound * one.distance / 2 : kInfinity;
      one.energy = energies[j];
      one.size = z.col(j).norm();
      one.steps = end.steps;
      one.verdict = verdict_of(end);
      if (refusal_.ok() && one.verdict != EquilibriumVerdict::kDiverging &&
          one.distance <= options_.tolerance * one.size)
        one.verdict = EquilibriumVerdict::kConverged;
    }
  }

  void conclude() {
    std::size_t worst = 0;
    Index failed = 0;
    for (std::size_t i = 0; i < out_.samples.size(); ++i) {
      const SampleCertificate& one = out_.samples[i];
      failed += one.verdict == EquilibriumVerdict::kConverged ? 0 : 1;
      const SampleCertificate& other = out_.samples[worst];
      if (one.verdict > other.verdict ||
          (one.verdict == other.verdict && one.distance * other.size > other.distance * one.size))
        worst = i;
    }
    const SampleCertificate& one = out_.samples[worst];
    out_.verdict = one.verdict;
    if (one.verdict == EquilibriumVerdict::kConverged) return;
    out_.summary.status = ends_[worst].end == iteration::End::kNotFinite ? Status::kNotFinite
                          : out_.conditioning.lambda_min_below > 0       ? Status::kNotConverged
                                                                         : Status::kUndecided;
    std::string why = fmt::format(
        "|z - z*| <= {:.2e} |z| is all that |dF/dz| = {:.2e} and "
        "lambda_min >= {:.2e} prove, expected {:.1e}",
        one.distance / one.size, one.gradient_norm, out_.conditioning.lambda_min_below,
        options_.tolerance);
    if (!(out_.conditioning.lambda_min_below > 0))
      why = fmt::format(
          "nothing above 0 could be proved to lie below lambda_min (estimate {:.2e} "
          "of lambda_max = {:.2e}), so no gradient is small enough; |dF/dz| = {:.2e}",
          out_.conditioning.lambda_min, out_.conditioning.lambda_max, one.gradient_norm);
    if (ends_[worst].end == iteration::End::kNotFinite) {
      why = fmt::format("NaN or Inf in step {}", one.steps);
    } else if (one.verdict == EquilibriumVerdict::kDiverging) {
      why = fmt::format(
          "|dF/dz| grew to {:.2e} by step {}; the step is {:.6g}, 2/lambda_max = "
          "{:.6g}",
          one.gradient_norm, one.steps, out_.step, 2 / out_.conditioning.lambda_max);
    } else if (!refusal_.ok()) {
      why = refusal_.message;
    }
    out_.summary.message =
        fmt::format("{}: {} of {} samples did not converge; sample {} {} after {} steps: {}",
                    name(options_.solver), failed, out_.samples.size(), worst + 1,
                    name(one.verdict), one.steps, why);
  }

  const Architecture& architecture_;
  const Vector& theta_;
  ConstMatrixRef x_;
  ConstMatrixRef y_;
  const EquilibriumOptions& options_;
  ActivityOperator op_;
  std::optional<BlockTridiagonalCholesky<double>> factor_;
  std::vector<iteration::ColumnEnd> ends_;
  std::vector<iteration::Record> records_;
  Summary refusal_;  // why there was nothing to solve with
  Equilibrium out_;
};

}  // namespace

std::string name(EquilibriumVerdict verdict) {
  switch (verdict) {
    case EquilibriumVerdict::kConverged:
      return "converged";
    case EquilibriumVerdict::kCapped:
      return "capped";
    case EquilibriumVerdict::kStalled:
      return "stalled";
    case EquilibriumVerdict::kDiverging:
      break;
  }
  return "diverging";
}

Equilibrium equilibrium(const Architecture& architecture, const Vector& theta, ConstMatrixRef x,
                        ConstMatrixRef y, const EquilibriumOptions& options,
                        const Conditioning& conditioning) {
  return Solve(architecture, theta, x, y, options, conditioning).run();
}

Equilibrium equilibrium(const Architecture& architecture, const Vector& theta, ConstMatrixRef x,
                        ConstMatrixRef y, const EquilibriumOptions& options) {
  ConditionOptions condition;
  condition.activity_decay = options.activity_decay;
  condition.seed = options.seed;
  condition.progress = options.progress;
  return equilibrium(architecture, theta, x, y, options,
                     activity_conditioning(architecture, theta, condition));
}

}  // namespace saddlescope

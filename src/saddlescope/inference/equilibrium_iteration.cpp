#include "saddlescope/inference/equilibrium_iteration.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>

#include <fmt/format.h>

namespace saddlescope::iteration {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Every step up to 256, then 128 in each doubling.
bool is_recorded(Index step) {
  const int bits = std::bit_width(static_cast<std::uint64_t>(step));
  return bits <= 8 || step % (Index{1} << (bits - 8)) == 0;
}

// What is remembered of a column beside its numbers.
struct Memory {
  double start = 0;       // |g_0|
  double least = 0;       // smallest |g| so far
  double at_half = 0;     // |g| at half of max_steps
  double checkpoint = 0;  // `least` at checkpoint_step
  Index checkpoint_step = 0;
  double recomputed = kInfinity;  // |g| when it was last recomputed, of rules that drift
};

class Loop {
 public:
  Loop(const ActivityOperator& op, const Plan& plan, const Matrix& x, const Matrix& y,
       const Matrix& start)
      : op_(op), plan_(plan), x_(x), y_(y), alive_(static_cast<std::size_t>(start.cols())) {
    batch_.z = start;
    batch_.b = op.source(x, y);
    batch_.g = Matrix(start.rows(), start.cols());
    op.apply(start, batch_.g);
    batch_.g -= batch_.b;
    batch_.time = Vector::Zero(start.cols());
    b_norms_ = batch_.b.colwise().norm();
    previous_ = start;
    std::iota(alive_.begin(), alive_.end(), Index{0});
    memory_.resize(alive_.size());
    out_.z = start;
    out_.ends.resize(alive_.size());
    rule_ = make_rule(plan.solver, op, batch_, plan.step, plan.momentum);
  }

  Run run() {
    for (Index step = 0;; ++step) {
      judge(step);
      if (plan_.record && (is_recorded(step) || all_ended())) record(step);
      drop_ended(step);
      if (alive_.empty()) return std::move(out_);
      if (plan_.progress && step % 256 == 0)
        plan_.progress(fmt::format("{}: step {} of at most {}, gradient {:.2e}, {} samples to go",
                                   name(plan_.solver), step, plan_.max_steps, worst_,
                                   alive_.size()));
      previous_ = batch_.z;
      rule_->advance(batch_);
    }
  }

 private:
  [[nodiscard]] bool all_ended() const {
    return std::all_of(ended_.begin(), ended_.end(), [](const auto& end) { return !!end; });
  }

  // Who ends at this step, and why.
  void judge(Index step) {
    worst_ = 0;
    ended_.assign(alive_.size(), {});
    for (std::size_t i = 0; i < alive_.size(); ++i) {
      const auto column = static_cast<Index>(i);
      ended_[i] = verdict(step, column);
      worst_ = std::max(worst_, batch_.g.col(column).norm());
    }
  }

  std::optional<End> verdict(Index step, Index j) {
    const double norm = batch_.g.col(j).norm();
    const double size = batch_.z.col(j).norm();
    if (!std::isfinite(norm) || !std::isfinite(size)) return End::kNotFinite;
    Memory& memory = memory_[at(alive_[at(j)])];
    if (step == 0) memory.start = memory.least = memory.checkpoint = norm;
    if (step == plan_.max_steps / 2) memory.at_half = norm;
    const double rounding =
        gradient_rounding(op_, plan_.lambda_max_above, size, b_norms_[alive_[at(j)]]);
    const bool monotone = plan_.solver != EquilibriumSolver::kMomentum &&
                          plan_.solver != EquilibriumSolver::kConjugateGradients;
    if (norm >
        2 * growth_limit(plan_, step) * std::max(monotone ? memory.least : memory.start, rounding))
      return End::kGrowth;
    memory.least = std::min(memory.least, norm);
    if (norm <= 0.9 * plan_.tolerance * plan_.lambda_min_below * size || norm == 0)
      return rule_->drifts() ? recompute(j) : End::kTarget;
    if (plan_.steps_per_efold > 0 && norm <= rounding &&
        static_cast<double>(step - memory.checkpoint_step) >=
            2 * std::max(plan_.steps_per_efold, 1.0)) {
      if (memory.least > memory.checkpoint / std::numbers::e) return End::kFloor;
      memory.checkpoint = memory.least;
      memory.checkpoint_step = step;
    }
    if (step >= plan_.max_steps) return End::kSteps;
    return {};
  }

  // The gradient of a rule that carries it along, anew. Where it is not small after all the column
  // restarts, unless a restart before did not halve it either.
  std::optional<End> recompute(Index j) {
    Matrix product(op_.dim(), 1);
    op_.apply(batch_.z.col(j), product);
    batch_.g.col(j) = product - batch_.b.col(j);
    Memory& memory = memory_[at(alive_[at(j)])];
    const double norm = batch_.g.col(j).norm();
    if (norm <= 0.9 * plan_.tolerance * plan_.lambda_min_below * batch_.z.col(j).norm())
      return End::kTarget;
    if (norm > memory.recomputed / 2) return End::kFloor;
    memory.recomputed = memory.least = norm;
    rule_->restart(batch_, j);
    return {};
  }

  void record(Index step) {
    Record now;
    if (!out_.records.empty()) now = out_.records.back();
    const auto n = static_cast<Index>(out_.ends.size());
    if (out_.records.empty())
      for (Vector* values : {&now.time, &now.norm, &now.energy, &now.gap})
        *values = Vector::Zero(n);
    now.step = step;
    Vector energy, gap;
    if (plan_.energies) energy = op_.energies(columns(x_, alive_), columns(y_, alive_), batch_.z);
    if (plan_.gaps != nullptr)
      gap = batch_.g.cwiseProduct(plan_.gaps->solve(batch_.g)).colwise().sum().transpose() / 2;
    for (std::size_t i = 0; i < alive_.size(); ++i) {
      const auto j = static_cast<Index>(i);
      if (ended_[i] == End::kNotFinite) continue;
      now.time[alive_[i]] = batch_.time[j];
      now.norm[alive_[i]] = batch_.g.col(j).norm();
      if (plan_.energies) now.energy[alive_[i]] = energy[j];
      if (plan_.gaps != nullptr) now.gap[alive_[i]] = gap[j];
    }
    out_.records.push_back(std::move(now));
  }

  void drop_ended(Index step) {
    std::vector<Index> kept, samples;
    for (std::size_t i = 0; i < alive_.size(); ++i) {
      const auto j = static_cast<Index>(i);
      if (!ended_[i]) {
        kept.push_back(j);
        samples.push_back(alive_[i]);
        continue;
      }
      ColumnEnd& end = out_.ends[at(alive_[i])];
      end.end = *ended_[i];
      end.steps = step;
      end.halved = batch_.g.col(j).norm() <= memory_[at(alive_[i])].at_half / 2;
      const Matrix& last = end.end == End::kNotFinite ? previous_ : batch_.z;
      out_.z.col(alive_[i]) = last.col(j);
    }
    if (kept.size() == alive_.size()) return;
    batch_.z = columns(batch_.z, kept);
    batch_.g = columns(batch_.g, kept);
    batch_.b = columns(batch_.b, kept);
    batch_.time = Vector(batch_.time(kept));
    rule_->keep(kept);
    alive_ = std::move(samples);
  }

  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }

  const ActivityOperator& op_;
  const Plan& plan_;
  const Matrix& x_;
  const Matrix& y_;
  Batch batch_;
  Matrix previous_;
  Vector b_norms_;
  std::vector<Index> alive_;  // samples of the batch's columns
  std::vector<Memory> memory_;
  std::vector<std::optional<End>> ended_;
  std::unique_ptr<StepRule> rule_;
  double worst_ = 0;
  Run out_;
};

}  // namespace

double growth_limit(const Plan& plan, Index step) {
  if (plan.solver == EquilibriumSolver::kMomentum)
    return std::max(1.0, 4 * static_cast<double>(step));
  if (plan.solver == EquilibriumSolver::kConjugateGradients)
    return plan.lambda_min_below > 0 ? std::sqrt(plan.lambda_max_above / plan.lambda_min_below)
                                     : kInfinity;
  return 1;
}

double gradient_rounding(const ActivityOperator& op, double lambda_max, double z_norm,
                         double b_norm) {
  Index widest = 1;
  for (const Matrix& A : op.maps()) widest = std::max({widest, A.rows(), A.cols()});
  return 4 * static_cast<double>(widest) * kEps * (lambda_max * z_norm + b_norm);
}

Run run(const ActivityOperator& op, const Plan& plan, const Matrix& x, const Matrix& y,
        const Matrix& start) {
  return Loop(op, plan, x, y, start).run();
}

}  // namespace saddlescope::iteration

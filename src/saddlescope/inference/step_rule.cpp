#include "saddlescope/inference/step_rule.hpp"

#include <cassert>
#include <utility>

namespace saddlescope::iteration {
namespace {

Vector squares(const Matrix& M) { return M.colwise().squaredNorm().transpose(); }

void refresh_gradient(const ActivityOperator& op, Batch& batch) {
  op.apply(batch.z, batch.g);
  batch.g -= batch.b;
  batch.time.array() += 1;
}

// z_{k+1} = z_k - s g_k + beta (z_k - z_{k-1}); beta = 0 is descent.
class HeavyBall final : public StepRule {
 public:
  HeavyBall(const ActivityOperator& op, const Matrix& start, double step, double momentum)
      : op_(op), previous_(start), step_(step), momentum_(momentum) {}

  void advance(Batch& batch) override {
    Matrix next = batch.z - step_ * batch.g + momentum_ * (batch.z - previous_);
    previous_ = std::exchange(batch.z, std::move(next));
    refresh_gradient(op_, batch);
  }
  void keep(const std::vector<Index>& kept) override { previous_ = columns(previous_, kept); }

 private:
  const ActivityOperator& op_;
  Matrix previous_;
  double step_, momentum_;
};

// Hestenes and Stiefel, a Krylov space of its own for each column, with the residual carried along:
// one product a step.
class ConjugateGradients final : public StepRule {
 public:
  ConjugateGradients(const ActivityOperator& op, const Batch& batch)
      : op_(op), direction_(-batch.g), residual_(squares(batch.g)) {}

  void advance(Batch& batch) override {
    Matrix Hp(direction_.rows(), direction_.cols());
    op_.apply(direction_, Hp);
    for (Index j = 0; j < direction_.cols(); ++j) {
      const double curvature = direction_.col(j).dot(Hp.col(j));
      // 0 only where the residual is 0, or its square has underflown.
      const double length = curvature > 0 ? residual_[j] / curvature : 0;
      batch.z.col(j) += length * direction_.col(j);
      batch.g.col(j) += length * Hp.col(j);
      const double next = batch.g.col(j).squaredNorm();
      const double ratio = residual_[j] > 0 ? next / residual_[j] : 0;
      direction_.col(j) = ratio * direction_.col(j) - batch.g.col(j);
      residual_[j] = next;
    }
    batch.time.array() += 1;
  }
  void keep(const std::vector<Index>& kept) override {
    direction_ = columns(direction_, kept);
    residual_ = columns(residual_, kept);
  }
  [[nodiscard]] bool drifts() const override { return true; }
  void restart(const Batch& batch, Index column) override {
    direction_.col(column) = -batch.g.col(column);
    residual_[column] = batch.g.col(column).squaredNorm();
  }

 private:
  static Vector columns(const Vector& v, const std::vector<Index>& kept) { return v(kept); }
  static Matrix columns(const Matrix& M, const std::vector<Index>& kept) {
    return iteration::columns(M, kept);
  }

  const ActivityOperator& op_;
  Matrix direction_;
  Vector residual_;  // |g|^2
};

}  // namespace

Matrix columns(const Matrix& M, const std::vector<Index>& kept) { return M(Eigen::all, kept); }

void StepRule::restart(const Batch& /*batch*/, Index /*column*/) { assert(!drifts()); }

std::unique_ptr<StepRule> make_rule(EquilibriumSolver solver, const ActivityOperator& op,
                                    const Batch& batch, double step, double momentum) {
  switch (solver) {
    case EquilibriumSolver::kDescent:
      return std::make_unique<HeavyBall>(op, batch.z, step, 0);
    case EquilibriumSolver::kMomentum:
      return std::make_unique<HeavyBall>(op, batch.z, step, momentum);
    case EquilibriumSolver::kConjugateGradients:
      return std::make_unique<ConjugateGradients>(op, batch);
    case EquilibriumSolver::kDopri5:
      return make_dopri5_rule(op, batch, step, OdeControl::kAdaptive);
    default:
      assert(solver == EquilibriumSolver::kEuler || solver == EquilibriumSolver::kHeun);
      return make_ode_rule(solver, op, step);
  }
}

}  // namespace saddlescope::iteration

#include "saddlescope/saddle/flow_system.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/energy/linear_rounding.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::flow {
namespace {

class PlainSystem final : public System {
 public:
  explicit PlainSystem(const Objective<double>& objective) : objective_(objective) {}

  [[nodiscard]] Index dim() const override { return objective_.dim(); }
  [[nodiscard]] Index n_integrals() const override { return 0; }
  void derivative(const Vector& theta, State& rate) const override {
    const auto point = at(theta);
    Eigen::Map<Vector>(rate.data(), theta.size()) = -point->gradient();
  }
  [[nodiscard]] Local local(const Vector& theta) const override {
    const auto point = at(theta);
    Local local;
    local.record.value = point->value();
    local.record.gradient_norm = point->gradient().norm();
    local.record.squared_weights = theta.squaredNorm();
    local.gradient_bound = point->gradient_error_bound();
    local.hessian_size = point->hessian_magnitude();
    return local;
  }
  [[nodiscard]] Balance balance(const Vector& /*start*/, const Vector& /*theta*/,
                                const double* /*integrals*/) const override {
    return {};
  }

 private:
  [[nodiscard]] std::unique_ptr<const Point<double>> at(const Vector& theta) const {
    if (!theta.allFinite())
      throw NotComputable(Status::kNotFinite, "the flow left the finite numbers");
    Evaluation<double> evaluation = objective_.at(theta);
    if (!evaluation.summary.ok())
      throw NotComputable(evaluation.summary.status, evaluation.summary.message);
    return std::move(evaluation.point);
  }

  const Objective<double>& objective_;
};

class LinearSystem final : public System {
 public:
  explicit LinearSystem(const LinearLandscape& landscape)
      : landscape_(landscape), net_(landscape.reduced().architecture()) {
    for (Index l = 0; l + 1 < net_.depth(); ++l) n_integrals_ += net_.rows(l) * net_.rows(l);
  }

  [[nodiscard]] Index dim() const override { return net_.n_parameters(); }
  [[nodiscard]] Index n_integrals() const override { return n_integrals_; }
  void derivative(const Vector& theta, State& rate) const override {
    const LinearState<double> state = at(landscape_.which(), theta);
    Eigen::Map<Vector>(rate.data(), dim()) = -state.gradient();
    double* integral = rate.data() + dim();
    for (Index l = 0; l + 1 < net_.depth(); ++l) {
      const Index n = net_.rows(l);
      Eigen::Map<Matrix>(integral, n, n).noalias() =
          state.q(l) * state.e(l) * state.e(l).transpose();
      integral += n * n;
    }
  }
  [[nodiscard]] Local local(const Vector& theta) const override {
    const LinearState<double> state = at(landscape_.which(), theta);
    Local local;
    FlowRecord& record = local.record;
    record.value = state.value();
    record.gradient_norm = state.gradient().norm();
    record.squared_weights = theta.squaredNorm();
    record.loss = state.r().squaredNorm() / 2;  // r = y - A_{L:1} x under both objectives
    record.S_norm = symmetric_eigenvalues(state.S()).maxCoeff();
    for (Index l = 0; l + 1 < net_.depth(); ++l)
      record.hidden_errors += state.q(l) * state.e(l).squaredNorm();
    local.gradient_bound = gradient_error_bound(state);
    local.hessian_size = landscape_.objective().at(theta).point->hessian_magnitude();
    return local;
  }
  [[nodiscard]] Balance balance(const Vector& start, const Vector& theta,
                                const double* integrals) const override {
    const auto A_start = effective_maps(net_, start);
    const auto A = effective_maps(net_, theta);
    const auto gram = [&](const std::vector<Matrix>& maps, Index l) -> Matrix {
      const double a = net_.scales[static_cast<std::size_t>(l)];
      const double b = net_.scales[static_cast<std::size_t>(l) + 1];
      const Matrix& lower = maps[static_cast<std::size_t>(l)];
      const Matrix& upper = maps[static_cast<std::size_t>(l) + 1];
      return lower * lower.transpose() / (a * a) - upper.transpose() * upper / (b * b);
    };
    Balance worst;
    for (Index l = 0; l + 1 < net_.depth(); ++l) {
      const Index n = net_.rows(l);
      const Matrix defect =
          gram(A, l) - gram(A_start, l) + 2 * Eigen::Map<const Matrix>(integrals, n, n);
      integrals += n * n;
      worst.defect = std::max(worst.defect, defect.norm());
      worst.scale = std::max(worst.scale, size(A, l) + size(A, l + 1));
    }
    return worst;
  }

 private:
  [[nodiscard]] double size(const std::vector<Matrix>& maps, Index l) const {
    const Matrix& A = maps[static_cast<std::size_t>(l)];
    const double a = net_.scales[static_cast<std::size_t>(l)];
    return (A * A.transpose()).norm() / (a * a);
  }
  [[nodiscard]] LinearState<double> at(LinearObjective which, const Vector& theta) const {
    if (!theta.allFinite())
      throw NotComputable(Status::kNotFinite, "the flow left the finite numbers");
    LinearState<double> state(which, net_, landscape_.reduced().factor(), theta);
    if (!state.finite() || !state.is_definite()) {
      const Summary why = landscape_.objective().at(theta).summary;
      throw NotComputable(why.status, why.message);
    }
    return state;
  }

  const LinearLandscape& landscape_;
  const Architecture& net_;
  Index n_integrals_ = 0;
};

}  // namespace

std::unique_ptr<System> plain_system(const Objective<double>& objective) {
  return std::make_unique<PlainSystem>(objective);
}

std::unique_ptr<System> linear_system(const LinearLandscape& landscape) {
  return std::make_unique<LinearSystem>(landscape);
}

}  // namespace saddlescope::flow

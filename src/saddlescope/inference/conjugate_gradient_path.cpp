#include "saddlescope/inference/conjugate_gradient_path.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kDeparture = 1e-4;

struct Recurrence {
  Vector r, p;

  // One step for the matrix diag(lambda); the new residual is made orthogonal to the columns of Q.
  void step(const Vector& lambda, const Eigen::Ref<const Matrix>& Q) {
    const double rr = r.squaredNorm();
    const Vector Hp = lambda.cwiseProduct(p);
    r -= rr / p.dot(Hp) * Hp;
    for (int pass = 0; pass < 2; ++pass) r -= Q * (Q.transpose() * r);  // twice is enough
    p = r + r.squaredNorm() / rr * p;
  }
};

}  // namespace

ConjugateGradientPath conjugate_gradient_path(const Vector& eigenvalues, const Vector& components,
                                              Index steps) {
  const Index n = eigenvalues.size();
  require(n >= 1 && components.size() == n,
          "conjugate_gradient_path: components: expected {}, got {}", n, components.size());
  require(eigenvalues.allFinite() && eigenvalues.minCoeff() > 0,
          "conjugate_gradient_path: eigenvalues: expected finite and > 0, smallest {}",
          eigenvalues.minCoeff());
  require(components.allFinite(), "conjugate_gradient_path: components: found NaN or Inf");
  require(steps >= 0, "conjugate_gradient_path: steps: expected >= 0, got {}", steps);
  ConjugateGradientPath out;
  // H is diagonal in the basis of its eigenvectors; e = -H^{-1} r.
  Recurrence exact{-(eigenvalues.cwiseProduct(components)), {}};
  exact.p = exact.r;
  Recurrence rounded = exact;
  const auto record = [&] {
    out.gradient_norms.push_back(exact.r.norm());
    out.energy_gaps.push_back(exact.r.cwiseAbs2().cwiseQuotient(eigenvalues).sum() / 2);
  };
  record();
  out.rounding = static_cast<double>(n) * kEps * out.gradient_norms[0];
  const Index last = std::min(steps, n);
  Matrix Q(n, last);  // the residuals so far, of norm 1
  for (Index k = 0; k < last && out.energy_gaps.back() > kEps * kEps * out.energy_gaps[0]; ++k) {
    Q.col(k) = exact.r.normalized();
    exact.step(eigenvalues, Q.leftCols(k + 1));
    rounded.step(eigenvalues, Q.leftCols(0));
    if (std::abs(rounded.r.norm() - exact.r.norm()) > kDeparture * exact.r.norm() &&
        exact.r.norm() > out.rounding)
      break;
    record();
  }
  return out;
}

std::optional<MeanRates> mean_rates(const ConjugateGradientPath& path,
                                    const std::vector<EquilibriumTrace>& trace) {
  const auto usable = [&](const EquilibriumTrace& row) {
    const auto k = static_cast<std::size_t>(row.step);
    return k < path.gradient_norms.size() && path.gradient_norms[k] > path.rounding;
  };
  const auto beyond = std::find_if_not(trace.begin(), trace.end(), usable);
  if (beyond == trace.begin()) return {};
  const EquilibriumTrace& last = *std::prev(beyond);
  if (last.step == 0) return {};
  const double predicted = path.gradient_norms[static_cast<std::size_t>(last.step)];
  const double per_step = 1 / static_cast<double>(last.step);
  return MeanRates{std::pow(predicted / path.gradient_norms.front(), per_step),
                   std::pow(last.gradient_norm / trace.front().gradient_norm, per_step)};
}

}  // namespace saddlescope

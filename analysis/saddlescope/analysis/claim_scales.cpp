#include "saddlescope/analysis/claim_scales.hpp"

#include <cmath>

#include <Eigen/SVD>

namespace saddlescope::analysis {
namespace {

double spectral_norm(const Matrix& A) { return A.jacobiSvd().singularValues()(0); }

}  // namespace

double Scales::value(LinearObjective objective) const {
  return objective == LinearObjective::kMse ? loss : energy;
}

double Scales::gradient(LinearObjective objective) const {
  return objective == LinearObjective::kMse ? loss_gradient : energy_gradient;
}

double Scales::rounding(LinearObjective objective) const {
  return 4 * roundings * kEps * (objective == LinearObjective::kMse ? 1 : condition);
}

Scales scales(const Architecture& architecture, const DataFactor<double>& data,
              const Vector& theta) {
  Scales out;
  const std::vector<Matrix> A = effective_maps<double>(architecture, theta);
  const std::size_t L = A.size();
  const double lambda = architecture.lambda();
  for (const Index n : architecture.widths) out.roundings += static_cast<double>(n);
  out.roundings += static_cast<double>(data.x.cols());
  for (const Matrix& map : A) out.maps.push_back(spectral_norm(map));

  double forward = data.x.norm();
  std::vector<double> feed_forward{forward};  // |A_{l:1} x|, entry l
  for (const double norm : out.maps) feed_forward.push_back(forward *= norm);
  out.residual = data.y.norm() + forward;
  out.loss = out.residual * out.residual / 2;
  out.energy = lambda * out.loss;

  out.schur = 1 / lambda;
  double product = 1;
  for (std::size_t l = L - 1; l >= 1; --l) {
    product *= out.maps[l] * out.maps[l];
    out.schur += product / architecture.precisions[l - 1];
  }
  out.condition = 1 + lambda * out.schur;

  std::vector<double> backward(L);  // |A_{L:l+1}|, entry l - 1
  backward[L - 1] = 1;
  for (std::size_t l = L - 1; l >= 1; --l) backward[l - 1] = backward[l] * out.maps[l];
  for (std::size_t l = 0; l < L; ++l)
    out.weighted_errors.push_back(backward[l] * lambda * out.residual);

  out.activities.push_back(data.x.norm());
  double loss_squared = 0;
  double energy_squared = 0;
  for (std::size_t l = 0; l < L; ++l) {
    const double scale = std::abs(architecture.scales[l]);
    loss_squared += std::pow(scale * backward[l] * out.residual * feed_forward[l], 2);
    energy_squared += std::pow(scale * out.weighted_errors[l] * out.activities[l], 2);
    out.activities.push_back(out.maps[l] * out.activities[l] +
                             out.weighted_errors[l] / architecture.precisions[l]);
  }
  out.loss_gradient = std::sqrt(loss_squared);
  out.energy_gradient = std::sqrt(energy_squared);
  return out;
}

}  // namespace saddlescope::analysis

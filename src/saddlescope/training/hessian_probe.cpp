#include "saddlescope/training/hessian_probe.hpp"

#include <limits>
#include <memory>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/hessian/extreme_curvature.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/network/linear_network.hpp"

namespace saddlescope {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kParts[] = {"lambda_min", "lambda_max", "eigenvalue_error",
                                  "negative",   "zero",       "positive"};

struct Objectives {
  std::unique_ptr<Objective<double>> loss, energy;
};

Objectives objectives(const NetworkEnergy<double>& energy, const Dataset& data) {
  const Architecture& net = energy.architecture();
  const Targets targets = energy.clamping().targets;
  if (is_deep_linear(net) && energy.activity_decay() == 0 && targets == Targets::kAll) {
    const DataFactor<double> factor = data_factor<double>(data);
    return {mse_loss<double>(net, factor), equilibrated_energy<double>(net, factor)};
  }
  return {network_loss(net, data, targets), network_equilibrated_energy(energy, data)};
}

// The six parts of `scale` times the objective.
Vector parts(const Objective<double>& objective, const Vector& theta, double scale,
             Index dense_limit) {
  const Evaluation<double> here = objective.at(theta);
  if (!here.summary.ok()) return Vector::Constant(std::ssize(kParts), kNaN);
  const ExtremeCurvature found = extreme_curvature(*here.point, {.dense_limit = dense_limit});
  const auto count = [](Index n) { return n < 0 ? kNaN : static_cast<double>(n); };
  return Vector{{scale * found.lambda_min, scale * found.lambda_max, scale * found.error,
                 count(found.inertia.n_negative), count(found.inertia.n_zero),
                 count(found.inertia.n_positive)}};
}

}  // namespace

std::vector<std::pair<std::string, Index>> hessian_columns() {
  std::vector<std::pair<std::string, Index>> out;
  for (const char* objective : {"loss_", "energy_"})
    for (const char* part : kParts) out.emplace_back(std::string(objective) + part, 0);
  return out;
}

std::vector<std::pair<std::string, Vector>> probe_hessians(const NetworkEnergy<double>& energy,
                                                           const Vector& theta, const Dataset& data,
                                                           Index dense_limit) {
  std::vector<std::pair<std::string, Vector>> out;
  const Objectives both = objectives(energy, data);
  const Vector loss = parts(*both.loss, theta, energy.architecture().lambda(), dense_limit);
  const Vector energy_parts = energy.dim() > 0 ? parts(*both.energy, theta, 1, dense_limit) : loss;
  const auto add = [&](const char* objective, const Vector& values) {
    for (Index i = 0; i < values.size(); ++i)
      out.emplace_back(std::string(objective) + kParts[i], Vector::Constant(1, values[i]));
  };
  add("loss_", loss);
  add("energy_", energy_parts);
  return out;
}

}  // namespace saddlescope

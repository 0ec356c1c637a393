#include "saddlescope/training/conditioning_probe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/hessian/descent_directions.hpp"
#include "saddlescope/inference/activity_eigenvalues.hpp"
#include "saddlescope/inference/conditioning.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/linear_network.hpp"
#include "saddlescope/training/probe_equilibrium.hpp"

namespace saddlescope {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kWanted = 0.1;  // relative error of kappa

bool has_schur(const NetworkEnergy<double>& energy) {
  return is_deep_linear(energy.architecture()) && energy.activity_decay() == 0;
}

SampleConditioning linear(const NetworkEnergy<double>& energy, const Vector& theta) {
  ConditionOptions options;
  options.activity_decay = energy.activity_decay();
  const Conditioning found = activity_conditioning(energy.architecture(), theta, options);
  return {found.lambda_min, found.lambda_max, found.condition_number, found.relative_error_bound};
}

SampleConditioning worst_sample(const NetworkEnergy<double>& energy, const Vector& theta,
                                const Dataset& data) {
  SampleConditioning worst{kNaN, kNaN, kNaN, kNaN};
  const ProbeEquilibrium there = probe_equilibrium(energy, theta, data);
  if (!there.finite || there.certified < 1) return worst;
  worst.condition_number = 0;
  double above = 0;  // proved: no sample's kappa is larger
  for (const SampleConditioning& one : sample_conditioning(energy, theta, there.pass)) {
    const double bound = one.condition_number * (1 + one.relative_error_bound);
    if (!std::isfinite(bound)) return {kNaN, kNaN, kNaN, kNaN};
    above = std::max(above, bound);
    if (one.condition_number > worst.condition_number) worst = one;
  }
  worst.relative_error_bound = above / worst.condition_number - 1;
  return worst;
}

// S depends on no data.
Vector schur_eigenvalues(const Architecture& net, const Vector& theta) {
  const DataFactor<double> any = {Matrix::Ones(net.input(), 1), Matrix::Ones(net.output(), 1)};
  Matrix excess = DescentDirections(net, any, theta, {.gauss_newton = false}).schur_excess();
  if (!excess.allFinite()) return Vector::Constant(net.output(), kNaN);
  return symmetric_eigenvalues(std::move(excess)).array() + 1 / net.lambda();
}

}  // namespace

std::vector<std::pair<std::string, Index>> conditioning_columns(
    const NetworkEnergy<double>& energy) {
  if (energy.dim() == 0) return {};
  std::vector<std::pair<std::string, Index>> out = {{"activity_lambda_min", 0},
                                                    {"activity_lambda_max", 0},
                                                    {"condition_number", 0},
                                                    {"condition_error", 0}};
  if (has_schur(energy)) out.emplace_back("schur_eigenvalue", energy.architecture().output());
  return out;
}

std::vector<std::pair<std::string, Vector>> probe_conditioning(const NetworkEnergy<double>& energy,
                                                               const Vector& theta,
                                                               const Dataset& data) {
  if (energy.dim() == 0) return {};
  SampleConditioning found = is_deep_linear(energy.architecture())
                                 ? linear(energy, theta)
                                 : worst_sample(energy, theta, data);
  if (!(found.relative_error_bound <= kWanted)) found = {kNaN, kNaN, kNaN, kNaN};
  std::vector<std::pair<std::string, Vector>> out;
  const auto number = [&](const char* name, double value) {
    out.emplace_back(name, Vector::Constant(1, value));
  };
  number("activity_lambda_min", found.lambda_min);
  number("activity_lambda_max", found.lambda_max);
  number("condition_number", found.condition_number);
  number("condition_error", found.relative_error_bound);
  if (has_schur(energy))
    out.emplace_back("schur_eigenvalue", schur_eigenvalues(energy.architecture(), theta));
  return out;
}

}  // namespace saddlescope

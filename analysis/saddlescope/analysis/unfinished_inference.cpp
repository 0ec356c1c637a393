#include "saddlescope/analysis/unfinished_inference.hpp"

#include <limits>

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/inference/conditioning.hpp"
#include "saddlescope/inference/unrolled_energy.hpp"
#include "saddlescope/training/full_batch.hpp"

namespace saddlescope::analysis {

double energy_gap(const Architecture& architecture, const Vector& theta,
                  const DataFactor<double>& data, Index steps, double step) {
  const LinearState<double> state(LinearObjective::kEnergy, architecture, data, theta);
  const UnrolledEnergy at =
      unrolled_energy(architecture, theta, data, {.steps = steps, .step = step});
  return at.summary.ok() ? at.value / state.value() - 1 : std::numeric_limits<double>::infinity();
}

StudyLine gap_line(const Architecture& architecture, const Vector& theta,
                   const DataFactor<double>& data, const std::vector<Index>& steps, double step,
                   const std::string& title, const std::string& ink) {
  StudyLine out = {title, ink};
  out.points = true;
  for (const Index t : steps)
    out.add(static_cast<double>(t), energy_gap(architecture, theta, data, t, step));
  return out;
}

double stable_step(const Architecture& architecture, const Vector& theta) {
  ConditionOptions options;
  options.tolerance = 0.01;
  return 1.9 / activity_conditioning(architecture, theta, options).lambda_max;
}

Vector trained_on_energy(const Architecture& architecture, const DataFactor<double>& data,
                         const Vector& theta, double rate, Index updates) {
  const auto energy = equilibrated_energy<double>(architecture, data);
  OptimiserOptions options;
  options.kind = OptimiserKind::kAdam;
  options.learning_rate = rate;
  FullBatchTrainer trainer(*energy, theta, options);
  train(trainer, updates, [](const FullBatchTrainer&) {});
  return trainer.theta();
}

}  // namespace saddlescope::analysis

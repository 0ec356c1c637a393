#include "saddlescope/analysis/limits_training.hpp"

#include <algorithm>
#include <limits>
#include <mutex>

#include <fmt/format.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/memory_budget.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/inference/conditioning.hpp"
#include "saddlescope/training/full_batch.hpp"
#include "saddlescope/training/learning_rate.hpp"

namespace saddlescope::analysis {
namespace {

// Two trainers of at most 8 vectors as long as theta each (weights, gradient, update, moments, the
// maps of an evaluation), theta_0, and K twice.
double run_bytes(const Architecture& net, const DataFactor<double>& data) {
  const double unknowns = static_cast<double>(data.x.cols() * net.output());
  return 8 * (17 * static_cast<double>(net.n_parameters()) + 2 * unknowns * unknowns) +
         conditioning_memory(net);
}

// To 1 %: what a figure can show.
void probe_conditioning(const Architecture& net, const Vector& theta, TwinRecord& record) {
  record.condition_number = record.condition_error = std::numeric_limits<double>::quiet_NaN();
  if (!record.probed) return;
  ConditionOptions options;
  options.tolerance = 0.01;
  const Conditioning found = activity_conditioning(net, theta, options);
  if (found.summary.status == Status::kNotFinite) return;
  record.condition_number = found.condition_number;
  record.condition_error = found.relative_error_bound;
}

TwinRun train_twins(const LimitsOptions& options, const LimitsCell& cell, const Dataset& data,
                    const DataFactor<double>& factor) {
  TwinRun run;
  run.cell = cell;
  const ArchitectureOptions shape = cell_architecture(options, cell, data);
  const Architecture net = make_architecture(shape);
  const Vector start = cell_weights(options, cell, net);
  OptimiserOptions rule;
  rule.kind = parse_optimiser(options.optimiser);
  rule.learning_rate = scaled_learning_rate(*options.learning_rate, rule.kind, shape);
  run.learning_rate = rule.learning_rate;

  const auto loss = mse_loss<double>(net, factor);
  const auto energy = equilibrated_energy<double>(net, factor);
  FullBatchTrainer bp(*loss, start, rule);
  FullBatchTrainer pc(*energy, start, rule);
  const auto stopped = [&] {
    if (!bp.summary().ok()) run.summary = {bp.summary().status, "BP: " + bp.summary().message};
    if (!pc.summary().ok()) run.summary = {pc.summary().status, "PC: " + pc.summary().message};
    return !run.summary.ok();
  };
  for (Index step = 0; !stopped(); ++step) {
    TwinRecord record;
    record.step = step;
    record.probed = step % options.probe_every == 0 || step == options.steps;
    record.bp_loss = bp.value();
    record.at_pc = limits_point(net, factor, pc.theta(), record.probed, options.damping);
    probe_conditioning(net, pc.theta(), record);
    record.distance = (pc.theta() - bp.theta()).norm();
    record.bp_path = (bp.theta() - start).norm();
    run.records.push_back(std::move(record));
    if (step == options.steps) break;
    bp.advance();
    pc.advance();
  }
  return run;
}

}  // namespace

std::vector<TwinRun> limits_training(const LimitsOptions& options, const Dataset& data,
                                     const std::function<void(const std::string&)>& progress) {
  const std::vector<LimitsCell> cells = limits_cells(options, *options.training_widths);
  const DataFactor<double> factor = compress(data_factor<double>(data));
  const double available = available_memory();
  std::vector<double> bytes;
  for (const LimitsCell& cell : cells) {
    bytes.push_back(run_bytes(make_architecture(cell_architecture(options, cell, data)), factor));
    require_fits(bytes.back() <= available,
                 "--training-widths: {} with {} samples needs {}, {} available", cell_name(cell),
                 data.n_samples(), memory_text(bytes.back()), memory_text(available));
  }
  std::vector<TwinRun> runs(cells.size());
  std::mutex lock;
  std::size_t done = 0;
  parallel_by_size(bytes, available, [&](std::size_t i) {
    runs[i] = train_twins(options, cells[i], data, factor);
    const std::lock_guard guard(lock);
    if (progress) progress(fmt::format("along training: {} of {} pairs", ++done, runs.size()));
  });
  return runs;
}

}  // namespace saddlescope::analysis

#include "saddlescope/inference/batch_report.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// Curves of blocks that stopped early go on at their last value.
template <class T>
void sum_curves(const std::vector<std::unique_ptr<BatchLoop<T>>>& loops, Index n_blocks,
                BatchInferenceReport& report) {
  Index length = 0;
  for (Index b = 0; b < n_blocks; ++b)
    length = std::max(length, loops[at(b)]->gradient_sums().size());
  report.energy_curve.setZero(loops[0]->energy_sums().rows(), length);
  report.gradient_curve.setZero(length);
  for (Index b = 0; b < n_blocks; ++b) {
    const Matrix& energies = loops[at(b)]->energy_sums();
    const Vector& gradients = loops[at(b)]->gradient_sums();
    for (Index k = 0; k < length; ++k) {
      const Index last = std::min(k, gradients.size() - 1);
      report.energy_curve.col(k) += energies.col(last);
      report.gradient_curve[k] += gradients[last];
    }
  }
  report.energy_curve /= static_cast<double>(report.samples);
  report.gradient_curve /= static_cast<double>(report.samples);
}

void count(InferenceVerdict verdict, BatchInferenceReport& report) {
  switch (verdict) {
    case InferenceVerdict::kConverged:
      ++report.converged;
      break;
    case InferenceVerdict::kCapped:
      ++report.capped;
      break;
    case InferenceVerdict::kStalled:
      ++report.stalled;
      break;
    case InferenceVerdict::kDiverging:
      ++report.diverging;
      break;
    case InferenceVerdict::kNotFinite:
      ++report.not_finite;
      break;
  }
}

std::string reason(const SampleEnd& end, double step) {
  switch (end.verdict) {
    case InferenceVerdict::kNotFinite:
      return fmt::format("not finite after step {}, first in layer {}", end.failed_step,
                         end.failed_layer);
    case InferenceVerdict::kDiverging:
      return fmt::format("after {} steps of {:.3g} F = {:.3g} exceeds that of the forward pass",
                         end.steps, step, end.energy);
    default:
      return fmt::format("{} after {} steps, |F_z| = {:.3g}", name(end.verdict), end.steps,
                         end.gradient_norm);
  }
}

bool is_bad(InferenceVerdict verdict, bool must_converge) {
  return verdict == InferenceVerdict::kNotFinite || verdict == InferenceVerdict::kDiverging ||
         (must_converge && verdict != InferenceVerdict::kConverged);
}

// The first sample that is not finite or, if all are, the first that is bad otherwise.
template <class T>
void summarise(const BatchInferenceOptions& options,
               const std::vector<std::unique_ptr<BatchLoop<T>>>& loops, Index n_blocks,
               BatchInferenceReport& report) {
  const bool must_converge =
      options.certify && (options.tolerance > 0 || options.method == InferenceMethod::kNewton);
  const SampleEnd* worst = nullptr;
  Index which = 0;
  Index bad = 0;
  Index i = 0;
  for (Index b = 0; b < n_blocks; ++b)
    for (const SampleEnd& end : loops[at(b)]->ends()) {
      ++i;
      if (!is_bad(end.verdict, must_converge)) continue;
      ++bad;
      if (worst != nullptr && (end.verdict != InferenceVerdict::kNotFinite ||
                               worst->verdict == InferenceVerdict::kNotFinite))
        continue;
      worst = &end;
      which = i;
    }
  report.summary = {};
  if (worst == nullptr) return;
  report.summary.status =
      worst->verdict == InferenceVerdict::kNotFinite ? Status::kNotFinite : Status::kNotConverged;
  report.summary.message = fmt::format("sample {}: {}", which, reason(*worst, report.step));
  if (bad > 1)
    report.summary.message += fmt::format(" ({} of {} samples failed)", bad, report.samples);
}

}  // namespace

template <class T>
void fill_report(const BatchInferenceOptions& options,
                 const std::vector<std::unique_ptr<BatchLoop<T>>>& loops, Index n_blocks,
                 BatchInferenceReport& report) {
  report.samples = report.steps = 0;
  for (Index b = 0; b < n_blocks; ++b) report.samples += loops[at(b)]->block().size();
  report.converged = report.capped = report.stalled = report.diverging = report.not_finite = 0;
  report.energies.resize(report.samples);
  report.gradient_norms.resize(options.certify ? report.samples : 0);
  report.roundings.resize(options.certify ? report.samples : 0);
  report.sample_steps.clear();
  report.verdicts.clear();
  report.layer_energies.setZero(loops[0]->block().layer_energies().rows());
  for (Index b = 0; b < n_blocks; ++b) {
    report.layer_energies +=
        loops[at(b)]->block().layer_energies().rowwise().sum().template cast<double>();
    for (const SampleEnd& end : loops[at(b)]->ends()) {
      const auto i = static_cast<Index>(report.sample_steps.size());
      report.energies[i] = end.energy;
      report.sample_steps.push_back(end.steps);
      report.steps = std::max(report.steps, end.steps);
      if (end.verdict == InferenceVerdict::kNotFinite && !options.certify) ++report.not_finite;
      if (!options.certify) continue;
      report.gradient_norms[i] = end.gradient_norm;
      report.roundings[i] = end.rounding;
      report.verdicts.push_back(end.verdict);
      count(end.verdict, report);
    }
  }
  report.layer_energies /= static_cast<double>(report.samples);
  report.energy = report.energies.mean();
  if (options.record) sum_curves<T>(loops, n_blocks, report);
  summarise<T>(options, loops, n_blocks, report);
}

template void fill_report<double>(const BatchInferenceOptions&,
                                  const std::vector<std::unique_ptr<BatchLoop<double>>>&, Index,
                                  BatchInferenceReport&);
template void fill_report<float>(const BatchInferenceOptions&,
                                 const std::vector<std::unique_ptr<BatchLoop<float>>>&, Index,
                                 BatchInferenceReport&);

}  // namespace saddlescope

#include "saddlescope/analysis/spectrum_study.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <numeric>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/objective_spectrum.hpp"
#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/spectrum_plan.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/joint_inertia.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/network/input_reduction.hpp"

namespace saddlescope::analysis {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<Index> chosen_layers(const SpectrumOptions& options, Index depth) {
  std::vector<Index> layers;
  if (!options.layers) {
    layers.resize(static_cast<std::size_t>(depth));
    std::iota(layers.begin(), layers.end(), Index{0});
    return layers;
  }
  for (const Index layer : *options.layers) {
    require(layer >= 1 && layer <= depth, "--layers: expected numbers from 1 to {}, got {}", depth,
            layer);
    layers.push_back(layer - 1);
  }
  return layers;
}

Index parameters_of(const Architecture& architecture, const std::vector<Index>& layers) {
  Index parameters = 0;
  for (const Index layer : layers) {
    parameters += architecture.offset(layer + 1) - architecture.offset(layer);
  }
  return parameters;
}

SpectrumSize size_of(const SpectrumOptions& options, const ReducedProblem<double>& reduced,
                     Index p_reduced, bool all_layers, bool closed_form) {
  SpectrumSize size;
  size.unknowns = p_reduced;
  size.products_in = reduced.architecture().n_parameters();
  size.objectives = static_cast<Index>(options.objectives.size());
  size.count = options.count.value_or(size.count);
  size.vectors = options.eigenvectors > 0;
  const bool energy = std::ranges::count(options.objectives, "energy") > 0;
  const bool joint = closed_form && all_layers && reduced.architecture().depth() > 1;
  size.factorisation =
      options.check_inertia && (options.objectives.size() > 1 || !energy || !joint);
  if (options.check_inertia && energy && joint) {
    size.joint = joint_dimension(reduced.architecture(), reduced.factor().x.cols());
  }
  size.available = available_memory();
  return size;
}

}  // namespace

SpectrumResult spectrum_study(const SpectrumOptions& given, const Progress& progress) {
  const Clock::time_point start = Clock::now();
  const SpectrumOptions options = effective(given);
  SpectrumResult result;
  result.problem = make_problem(options.problem);
  const Network& network = result.problem.network;
  const std::vector<std::string> names = objective_names(options.objectives, network);
  const ReducedProblem<double> reduced(
      network.architecture, result.problem.data,
      exact_reductions(network, {!options.no_compress, !options.no_input_span}));
  const Vector theta = reduced.reduce(network.theta);
  const SecondMoments moments = second_moments(result.problem.data);
  result.data_checksum = checksum(result.problem.data);
  const Matrix weights = network.theta;
  result.network_checksum = checksum(std::vector<const Matrix*>{&weights});

  result.layers = chosen_layers(options, network.architecture.depth());
  result.p_total = network.architecture.n_parameters();
  result.p = parameters_of(network.architecture, result.layers);
  result.p_reduced = parameters_of(reduced.architecture(), result.layers);
  const bool all_layers = static_cast<Index>(result.layers.size()) == network.architecture.depth();

  const SpectrumPlan plan = plan_spectrum(
      options.method,
      size_of(options, reduced, result.p_reduced, all_layers, has_closed_form(network)), threads());
  result.dense = plan.dense;
  require(plan.dense || !options.check_inertia,
          "--check-inertia: expected the method dense, got extreme for {} unknowns",
          result.p_reduced);
  const Index count = options.count.value_or(0);
  require(plan.dense || 2 * count < result.p_reduced,
          "--count: expected less than half of the {} unknowns under the method extreme, got {}",
          result.p_reduced, count);

  std::mutex lock;
  const Progress shared = progress ? Progress([&](const std::string& text) {
    const std::lock_guard guard(lock);
    progress(text);
  })
                                   : Progress{};
  const SpectrumSetting setting{options,
                                result.problem,
                                reduced,
                                theta,
                                moments,
                                result.layers,
                                all_layers,
                                result.p_reduced,
                                result.p - result.p_reduced,
                                plan.dense,
                                shared};
  result.objectives.resize(options.objectives.size());
  const auto study = [&](Index i) {
    const auto k = static_cast<std::size_t>(i);
    if (shared) shared(names[k] + ": started");
    result.objectives[k] = study_objective(setting, names[k]);
    if (!plan.note.empty()) result.objectives[k].notes.push_back(plan.note);
  };
  const auto n = static_cast<Index>(options.objectives.size());
  if (plan.concurrent) {
    parallel_for(n, study);
  } else {
    for (Index i = 0; i < n; ++i) study(i);
  }
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace saddlescope::analysis

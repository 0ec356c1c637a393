#include <algorithm>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/spectrum_study.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {

namespace {

constexpr Index kDefaultCount = 10;

}  // namespace

OptionTable describe(SpectrumOptions& options) {
  OptionTable table;
  describe(options.problem, table);
  table.add("objective", &options.objectives, "mse, energy or both [mse,energy]");
  table.add("layers", &options.layers,
            "Hessian in the weights of these layers alone, e.g. 1,3 (the first is 1) [all]");
  table.add("method", &options.method,
            "dense (every eigenvalue), extreme (--count at each end, matrix-free) or auto (dense "
            "up to 12,000 unknowns that fit into memory) [auto]");
  table.add("count", &options.count, "eigenvalues at each end under the method extreme, >= 1 [10]");
  table.add("eigenvectors", &options.eigenvectors,
            "write the eigenvectors of this many eigenvalues at each end, >= 0 [0]");
  table.add("check-inertia", &options.check_inertia,
            "count signs a second time from factorisations, without eigenvalues");
  table.add("no-compress", &options.no_compress,
            "use the samples themselves, not their second moments (same numbers, slower; nonlinear "
            "networks always do)");
  table.add(
      "no-input-span", &options.no_input_span,
      "keep input directions that no sample has (same numbers, slower; nonlinear networks always "
      "do)");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/spectrum]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

SpectrumOptions effective(SpectrumOptions options) {
  options.problem = effective(options.problem);
  require_objectives(options.objectives);
  require_known("--method", {"auto", "dense", "extreme"}, options.method);
  require(!options.count || *options.count >= 1, "--count: expected >= 1, got {}",
          options.count.value_or(0));
  require(!options.count || options.method != "dense",
          "--count: --method dense computes every eigenvalue; expected auto or extreme with it");
  if (options.method != "dense") options.count = options.count.value_or(kDefaultCount);
  require(options.eigenvectors >= 0, "--eigenvectors: expected >= 0, got {}", options.eigenvectors);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  if (options.layers) {
    require(!options.layers->empty(), "--layers: expected at least one layer, got none");
    require(std::adjacent_find(options.layers->begin(), options.layers->end(),
                               [](Index a, Index b) { return a >= b; }) == options.layers->end(),
            "--layers: expected ascending numbers, each once");
    // All layers one by one are all layers.
    const bool all = options.problem.hidden && options.layers->front() == 1 &&
                     options.layers->size() == options.problem.hidden->size() + 1 &&
                     options.layers->back() == static_cast<Index>(options.layers->size());
    if (all) options.layers.reset();
  }
  return options;
}

}  // namespace saddlescope::analysis

#include "saddlescope/analysis/spectrum_plan.hpp"

#include <algorithm>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

// Data, weights and the solvers' small workspaces come out of what is left.
constexpr double kUsableShare = 0.9;

double square_bytes(Index n) { return 8.0 * static_cast<double>(n) * static_cast<double>(n); }

}  // namespace

double dense_bytes(const SpectrumSize& size) {
  // The Hessian and one temporary of its size while it is assembled; dsyevd with vectors works in
  // two more; a factorisation needs its own copy.
  double bytes = (size.vectors ? 4 : 2) * square_bytes(size.unknowns);
  if (size.factorisation) bytes += square_bytes(std::max(size.unknowns, size.joint));
  return bytes;
}

double extreme_bytes(const SpectrumSize& size) {
  // Lanczos basis and its product, the pairs found and deflated at both ends, and work blocks.
  const double vectors = 8.0 * static_cast<double>(size.count) + 60;
  return 8 * vectors * static_cast<double>(std::max(size.unknowns, size.products_in));
}

SpectrumPlan plan_spectrum(const std::string& method, const SpectrumSize& size, int threads) {
  const double usable = kUsableShare * size.available;
  const double dense = dense_bytes(size);
  const double extreme = extreme_bytes(size);
  const bool dense_fits = dense <= usable;
  const bool extreme_fits = extreme <= usable;

  SpectrumPlan plan;
  plan.dense =
      method == "dense" || (method == "auto" && dense_fits && size.unknowns <= kDenseLimit);
  if (plan.dense) {
    require(dense_fits, "--method dense: the Hessian of {} unknowns needs {}, {} available; {}",
            size.unknowns, memory_text(dense), memory_text(size.available),
            extreme_fits ? "--method extreme fits, with " + memory_text(extreme)
                         : "--method extreme needs " + memory_text(extreme));
  } else {
    require(extreme_fits, "--method {}: {} unknowns need {} even without a Hessian, {} available",
            method, size.unknowns, memory_text(extreme), memory_text(size.available));
    if (method == "auto" && !dense_fits) {
      plan.note = "the dense method needs " + memory_text(dense) + ", " +
                  memory_text(size.available) + " available: extreme eigenvalues only";
    } else if (method == "auto") {
      plan.note = "more than " + std::to_string(kDenseLimit) +
                  " unknowns: extreme eigenvalues only (--method dense computes all)";
    }
  }
  const double each = plan.dense ? dense : extreme;
  plan.concurrent = threads >= 2 && static_cast<double>(size.objectives) * each <= usable;
  return plan;
}

}  // namespace saddlescope::analysis

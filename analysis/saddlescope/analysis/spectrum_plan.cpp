#include "saddlescope/analysis/spectrum_plan.hpp"

#include <algorithm>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/extreme_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

// Data, weights and the solvers' small workspaces come out of what is left.
constexpr double kUsableShare = 0.9;

double square_bytes(Index n) { return 8.0 * static_cast<double>(n) * static_cast<double>(n); }

}  // namespace

double dense_bytes(const SpectrumSize& size) {
  // The Hessian and one temporary of its size while it is assembled; with vectors the Hessian, the
  // vectors, a block of it and dsyevd's workspace of two more. A Hessian to be factorised is kept
  // beside the eigen-solver, and later shifted and factorised in copies; the joint one is built
  // after the eigen-solver is done, in three copies.
  const double square = square_bytes(size.unknowns);
  double bytes = (size.vectors ? 5 : 2) * square;
  if (size.factorisation) bytes = std::max(bytes + square, 3 * square);
  return std::max(bytes, 3 * square_bytes(size.joint));
}

double extreme_bytes(const SpectrumSize& size) {
  ExtremeOptions options;
  options.count = size.count;
  // The solver's own, and a direction and its product in all layers, whatever layers are chosen.
  return extreme_spectrum_bytes(size.unknowns, options) +
         4 * 8 * static_cast<double>(size.products_in);
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
    require_fits(dense_fits,
                 "--method dense: the Hessian of {} unknowns needs {}, {} available; {}",
                 size.unknowns, memory_text(dense), memory_text(size.available),
                 extreme_fits ? "--method extreme fits, with " + memory_text(extreme)
                              : "--method extreme needs " + memory_text(extreme));
  } else {
    require_fits(extreme_fits,
                 "--method {}: {} unknowns need {} even without a Hessian, {} available", method,
                 size.unknowns, memory_text(extreme), memory_text(size.available));
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

// Which way a spectrum is computed, and whether it fits into memory: decided before anything large
// is allocated.
#pragma once

#include <string>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

// Above this many unknowns the method `auto` stops computing every eigenvalue: the dense
// eigen-solver's n^3 would take minutes.
inline constexpr Index kDenseLimit = 12000;

struct SpectrumSize {
  Index unknowns = 0;          // after the reductions, of the chosen layers
  Index products_in = 0;       // dimension in which Hessian products run: of all layers
  Index objectives = 1;        // to compute
  Index count = 10;            // pairs at each end under the method extreme
  bool vectors = false;        // eigenvectors wanted
  bool factorisation = false;  // signs counted again from Bunch-Kaufman factors of the Hessian
  Index joint = 0;             // or of the joint Hessian of this dimension; 0: not
  double available = 0;        // bytes
};

struct SpectrumPlan {
  bool dense = true;
  bool concurrent = true;  // both objectives at a time
  std::string note;        // why not the first choice; empty when it is
};

// method: auto | dense | extreme. Throws std::invalid_argument saying what the method would need,
// what there is, and which method fits.
[[nodiscard]] SpectrumPlan plan_spectrum(const std::string& method, const SpectrumSize& size,
                                         int threads);

// Bytes for one objective.
[[nodiscard]] double dense_bytes(const SpectrumSize& size);
[[nodiscard]] double extreme_bytes(const SpectrumSize& size);

}  // namespace saddlescope::analysis

// A few extreme eigenpairs of an operator that is only known by its products (Spectra, Lanczos with
// implicit restarts), with true residuals and with multiplicities.
//
// Lanczos runs on s I - H and s I + H, s >= |H|_2, so that Spectra's test (relative to the Ritz
// value) is relative to |H|_2, and small or zero eigenvalues converge. One Krylov sequence sees
// each distinct eigenvalue once: found pairs are deflated and a new random start searches what is
// left, until a further search brings nothing more extreme than the last pair kept. Then `complete`
// is true; otherwise `summary` says what is short.
#pragma once

#include <functional>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/linalg/symmetric_operator.hpp"

namespace saddlescope {

struct ExtremeOptions {
  Index count = 10;          // 1 <= count, 2 count < dim: pairs wanted at each end
  double tolerance = 1e-10;  // > 0: residual |Hv - lambda v| relative to |H|_2
  int max_restarts = 300;    // >= 1
  std::uint64_t seed = 0;
  std::function<void(const std::string&)> progress = {};
};

struct ExtremeSpectrum {
  Vector smallest, largest;  // each ascending
  Matrix smallest_vectors, largest_vectors;
  Vector smallest_residuals, largest_residuals;  // |Hv - lambda v|_2, |v| = 1
  double norm = 0;                               // |H|_2, from the extreme pairs
  bool complete = false;                         // no copy of a repeated eigenvalue was missed
  Index products = 0;                            // operator applications
  Summary summary;
};

[[nodiscard]] ExtremeSpectrum extreme_spectrum(const AnySymmetricOperator& H,
                                               const ExtremeOptions& options);

}  // namespace saddlescope

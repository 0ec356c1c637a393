// A few extreme eigenpairs of an operator that is only known by its products (Spectra, Lanczos with
// implicit restarts), with true residuals and with multiplicities.
//
// Lanczos runs on 2 I - H/s and 2 I + H/s, where s estimates |H|_2 within a factor of two (a dozen
// Lanczos steps). Their wanted eigenvalues are of order one, so Spectra's test, which is relative
// to the Ritz value, is relative to |H|_2: small and zero eigenvalues converge like any others, and
// the scale of H does not matter.
//
// One Krylov sequence sees each distinct eigenvalue once. So found pairs are deflated and a new
// random start searches what is left, until that search converges to nothing more extreme than the
// last pair kept. Then `complete` is true: no copy of a repeated eigenvalue was missed (up to the
// probability zero that a random start has no component in an eigenspace). The large end is
// searched in the complement of the small end's pairs, and a Rayleigh-Ritz step on all of them
// makes the vectors orthonormal.
//
// H has an eigenvalue within the residual of each value returned: the sign of a value below its
// residual is undecided.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/linalg/symmetric_operator.hpp"

namespace saddlescope {

struct ExtremeOptions {
  Index count = 10;          // >= 1: pairs wanted at each end
  double tolerance = 1e-10;  // > 0: residual |Hv - lambda v| relative to |H|_2
  int max_restarts = 300;    // >= 1: implicit restarts allowed to each search
  std::uint64_t seed = 0;    // of the start vectors
  std::function<void(const std::string&)> progress = {};  // a short line after each search
};

struct ExtremeSpectrum {
  // Each ascending, min(count, dim) of them, fewer where the summary says that they did not
  // converge.
  Vector smallest, largest;
  Matrix smallest_vectors, largest_vectors;      // orthonormal columns
  Vector smallest_residuals, largest_residuals;  // |Hv - lambda v|_2, |v| = 1
  double norm = 0;                               // |H|_2, from the extreme pairs
  bool complete = false;                         // no copy of a repeated eigenvalue was missed
  Index products = 0;                            // operator applications, counted in columns
  // kNotConverged: pairs are missing or have residuals above the tolerance. kUndecided: all pairs
  // converged, whether copies were missed is open. kNotFinite: a product had a NaN or Inf.
  Summary summary;
};

// Where dim <= 64 or dim <= 4 count, H is applied to the identity and solved densely. The same seed
// gives the same bits.
[[nodiscard]] ExtremeSpectrum extreme_spectrum(const AnySymmetricOperator& H,
                                               const ExtremeOptions& options);

// What extreme_spectrum needs at most beside the operator itself, in bytes.
[[nodiscard]] double extreme_spectrum_bytes(Index dim, const ExtremeOptions& options);

}  // namespace saddlescope

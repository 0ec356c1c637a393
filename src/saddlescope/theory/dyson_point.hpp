// The solution of the matrix Dyson equation on the spectrum: x + i0 for real x.
//
// From x + i eta with eta large, where iteration contracts, eta is lowered with Newton's method and
// its tangent, and at last set to 0: the density has no smoothing error. Accepted are solutions with
//
//   Im(w X_z) < 0 and Im(X_e/w) < 0,   w = sqrt(x + i eta),
//
// of which there is exactly one for eta > 0 (Helton, Rashidi Far and Speicher 2007); at eta = 0 the
// left sides are <= 0, and a solution with Im X < 0 continues into eta > 0, so it is the limit.
#pragma once

#include <optional>

#include "saddlescope/theory/dyson_newton.hpp"

namespace saddlescope {

using ComplexState = DysonState<Complex>;

struct DysonSolution {
  ComplexState state;
  VectorOf<Complex> slope;  // dc/dx
  bool outside = false;     // of the support: real, with every dX_k/dx < 0
};

// The signs above, up to rounding.
[[nodiscard]] bool is_physical(const DysonChain& chain, const ComplexState& state);

// At x + i eta, x > 0; eta = 0 is the limit from above. None where no continuation arrived.
[[nodiscard]] std::optional<DysonSolution> dyson_solution(const DysonChain& chain, double x,
                                                          double eta = 0);

// The limit at x by Newton's method from a guess of c; none where that fails or is not the limit.
[[nodiscard]] std::optional<DysonSolution> dyson_solution_from(const DysonChain& chain,
                                                               const VectorOf<Complex>& c,
                                                               double x);

// -Im g/pi: the density's share of this chain.
[[nodiscard]] double density_at(const DysonChain& chain, const DysonSolution& solution);

}  // namespace saddlescope

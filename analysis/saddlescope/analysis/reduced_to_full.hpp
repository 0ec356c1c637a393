// From the numbers of a reduced problem to those of the full one: the exact zeros that the reduction
// took out go back in, vectors and Hessians are lifted.
#pragma once

#include "saddlescope/analysis/objective_spectrum.hpp"

namespace saddlescope::analysis {

// Ascending `values` with `zeros` exact zeros merged in.
[[nodiscard]] Vector with_zeros(const Vector& values, Index zeros);

// The same for the pairs at one end: as many of values and zeros together as there were values,
// from the smallest or the largest; zeros have the residual 0.
void merge_zeros_at_end(Vector& values, Vector& residuals, Index zeros, bool smallest);

// Vectors in the coordinates of the chosen layers -> vectors of the full parameter space.
[[nodiscard]] Matrix lift_vectors(const SpectrumSetting& setting, const Matrix& vectors);

// The Hessian in the coordinates of the chosen layers of the full network, E H~ E'. Nothing larger
// than these coordinates is allocated.
[[nodiscard]] Matrix lift_hessian(const SpectrumSetting& setting, const Matrix& hessian);

}  // namespace saddlescope::analysis

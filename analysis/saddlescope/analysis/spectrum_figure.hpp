// The figures of a spectrum study: overlaid eigenvalue densities with theory, sorted eigenvalues,
// and Hessian heat maps side by side.
#pragma once

#include <optional>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/spectrum_study.hpp"

namespace saddlescope::analysis {

// Dense: left the densities on a log axis, loss and energy overlaid in shared bins, theory as
// markers; right the sorted eigenvalues on an axis that is logarithmic on both sides of zero.
// Extreme: the eigenvalues at both ends.
[[nodiscard]] Figure spectrum_figure(const SpectrumResult& result);

// Heat maps of the Hessians, layer blocks marked; nothing when p > kHeatMapLimit or not dense.
[[nodiscard]] std::optional<Figure> hessian_figure(const SpectrumResult& result);

}  // namespace saddlescope::analysis

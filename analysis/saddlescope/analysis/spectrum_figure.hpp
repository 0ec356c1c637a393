// The figures of a spectrum study: overlaid eigenvalue densities with theory, sorted eigenvalues,
// and Hessian heat maps side by side.
#pragma once

#include <optional>
#include <string>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/spectrum_study.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {

// All eigenvalues (method dense): index, then a column per objective and per prediction. Under the
// method extreme: end, rank from that end, then value and residual per objective.
[[nodiscard]] CsvTable spectrum_table(const SpectrumResult& result);

// Dense: left the densities on a log axis, loss and energy overlaid in shared bins, theory as
// markers; right the sorted eigenvalues on an axis that is logarithmic on both sides of zero.
// Extreme: the eigenvalues at both ends.
[[nodiscard]] Figure spectrum_figure(const SpectrumResult& result);

// Heat maps of the Hessians, layer blocks marked; nothing when p > kHeatMapLimit or not dense.
[[nodiscard]] std::optional<Figure> hessian_figure(const SpectrumResult& result);

// "digits, 1,797 samples" and "64-10-10-10, sp, origin" for titles.
[[nodiscard]] std::string data_title(const SpectrumResult& result);
[[nodiscard]] std::string network_title(const SpectrumResult& result);

}  // namespace saddlescope::analysis

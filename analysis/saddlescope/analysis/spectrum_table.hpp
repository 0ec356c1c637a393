// The eigenvalues of a spectrum study as a table.
#pragma once

#include "saddlescope/analysis/spectrum_study.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {

// All eigenvalues (method dense): index, then a column per objective and per prediction. Under the
// method extreme: end, rank from that end, then value and residual per objective.
[[nodiscard]] CsvTable spectrum_table(const SpectrumResult& result);

}  // namespace saddlescope::analysis

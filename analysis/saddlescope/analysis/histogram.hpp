// Histograms of spectra as densities over bins that spectra share.
#pragma once

#include <span>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

// Bins of equal width, one of them centred on zero, so that a spike at zero falls into one bin:
// bin k covers [(first + k - 1/2) width, (first + k + 1/2) width), k = 0 .. count-1.
struct Bins {
  double width = 1;
  Index first = 0;
  Index count = 1;

  [[nodiscard]] double centre(Index bin) const { return static_cast<double>(first + bin) * width; }
  [[nodiscard]] Index bin_of(double value) const;  // clamped to 0 .. count-1
};

// About `target` >= 2 bins over zero and every value of every spectrum. All zero or empty: width 1.
[[nodiscard]] Bins shared_bins(std::span<const Vector* const> spectra, Index target);

// Number of values per bin; divided by (number of values x width) this is a density of mass one.
[[nodiscard]] std::vector<Index> counts(const Vector& values, const Bins& bins);
[[nodiscard]] Vector density(const Vector& values, const Bins& bins);

}  // namespace saddlescope::analysis

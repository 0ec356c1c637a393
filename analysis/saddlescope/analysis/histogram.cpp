#include "saddlescope/analysis/histogram.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {

Index Bins::bin_of(double value) const {
  const double index = std::floor(value / width + 0.5) - static_cast<double>(first);
  return static_cast<Index>(std::clamp(index, 0.0, static_cast<double>(count - 1)));
}

Bins shared_bins(std::span<const Vector* const> spectra, Index target) {
  require(target >= 2, "bins: expected >= 2, got {}", target);
  double low = 0, high = 0;
  for (const Vector* spectrum : spectra) {
    if (spectrum->size() == 0) continue;
    low = std::min(low, spectrum->minCoeff());
    high = std::max(high, spectrum->maxCoeff());
  }
  Bins bins;
  const double width = (high - low) / static_cast<double>(target - 1);
  if (width > 0) bins.width = width;  // false also where a subnormal range underflows
  bins.first = static_cast<Index>(std::floor(low / bins.width + 0.5));
  bins.count = static_cast<Index>(std::floor(high / bins.width + 0.5)) - bins.first + 1;
  return bins;
}

std::vector<Index> counts(const Vector& values, const Bins& bins) {
  std::vector<Index> result(static_cast<std::size_t>(bins.count), 0);
  for (const double value : values) ++result[static_cast<std::size_t>(bins.bin_of(value))];
  return result;
}

Vector density(const Vector& values, const Bins& bins) {
  const std::vector<Index> in_bin = counts(values, bins);
  Vector result = Vector::Zero(bins.count);
  if (values.size() == 0) return result;
  for (Index k = 0; k < bins.count; ++k) {
    result[k] = static_cast<double>(in_bin[static_cast<std::size_t>(k)]) /
                (static_cast<double>(values.size()) * bins.width);
  }
  return result;
}

}  // namespace saddlescope::analysis

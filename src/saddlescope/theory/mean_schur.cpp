#include "saddlescope/theory/mean_schur.hpp"

#include <cmath>

#include "saddlescope/base/require.hpp"

namespace saddlescope {

double mean_schur_excess(const Architecture& architecture, const std::vector<double>& variances) {
  check(architecture);
  require_linear(architecture, "mean of S");
  const std::size_t L = architecture.scales.size();
  require(variances.size() == L, "entry variances: expected {} (one per layer), got {}", L,
          variances.size());
  double sum = 0;
  double growth = 1;  // prod_{k=l}^{L} (tau_k + a_k^2 sigma_k^2 n_{k-1})
  for (std::size_t l = L; l >= 2; --l) {
    require(std::isfinite(variances[l - 1]) && variances[l - 1] >= 0,
            "entry variance sigma_{}^2: expected a finite number >= 0, got {}", l,
            variances[l - 1]);
    const double a = architecture.scales[l - 1];
    growth *= architecture.skips[l - 1] +
              a * a * variances[l - 1] * static_cast<double>(architecture.widths[l - 1]);
    sum += growth / architecture.precisions[l - 2];
  }
  return sum;
}

}  // namespace saddlescope

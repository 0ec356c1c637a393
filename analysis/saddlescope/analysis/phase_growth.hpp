// Power laws kappa ~ x^p by least squares on logarithms.
#pragma once

#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

struct PowerLaw {
  double exponent = 0;
  double standard_error = 0;  // of the exponent, from the residuals; n - 2 degrees of freedom
  Index points = 0;           // 0: too few for a fit (fewer than 3)
};

// x, y > 0, equally many; the x are not all equal.
[[nodiscard]] PowerLaw fit_power_law(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace saddlescope::analysis

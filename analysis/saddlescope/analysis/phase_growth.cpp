#include "saddlescope/analysis/phase_growth.hpp"

#include <cmath>

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {

PowerLaw fit_power_law(const std::vector<double>& x, const std::vector<double>& y) {
  require(x.size() == y.size(), "power law: expected as many y as x, got {} and {}", y.size(),
          x.size());
  const auto n = static_cast<Index>(x.size());
  if (n < 3) return {};
  const Vector u = Eigen::Map<const Vector>(x.data(), n).array().log();
  const Vector v = Eigen::Map<const Vector>(y.data(), n).array().log();
  require(u.allFinite() && v.allFinite(), "power law: expected finite numbers > 0");
  const Vector du = u.array() - u.mean();
  const Vector dv = v.array() - v.mean();
  const double spread = du.squaredNorm();
  require(spread > 0, "power law: expected different abscissae");
  PowerLaw law;
  law.points = n;
  law.exponent = du.dot(dv) / spread;
  const double residual = (dv - law.exponent * du).squaredNorm();
  law.standard_error = std::sqrt(residual / static_cast<double>(n - 2) / spread);
  return law;
}

}  // namespace saddlescope::analysis

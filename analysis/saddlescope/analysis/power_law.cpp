// Power laws by least squares on logarithms.
#include <cmath>
#include <limits>

#include <Eigen/LU>
#include <Eigen/QR>
#include <boost/math/distributions/students_t.hpp>

#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {

PowerLaws fit_power_laws(const Matrix& x, const Vector& y) {
  require(x.rows() == y.size(), "power law: expected as many y as x, got {} and {}", y.size(),
          x.rows());
  const Matrix u = x.array().log();
  const Vector v = y.array().log();
  require(u.allFinite() && v.allFinite(), "power law: expected finite numbers > 0");
  PowerLaws out;
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  out.exponents = out.standard_errors = Vector::Constant(x.cols(), kNaN);
  out.factor = kNaN;
  std::vector<Index> varied;
  for (Index j = 0; j < x.cols(); ++j)
    if (x.rows() > 0 && (x.col(j).array() != x(0, j)).any()) varied.push_back(j);
  const auto k = static_cast<Index>(varied.size());
  out.degrees_of_freedom = x.rows() - 1 - k;
  if (out.degrees_of_freedom < 1) return out;

  // About the means, so that exponents and factor part.
  Matrix U(x.rows(), k);
  for (Index j = 0; j < k; ++j) {
    const Index column = varied[static_cast<std::size_t>(j)];
    U.col(j) = u.col(column).array() - u.col(column).mean();
  }
  const Vector dv = v.array() - v.mean();
  double level = v.mean();
  double squares = dv.squaredNorm();
  out.points = x.rows();
  out.centre = u.colwise().mean();
  out.covariance = Matrix::Zero(x.cols(), x.cols());
  if (k > 0) {
    const Eigen::ColPivHouseholderQR<Matrix> qr(U);
    if (qr.rank() < k) return out;
    const Vector p = qr.solve(dv);
    squares = (dv - U * p).squaredNorm();
    const double variance = squares / static_cast<double>(out.degrees_of_freedom);
    const Matrix covariance = (U.transpose() * U).inverse() * variance;
    const Vector spread = covariance.diagonal().cwiseSqrt();
    for (Index i = 0; i < k; ++i)
      for (Index j = 0; j < k; ++j)
        out.covariance(varied[static_cast<std::size_t>(i)], varied[static_cast<std::size_t>(j)]) =
            covariance(i, j);
    for (Index j = 0; j < k; ++j) {
      const Index column = varied[static_cast<std::size_t>(j)];
      out.exponents[column] = p[j];
      out.standard_errors[column] = spread[j];
      level -= p[j] * u.col(column).mean();
    }
  }
  out.factor = std::exp(level);
  out.scatter = std::sqrt(squares / static_cast<double>(out.degrees_of_freedom));
  return out;
}

PowerLawPrediction predict(const PowerLaws& laws, const Vector& x, double level) {
  require(x.size() == laws.exponents.size() && (x.array() > 0).all(),
          "prediction of a power law: expected {} numbers > 0, got {}", laws.exponents.size(),
          x.size());
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (!std::isfinite(laws.factor)) return {laws.factor, kInfinity};
  double value = std::log(laws.factor);
  const Vector away = x.array().log().matrix() - laws.centre;
  for (Index j = 0; j < x.size(); ++j) {
    if (std::isfinite(laws.exponents[j])) {
      value += laws.exponents[j] * std::log(x[j]);
    } else if (std::abs(away[j]) >
               1e-12 * (1 + std::abs(laws.centre[j]))) {  // rounding of the mean
      return {std::exp(value), kInfinity};
    }
  }
  const double variance = laws.scatter * laws.scatter * (1 + 1 / static_cast<double>(laws.points)) +
                          away.dot(laws.covariance * away);
  const boost::math::students_t distribution(static_cast<double>(laws.degrees_of_freedom));
  return {std::exp(value),
          std::exp(boost::math::quantile(distribution, (1 + level) / 2) * std::sqrt(variance))};
}

PowerLaw fit_power_law(const std::vector<double>& x, const std::vector<double>& y, double level) {
  require(x.size() == y.size(), "power law: expected as many y as x, got {} and {}", y.size(),
          x.size());
  require(level > 0 && level < 1, "level of an interval: expected a number between 0 and 1, got {}",
          level);
  const auto n = static_cast<Index>(x.size());
  if (n < 3) return {};
  const PowerLaws fit =
      fit_power_laws(Eigen::Map<const Vector>(x.data(), n), Eigen::Map<const Vector>(y.data(), n));
  require(std::isfinite(fit.exponents[0]), "power law: expected different abscissae");
  PowerLaw law;
  law.points = n;
  law.exponent = fit.exponents[0];
  law.standard_error = fit.standard_errors[0];
  law.factor = fit.factor;
  const boost::math::students_t distribution(static_cast<double>(fit.degrees_of_freedom));
  const double half = boost::math::quantile(distribution, (1 + level) / 2) * law.standard_error;
  law.low = law.exponent - half;
  law.high = law.exponent + half;
  return law;
}

}  // namespace saddlescope::analysis

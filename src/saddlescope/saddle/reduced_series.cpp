// The Lyapunov-Schmidt curve of a null direction and its coefficients with their errors.
#include <algorithm>
#include <type_traits>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"
#include "saddlescope/saddle/escape_order.hpp"

namespace saddlescope {

NullSpace<double> null_space(const Vector& values, const Matrix& vectors, double threshold) {
  require(vectors.cols() == values.size(), "eigenvectors: expected {} columns, got {}",
          values.size(), vectors.cols());
  Index below = 0;
  while (below < values.size() && values[below] < -threshold) ++below;
  require(below == 0, "eigenvalues: expected none below -{:.3g}, got {}", threshold, below);
  Index zero = 0;
  while (zero < values.size() && values[zero] <= threshold) ++zero;
  const Index rest = values.size() - zero;
  return {vectors.leftCols(zero), vectors.rightCols(rest), values.tail(rest)};
}

template <class T>
ReducedSeries<T> reduced_series(const Objective<T>& objective, const VectorOf<T>& theta,
                                const NullSpace<T>& space, const VectorOf<T>& u, Index order,
                                double theta_error) {
  const Index p = objective.dim();
  const Index n_range = space.range_values.size();
  require(order >= 2, "order of the series: expected >= 2, got {}", order);
  require(theta.size() == p && u.size() == p && space.null_basis.rows() == p &&
              (n_range == 0 || space.range_basis.rows() == p) &&
              space.range_basis.cols() == n_range,
          "reduced series: expected point, direction and bases of dimension {} with {} range "
          "vectors, got {}, {}, {} x {} and {} x {}",
          p, n_range, theta.size(), u.size(), space.null_basis.rows(), space.null_basis.cols(),
          space.range_basis.rows(), space.range_basis.cols());
  const auto range_part = [&](const VectorOf<T>& g) -> VectorOf<T> {
    return product<T>(space.range_basis, Op::kTranspose, g, Op::kNone);
  };

  ReducedSeries<T> out;
  out.curve = MatrixOf<T>::Zero(p, order + 1);
  out.curve.col(0) = theta;
  out.curve.col(1) = u;
  // Range values known in double leave a step in quad a relative error of about 1e-16 times their
  // condition; repeating it on what is left removes that.
  constexpr int kPasses = std::is_same_v<T, double> ? 1 : 3;
  for (Index j = 2; j <= order - 2 && n_range > 0; ++j)
    for (int pass = 0; pass < kPasses; ++pass) {
      const CurveSeries<T> known = objective.along(out.curve.leftCols(j + 1));
      if (!known.summary.ok()) return {{}, {}, {}, {}, {}, known.summary};
      const VectorOf<T> step = range_part(known.gradient.col(j)).cwiseQuotient(space.range_values);
      out.curve.col(j) -= product<T>(space.range_basis, Op::kNone, step, Op::kNone);
    }
  CurveSeries<T> series = objective.along(out.curve);
  if (!series.summary.ok()) return {{}, {}, {}, {}, {}, series.summary};

  const double unit =
      4 * static_cast<double>(p + order + 1) * static_cast<double>(Eigen::NumTraits<T>::epsilon());
  out.gradient = product<T>(space.null_basis, Op::kTranspose, series.gradient, Op::kNone);
  out.gradient_error = unit * series.gradient_size;
  out.value_error = unit * series.value_size;
  for (Index k = 0; k <= order; ++k)
    out.value_error[k] += theta_error * static_cast<double>(out.gradient.col(k).norm());
  if (n_range > 0) {
    const double lambda = static_cast<double>(space.range_values.minCoeff());
    const MatrixOf<T> range =
        product<T>(space.range_basis, Op::kTranspose, series.gradient, Op::kNone);
    Vector left(order + 1);
    for (Index k = 0; k <= order; ++k) left[k] = static_cast<double>(range.col(k).norm());
    for (Index k = 0; k <= order; ++k)
      for (Index j = 0; j <= std::min(k, std::max(order - 2, Index{1})); ++j) {
        const double d = (left[j] + out.gradient_error[j]) / lambda;
        out.value_error[k] += d * (left[k - j] + out.gradient_error[k - j]);
      }
  }
  out.value = std::move(series.value);
  return out;
}

template ReducedSeries<double> reduced_series(const Objective<double>&, const Vector&,
                                              const NullSpace<double>&, const Vector&, Index,
                                              double);
template ReducedSeries<Quad> reduced_series(const Objective<Quad>&, const VectorOf<Quad>&,
                                            const NullSpace<Quad>&, const VectorOf<Quad>&, Index,
                                            double);

}  // namespace saddlescope

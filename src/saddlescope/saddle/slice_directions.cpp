#include "saddlescope/saddle/slice_directions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/extreme_spectrum.hpp"
#include "saddlescope/linalg/lapack.hpp"

namespace saddlescope {
namespace {

constexpr Index kReach = 64;  // of Lanczos, from each end
constexpr double kEps = std::numeric_limits<double>::epsilon();

void fix_sign(MatrixRef vectors) {
  for (Index j = 0; j < vectors.cols(); ++j) {
    Index first = 0;
    vectors.col(j).cwiseAbs().maxCoeff(&first);
    if (vectors(first, j) < 0) vectors.col(j) *= -1;
  }
}

// 1 .. p from an index counted from either end.
Index from_below(Index index, Index p) {
  require(index != 0 && index >= -p && index <= p,
          "index of an eigenvalue: expected 1 to {} or -1 to -{}, got {}", p, p, index);
  return index > 0 ? index : p + 1 + index;
}

struct Pairs {
  Vector values;
  Matrix vectors;
  std::vector<Index> indices;  // 1 .. p of each
  Summary summary;
};

Pairs dense_pairs(const Point<double>& point) {
  Pairs pairs;
  const Matrix H = point.hessian();
  if (!H.allFinite()) {
    pairs.summary = {Status::kNotFinite, "Hessian: an entry is NaN or Inf"};
    return pairs;
  }
  Eigenpairs all = symmetric_eigenpairs(H);
  for (Index i = 0; i < all.values.size(); ++i) pairs.indices.push_back(i + 1);
  pairs.values = std::move(all.values);
  pairs.vectors = std::move(all.vectors);
  return pairs;
}

Pairs extreme_pairs(const Point<double>& point, Index count, std::uint64_t seed) {
  ExtremeOptions options;
  options.count = count;
  options.seed = seed;
  const Index p = point.dim();
  const AnySymmetricOperator H(
      p, [&point](ConstMatrixRef V, MatrixRef HV) { point.hessian_times(V, HV); });
  const ExtremeSpectrum ends = extreme_spectrum(H, options);
  Pairs pairs;
  pairs.summary = ends.summary;
  if (!ends.summary.ok()) return pairs;
  const Index below = ends.smallest.size(), above = ends.largest.size();
  pairs.values.resize(below + above);
  pairs.values << ends.smallest, ends.largest;
  pairs.vectors.resize(p, below + above);
  pairs.vectors << ends.smallest_vectors, ends.largest_vectors;
  for (Index i = 0; i < below; ++i) pairs.indices.push_back(i + 1);
  for (Index i = 0; i < above; ++i) pairs.indices.push_back(p - above + i + 1);
  return pairs;
}

}  // namespace

EigenDirections hessian_directions(const Point<double>& point, const std::vector<Index>& indices,
                                   std::uint64_t seed, Index dense_limit) {
  const Index p = point.dim();
  EigenDirections out;
  Index reach = 1;
  for (const Index index : indices) {
    const Index i = from_below(index, p);
    require(std::find(out.indices.begin(), out.indices.end(), i) == out.indices.end(),
            "index of an eigenvalue: expected each once, got {} of {} twice", i, p);
    out.indices.push_back(i);
    reach = std::max(reach, std::min(i, p + 1 - i));
  }
  const bool dense = p <= dense_limit;
  require(dense || reach <= kReach,
          "index of an eigenvalue: expected within {} of an end of the spectrum for p = {} > {}, "
          "got {} from it",
          kReach, p, dense_limit, reach);
  const Pairs pairs = dense ? dense_pairs(point) : extreme_pairs(point, reach + 1, seed);
  out.summary = pairs.summary;
  if (!out.summary.ok()) return out;

  const auto k = static_cast<Index>(indices.size());
  out.values.resize(k);
  out.vectors.resize(p, k);
  for (Index j = 0; j < k; ++j) {
    const auto found =
        std::find(pairs.indices.begin(), pairs.indices.end(), out.indices[std::size_t(j)]);
    const Index column = found - pairs.indices.begin();
    out.values[j] = pairs.values[column];
    out.vectors.col(j) = pairs.vectors.col(column);
  }
  fix_sign(out.vectors);
  Matrix HV(p, k);
  point.hessian_times(out.vectors, HV);
  out.residuals = (HV - out.vectors * out.values.asDiagonal()).colwise().norm().transpose();
  const double largest = pairs.values.cwiseAbs().maxCoeff();
  out.error = point.hessian_error_bound() + eigenvalue_error_bound(p, largest);
  if (!dense) out.error += out.residuals.maxCoeff();
  for (Index j = 0; j < k; ++j)
    out.multiplicities.push_back(
        ((pairs.values.array() - out.values[j]).abs() <= 2 * out.error).count());
  return out;
}

FilterDirections filter_normalised_directions(const Architecture& architecture, const Vector& theta,
                                              Index count, std::uint64_t seed) {
  require(count >= 1, "random directions: expected >= 1, got {}", count);
  require(theta.size() == architecture.n_parameters(), "parameters theta: expected {}, got {}",
          architecture.n_parameters(), theta.size());
  RandomStream stream(seed, "slice directions");
  FilterDirections out;
  out.vectors.resize(theta.size(), count);
  for (Index j = 0; j < count; ++j) {
    Vector direction = stream.normal_matrix(theta.size(), 1);
    out.zero_rows = out.rows = 0;
    for (Index l = 0; l < architecture.depth(); ++l) {
      const auto W = weight<double>(architecture, theta, l);
      auto V = weight<double>(architecture, direction, l);
      for (Index i = 0; i < W.rows(); ++i) {
        const double size = W.row(i).norm();
        V.row(i) *= size / V.row(i).norm();
        ++out.rows;
        out.zero_rows += size == 0 ? 1 : 0;
      }
    }
    out.vectors.col(j) = direction;
  }
  require(out.zero_rows < out.rows,
          "random directions: expected a point with a row of weights that is not zero (each row of "
          "the direction takes the norm of the point's), got the origin");
  return out;
}

PrincipalDirections principal_directions(ConstMatrixRef points, const Vector& center, Index count) {
  require(points.rows() == center.size(), "points: expected length {}, got {}", center.size(),
          points.rows());
  require(points.allFinite() && center.allFinite(),
          "points and their center: expected finite numbers, got NaN or Inf");
  require(count >= 1, "principal components: expected >= 1, got {}", count);
  Matrix centred = points.colwise() - center;
  const auto size = static_cast<double>(std::max(points.rows(), points.cols()));
  // Rounding of the subtraction moves singular values by at most eps (|points| + |center|).
  const double rounding = size * kEps * (points.norm() + std::sqrt(size) * center.norm());
  Vector sigma;
  Matrix U;
  const int info = lapack_left_singular_vectors(centred, sigma, U);
  if (info != 0) throw std::runtime_error("principal components: dgesdd did not converge");
  require(sigma.size() >= count && sigma[count - 1] > rounding,
          "principal components: expected points that span {} dimensions about their center, got "
          "{}",
          count, (sigma.array() > rounding).count());
  PrincipalDirections out;
  out.vectors = U.leftCols(count);
  out.variances = sigma.head(count).array().square() / sigma.squaredNorm();
  fix_sign(out.vectors);
  return out;
}

}  // namespace saddlescope

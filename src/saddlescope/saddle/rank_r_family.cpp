#include "saddlescope/saddle/rank_r_family.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// The number of singular values that rank_r() takes for other than 0.
Index explained_rank(const Vector& squares, const SecondMoments& moments) {
  const double smallest = 16 * static_cast<double>(moments.xx.rows()) * kEps * moments.yy.trace();
  return (squares.array() > smallest).count();
}

// U'(y - B x) = 0 for the kept directions U to the rounding of B, kappa(Sigma_xx) n eps relative
// to y.
bool noiseless(const Matrix& U, const Matrix& B, const SecondMoments& moments,
               const Dataset& data) {
  const Vector variances = symmetric_eigenvalues(moments.xx);
  const double largest = variances[variances.size() - 1];
  const auto n = static_cast<double>(data.x.rows() + data.x.cols());
  double smallest = largest;  // of those that count
  for (const double v : variances)
    if (v > static_cast<double>(variances.size()) * kEps * largest)
      smallest = std::min(smallest, v);
  const Matrix noise = U.transpose() * Matrix(data.y - B * data.x);
  return noise.norm() <= 16 * n * kEps * (largest / smallest) * data.y.norm();
}

}  // namespace

ConstructedPoint rank_r_family(const Architecture& net, const Dataset& data,
                               const RankROptions& options, RandomStream& stream) {
  check(data);
  check(net);
  require(data.x.rows() == net.input() && data.y.rows() == net.output(),
          "rank-r point: expected data of widths {} and {}, got {} and {}", net.input(),
          net.output(), data.x.rows(), data.y.rows());
  const SecondMoments moments = second_moments(data);
  ConstructedPoint point;
  point.family = "rank-r";
  point.theta = rank_r(net, moments, options, stream);
  const auto r = static_cast<Index>(options.singular_subset.size());
  point.rank = r;

  const Eigenpairs explained = explained_moments(moments);
  Matrix U_S(net.output(), r);
  double kept = 0;
  double smallest_kept = std::numeric_limits<double>::infinity();
  for (Index k = 0; k < r; ++k) {
    const Index i = options.singular_subset[static_cast<std::size_t>(k)];
    U_S.col(k) = explained.vectors.col(i);
    kept += explained.values[i];
    smallest_kept = std::min(smallest_kept, explained.values[i]);
  }
  double largest_left_out = 0;
  for (Index i = 0; i < net.output(); ++i)
    if (std::count(options.singular_subset.begin(), options.singular_subset.end(), i) == 0)
      largest_left_out = std::max(largest_left_out, explained.values[i]);

  point.mse.value = (moments.yy.trace() - kept) / 2;
  const Index allowed = std::min(*std::min_element(net.widths.begin(), net.widths.end()),
                                 explained_rank(explained.values, moments));
  // Singular values that agree to rounding are as good as each other.
  const bool largest = largest_left_out <= smallest_kept * (1 + 1e-10);
  if (r == allowed && largest) {
    point.mse.is_global = true;
    point.mse.negative_curvature = false;
  } else if (r > 0 && largest_left_out > smallest_kept * (1 + 1e-6)) {
    point.mse.negative_curvature = true;
    point.mse.is_global = false;
  }

  const Matrix B = least_squares_map(moments);
  point.energy.critical = noiseless(U_S, B, moments, data);
  if (!point.energy.critical) {
    point.note = "the kept directions of y carry noise: critical for the loss only";
    return point;
  }
  point.energy.value = net.lambda() * *point.mse.value;
  complete_predictions(net, moments, point);
  const bool realisable = noiseless(explained.vectors, B, moments, data);
  const Index last_hidden = net.widths[net.widths.size() - 2];
  if (realisable && largest && r == last_hidden && last_hidden < net.output()) {
    point.energy.is_global = true;
    point.energy.negative_curvature = false;
    point.note = "the optimum of the bottleneck n_{L-1} < d_y";
  }
  return point;
}

ConstructedPoint bottleneck_optimum(const Architecture& net, const Dataset& data,
                                    RandomStream& stream) {
  check(net);
  check(data);
  const SecondMoments moments = second_moments(data);
  const Index r = std::min(*std::min_element(net.widths.begin(), net.widths.end()),
                           explained_rank(explained_moments(moments).values, moments));
  RankROptions options;
  for (Index i = 0; i < r; ++i) options.singular_subset.push_back(i);
  ConstructedPoint point = rank_r_family(net, data, options, stream);
  point.family = "bottleneck-optimum";
  return point;
}

}  // namespace saddlescope

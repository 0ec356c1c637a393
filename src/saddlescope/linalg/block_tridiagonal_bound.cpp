#include "saddlescope/linalg/block_tridiagonal_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

constexpr int kInverseIterations = 200;  // at most: until the quotient settles
constexpr double kSettled = 1e-9;        // relative change of a Rayleigh quotient
// Shifts tried, as fractions of the Rayleigh quotient: 1 % below it, then ever lower.
constexpr double kFractions[] = {0.99, 0.97, 0.9, 0.5, 0.1, 0.0};
constexpr int kPowerIterations = 1000;
constexpr double kMultiples[] = {1.01, 1.03, 1.1, 1.5, 3.0};

// 3 gamma_K max_k trace(H_kk - s I)/(1 - gamma_K), and the rounding of the shift itself.
double factor_error(const BlockTridiagonal<double>& H, double shift) {
  const double eps = std::numeric_limits<double>::epsilon() / 2;
  double trace = 0;
  double largest = std::abs(shift);
  Index longest = 0;
  Index before = 0;
  for (const Matrix& block : H.diagonal) {
    trace = std::max(trace, block.diagonal().cwiseAbs().sum() +
                                std::abs(shift) * static_cast<double>(block.rows()));
    largest = std::max(largest, block.diagonal().cwiseAbs().maxCoeff());
    longest = std::max(longest, block.rows() + before);
    before = block.rows();
  }
  const double K = static_cast<double>(longest + 4) * eps;
  const double gamma = K / (1 - K);
  return 3 * gamma / (1 - gamma) * trace + 2 * eps * largest;
}

}  // namespace

std::optional<SmallestEigenvalue> smallest_eigenvalue(const BlockTridiagonal<double>& H) {
  const BlockTridiagonalCholesky<double> factor(H);
  if (!factor.summary().ok()) return std::nullopt;
  RandomStream stream(0, "smallest eigenvalue");
  Matrix v = stream.normal_matrix(H.dim(), 1);
  Matrix Hv(v.rows(), 1);
  SmallestEigenvalue out;
  out.above = std::numeric_limits<double>::infinity();
  for (int k = 0; k < kInverseIterations; ++k) {
    v = factor.solve(v / v.norm());
    v /= v.norm();
    H.apply(v, Hv);
    const double before = out.above;
    out.above = v.cwiseProduct(Hv).sum();
    if (std::abs(before - out.above) <= kSettled * std::abs(out.above)) break;
  }
  for (const double fraction : kFractions) {
    const double shift = fraction * out.above;
    BlockTridiagonal<double> shifted = H;
    for (Matrix& block : shifted.diagonal) block.diagonal().array() -= shift;
    if (!BlockTridiagonalCholesky<double>(shifted).summary().ok()) continue;
    out.below = shift - factor_error(H, shift);
    return out;
  }
  out.below = -factor_error(H, 0);
  return out;
}

LargestEigenvalue largest_eigenvalue(const BlockTridiagonal<double>& H) {
  RandomStream stream(0, "largest eigenvalue");
  Matrix v = stream.normal_matrix(H.dim(), 1);
  Matrix Hv(v.rows(), 1);
  LargestEigenvalue out;
  out.below = -std::numeric_limits<double>::infinity();
  for (int k = 0; k < kPowerIterations; ++k) {
    v /= v.norm();
    H.apply(v, Hv);
    const double before = out.below;
    out.below = v.cwiseProduct(Hv).sum();
    if (std::abs(before - out.below) <= kSettled * std::abs(out.below) || Hv.norm() == 0) break;
    v = Hv;
  }
  // |H|_2 <= the largest row sum of |H|.
  double rows = 0;
  for (std::size_t k = 0; k < H.diagonal.size(); ++k) {
    Vector sums = H.diagonal[k].cwiseAbs().rowwise().sum();
    if (k > 0) sums += H.upper[k - 1].cwiseAbs().colwise().sum().transpose();
    if (k < H.upper.size()) sums += H.upper[k].cwiseAbs().rowwise().sum();
    rows = std::max(rows, sums.maxCoeff());
  }
  out.above =
      rows * (1 + 4 * static_cast<double>(H.dim()) * std::numeric_limits<double>::epsilon());
  for (const double multiple : kMultiples) {
    const double shift = multiple * out.below;
    if (!(shift < out.above)) break;
    BlockTridiagonal<double> shifted = H;
    for (Matrix& block : shifted.diagonal) {
      block = -block;
      block.diagonal().array() += shift;
    }
    for (Matrix& block : shifted.upper) block = -block;
    if (!BlockTridiagonalCholesky<double>(shifted).summary().ok()) continue;
    out.above = std::min(out.above, shift + factor_error(H, shift));
    break;
  }
  return out;
}

}  // namespace saddlescope

#include "saddlescope/saddle/zero_rank_family.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/SVD>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// What summing the samples' products may leave of a moment <x y'> that is zero.
double moment_noise(const SecondMoments& moments) {
  return 1e3 * kEps * std::sqrt(moments.xx.trace() * moments.yy.trace());
}

void check_layers(const ZeroRankOptions& options, Index last) {
  for (const Index layer : options.layers)
    require(layer >= 0 && layer <= last &&
                std::count(options.layers.begin(), options.layers.end(), layer) == 1,
            "zero-rank point: layers: expected distinct layers in 1 .. {}, got {}", last + 1,
            layer + 1);
}

// Rows of A_1 projected off the range of Sigma_xy.
void project_off_moments(const SecondMoments& moments, std::vector<Matrix>& A) {
  const Eigen::JacobiSVD<Matrix> svd(moments.xy, Eigen::ComputeFullU);
  const Index rank = (svd.singularValues().array() > moment_noise(moments)).count();
  const Index d_x = moments.xx.rows();
  require(rank < d_x,
          "zero-rank point: rows of A_1 with A_1 Sigma_xy = 0: expected a rank of Sigma_xy below "
          "d_x = {}, got {}",
          d_x, rank);
  const Matrix kernel = svd.matrixU().rightCols(d_x - rank);
  A.front() = Matrix(A.front() * kernel) * kernel.transpose();
}

void annihilate(Index k, RandomStream& stream, std::vector<Matrix>& A) {
  const Index n = A[at(k)].rows();
  require(n >= 2, "zero-rank point: A_{} A_{} = 0: expected a width n_{} >= 2, got {}", k + 2,
          k + 1, k + 1, n);
  const Matrix Q = stream.orthogonal_matrix(n, n);
  const Matrix kept = Q.leftCols(n / 2);
  const Matrix rest = Q.rightCols(n - n / 2);
  A[at(k)] = kept * Matrix(kept.transpose() * A[at(k)]);
  A[at(k + 1)] = Matrix(A[at(k + 1)] * rest) * rest.transpose();
}

// Whether a product of norm `size` is zero, where its factors' norms multiply to `scale`: certain
// only below rounding and far above it.
std::optional<bool> is_zero(double size, double scale, double roundings) {
  if (size <= 64 * roundings * kEps * scale) return true;
  if (size > 1e-8 * scale) return false;
  return std::nullopt;
}

// A negative eigenvalue of H(L): some k < L has A_{L-1:k+1} != 0 and A_{k-1:1} Sigma_xy != 0.
std::optional<bool> loss_is_strict(const Architecture& net, const std::vector<Matrix>& A,
                                   const SecondMoments& moments) {
  const auto L = static_cast<Index>(A.size());
  // |A_l| before a skip cancels in it.
  const auto size = [&](Index l) {
    return A[at(l)].norm() + net.skips[at(l)] * std::sqrt(static_cast<double>(net.rows(l)));
  };
  const double noise = std::sqrt(moments.xx.trace() * moments.yy.trace());
  std::optional<bool> strict = false;
  for (Index k = 0; k + 1 < L; ++k) {
    Matrix right = moments.xy;
    double right_scale = noise;
    double roundings = 32;  // those of the moments
    for (Index l = 0; l < k; ++l) {
      right = Matrix(A[at(l)] * right);
      right_scale *= size(l);
      roundings += static_cast<double>(A[at(l)].cols());
    }
    Matrix left = Matrix::Identity(A[at(L - 2)].rows(), A[at(L - 2)].rows());
    double left_scale = 1;
    for (Index l = L - 2; l > k; --l) {
      left = Matrix(left * A[at(l)]);
      left_scale *= size(l);
      roundings += static_cast<double>(A[at(l)].rows());
    }
    const auto right_zero = is_zero(right.norm(), right_scale, roundings);
    const auto left_zero = is_zero(left.norm(), left_scale, roundings);
    if (right_zero == false && left_zero == false) return true;
    if (right_zero != true && left_zero != true) strict = std::nullopt;
  }
  return strict;
}

double energy_bound(const Architecture& net, const std::vector<Matrix>& A,
                    const SecondMoments& moments) {
  const Index L = net.depth();
  const Index n = net.cols(L - 1);
  Matrix product = Matrix::Identity(n, n);
  Matrix M = product / net.precisions[at(L - 2)];
  for (Index l = L - 2; l >= 1; --l) {
    product = Matrix(product * A[at(l)]);
    M += product * product.transpose() / net.precisions[at(l - 1)];
  }
  product = Matrix(product * A.front());
  const Vector targets = symmetric_eigenvalues(moments.yy);
  const double lambda = net.lambda();
  const Matrix block =
      product * moments.xx * product.transpose() - lambda * targets[targets.size() - 1] * M;
  const double a = net.scales.back();
  return a * a * lambda * symmetric_eigenvalues((block + block.transpose()) / 2)[0];
}

std::string describe(const ZeroRankOptions& options) {
  switch (options.kind) {
    case ZeroRankKind::kPenultimate:
      return "every map but the penultimate is zero";
    case ZeroRankKind::kMoments:
      return "A_1 Sigma_xy = 0";
    case ZeroRankKind::kVanishing: {
      std::string text;
      for (const Index layer : options.layers)
        text += fmt::format("{}A_{} = 0", text.empty() ? "" : ", ", layer + 1);
      return text;
    }
    case ZeroRankKind::kKernel:
      return fmt::format("A_{} A_{} = 0", options.layers[0] + 2, options.layers[0] + 1);
    case ZeroRankKind::kUncorrelated:
      break;
  }
  return "Sigma_xy = 0";
}

}  // namespace

ConstructedPoint zero_rank_family(const Architecture& net, const SecondMoments& moments,
                                  const Vector& theta, const ZeroRankOptions& options,
                                  RandomStream& stream) {
  check(net);
  const Index L = net.depth();
  require(L >= 2, "zero-rank point: expected at least one hidden layer (L >= 2), got L = {}", L);
  require(net.skips.back() == 0,
          "zero-rank point: expected no skip on layer {}, whose map must vanish", L);
  require(theta.size() == net.n_parameters() && theta.allFinite(),
          "parameters theta: expected {} finite numbers, got {}{}", net.n_parameters(),
          theta.size(), theta.allFinite() ? "" : ", some not finite");
  require(moments.xy.rows() == net.input() && moments.xy.cols() == net.output(),
          "second moments: expected Sigma_xy of {} x {}, got {} x {}", net.input(), net.output(),
          moments.xy.rows(), moments.xy.cols());
  const bool takes_layers =
      options.kind == ZeroRankKind::kVanishing || options.kind == ZeroRankKind::kKernel;
  require(takes_layers || options.layers.empty(),
          "zero-rank point: this family takes no layers, got {}", options.layers.size());

  std::vector<Matrix> A = effective_maps<double>(net, theta);
  A.back().setZero();
  switch (options.kind) {
    case ZeroRankKind::kPenultimate:
      A = effective_maps<double>(net, zero_rank(net, theta, moments));
      // The maps of hidden layers with a skip are I at W = 0, not zero.
      for (Index l = 0; l + 2 < L; ++l) A[at(l)].setZero();
      break;
    case ZeroRankKind::kMoments:
      require(net.skips.front() == 0, "zero-rank point: expected no skip on layer 1, got one");
      project_off_moments(moments, A);
      break;
    case ZeroRankKind::kVanishing:
      require(!options.layers.empty(), "zero-rank point: layers: expected at least one, got none");
      check_layers(options, L - 2);
      for (const Index layer : options.layers) A[at(layer)].setZero();
      break;
    case ZeroRankKind::kKernel:
      require(options.layers.size() == 1, "zero-rank point: layers: expected one, got {}",
              options.layers.size());
      require(L >= 3, "zero-rank point: A_2 A_1 = 0: expected L >= 3, got L = {}", L);
      check_layers(options, L - 3);
      annihilate(options.layers[0], stream, A);
      break;
    case ZeroRankKind::kUncorrelated:
      require(moments.xy.norm() <= moment_noise(moments),
              "zero-rank point: expected data with Sigma_xy = 0 to rounding {:.3g}, got |Sigma_xy| "
              "= {:.3g}",
              moment_noise(moments), moments.xy.norm());
      break;
  }

  ConstructedPoint point;
  point.family = "zero-rank";
  point.theta = weights_of(net, A);
  point.note = "A_L = 0, " + describe(options);
  A = effective_maps<double>(net, point.theta);
  point.mse.value = moments.yy.trace() / 2;
  point.energy.value = net.lambda() * moments.yy.trace() / 2;
  point.mse.negative_curvature = loss_is_strict(net, A, moments);
  point.mse.is_global = false;  // a step towards the least-squares map goes lower
  if (moments.xy.norm() <= moment_noise(moments)) {
    point.mse.negative_curvature = false;  // the best linear map is zero
    point.mse.is_global = true;
  }
  const double bound = energy_bound(net, A, moments);
  if (bound < 0) {
    point.energy.lambda_min_at_most = bound;
    point.energy.negative_curvature = true;
  }
  complete_predictions(net, moments, point);
  return point;
}

}  // namespace saddlescope

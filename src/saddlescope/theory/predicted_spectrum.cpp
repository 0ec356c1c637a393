#include "saddlescope/theory/predicted_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// C = A_{L-1:2} and M = sum_{l=1}^{L-1} A_{L-1:l+1} A_{L-1:l+1}'/pi_l, for L >= 2.
struct MiddleMaps {
  Matrix C, M;
  MiddleMaps(const Architecture& net, const std::vector<Matrix>& A) {
    const Index n = net.cols(net.depth() - 1);
    C = Matrix::Identity(n, n);
    M = Matrix::Zero(n, n);
    for (Index l = net.depth() - 2; l >= 0; --l) {  // C is A_{L-1:l+2} of the papers here
      M += C * C.transpose() / net.precisions[at(l)];
      if (l > 0) C = Matrix(C * A[at(l)]);
    }
  }
};

// Ascending, padded with the zeros that make p of them.
Vector sorted_with_zeros(std::vector<double> values, Index p) {
  values.resize(at(p), 0.0);
  std::ranges::sort(values);
  return Eigen::Map<const Vector>(values.data(), p);
}

void append(std::vector<double>& values, const Vector& more) {
  values.insert(values.end(), more.begin(), more.end());
}

PredictedSpectrum one_layer(LinearObjective objective, const Architecture& net,
                            const SecondMoments& moments) {
  const double factor =
      net.scales[0] * net.scales[0] * (objective == LinearObjective::kEnergy ? net.lambda() : 1.0);
  const Vector xx = symmetric_eigenvalues(moments.xx);
  std::vector<double> values;
  for (Index copy = 0; copy < net.output(); ++copy) append(values, factor * xx);
  return {sorted_with_zeros(std::move(values), net.n_parameters()),
          "one layer: a^2 Sigma_xx (x) I"};
}

// s_i and mu_i in a joint eigenbasis of C C' and M; nullopt unless they commute to rounding.
struct JointEigenvalues {
  Vector s, mu;
};
std::optional<JointEigenvalues> joint_eigenvalues(const MiddleMaps& maps) {
  const Matrix CC = maps.C * maps.C.transpose();
  const double size_C = std::max(CC.norm(), std::numeric_limits<double>::min());
  const double size_M = maps.M.norm();
  // Two commuting matrices share the eigenvectors of a generic combination of them.
  const Matrix U =
      symmetric_eigenpairs(CC / size_C + std::numbers::sqrt2 * maps.M / size_M).vectors;
  const Matrix C_rotated = U.transpose() * CC * U;
  const Matrix M_rotated = U.transpose() * maps.M * U;
  const auto off_diagonal = [](const Matrix& X) {
    return (X - Matrix(X.diagonal().asDiagonal())).norm();
  };
  const double rounding =
      10 * static_cast<double>(U.rows()) * std::numeric_limits<double>::epsilon();
  if (off_diagonal(C_rotated) > rounding * size_C || off_diagonal(M_rotated) > rounding * size_M)
    return std::nullopt;
  // |u_i' C| keeps the digits that the square root of an eigenvalue of C C' would lose.
  Vector s = (U.transpose() * maps.C).rowwise().norm();
  for (double& value : s)
    if (value <= rounding * maps.C.norm()) value = 0;
  return JointEigenvalues{s, M_rotated.diagonal()};
}

std::string rank_zero_source(const Architecture& net, const Vector& theta) {
  const bool skips = std::ranges::any_of(net.skips, [](int tau) { return tau != 0; });
  if (!theta.isZero(0)) return "rank zero, A_1 = 0 and A_L = 0 [D]";
  if (skips) return "origin with skips [D]";
  return net.depth() == 2 ? "origin, L = 2 [S]" : "origin, L >= 3 [S]";
}

}  // namespace

std::optional<PredictedSpectrum> predicted_spectrum(LinearObjective objective,
                                                    const Architecture& architecture,
                                                    const Vector& theta,
                                                    const SecondMoments& moments) {
  check(architecture);
  require_linear(architecture, "predicted spectrum");
  require(moments.xx.rows() == architecture.input() && moments.yy.rows() == architecture.output(),
          "second moments: expected {} inputs and {} outputs, got {} and {}", architecture.input(),
          architecture.output(), moments.xx.rows(), moments.yy.rows());
  if (architecture.depth() == 1) return one_layer(objective, architecture, moments);
  const auto A = effective_maps(architecture, theta);
  if (!A.front().isZero(0) || !A.back().isZero(0)) return std::nullopt;
  const MiddleMaps maps(architecture, A);
  const auto joint = joint_eigenvalues(maps);
  if (!joint) return std::nullopt;

  const bool energy = objective == LinearObjective::kEnergy;
  const double lambda = energy ? architecture.lambda() : 1.0;
  const double first = architecture.scales.front() * architecture.scales.back() * lambda;
  const double last = energy ? std::pow(architecture.scales.back() * lambda, 2) : 0.0;
  const Index d_x = architecture.input();
  const Index d_y = architecture.output();

  std::map<std::pair<double, double>, Vector> known;  // repeated (s_i, mu_i) cost one eigen-solve
  std::vector<double> values;
  for (Index i = 0; i < joint->s.size(); ++i) {
    const double s = joint->s[i];
    const double mu = joint->mu[i];
    Vector& block = known[{s, mu}];
    if (block.size() == 0) {
      const Index top = s == 0 ? 0 : d_x;
      Matrix K = Matrix::Zero(top + d_y, top + d_y);
      K.bottomRightCorner(d_y, d_y) = -last * mu * moments.yy;
      if (top > 0) {
        K.topRightCorner(d_x, d_y) = -first * s * moments.xy;
        K.bottomLeftCorner(d_y, d_x) = K.topRightCorner(d_x, d_y).transpose();
      }
      block = symmetric_eigenvalues(std::move(K));
    }
    append(values, block);
  }
  return PredictedSpectrum{sorted_with_zeros(std::move(values), architecture.n_parameters()),
                           rank_zero_source(architecture, theta)};
}

std::optional<double> zero_rank_bound(const Architecture& architecture, const Vector& theta,
                                      const SecondMoments& moments) {
  check(architecture);
  if (architecture.depth() < 2) return std::nullopt;
  const auto A = effective_maps(architecture, theta);
  const MiddleMaps maps(architecture, A);
  if (!A.back().isZero(0) || !(maps.C * A.front()).isZero(0)) return std::nullopt;
  const double factor = std::pow(architecture.scales.back() * architecture.lambda(), 2);
  return -factor * symmetric_eigenvalues(maps.M).maxCoeff() *
         symmetric_eigenvalues(moments.yy).maxCoeff();
}

}  // namespace saddlescope

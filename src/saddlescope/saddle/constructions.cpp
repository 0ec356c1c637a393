#include "saddlescope/saddle/constructions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/SVD>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

double rounding(const Matrix& A) {
  return static_cast<double>(std::max(A.rows(), A.cols())) * std::numeric_limits<double>::epsilon();
}

// An orthonormal basis of the range of A: left singular vectors above max(m, n) eps sigma_1.
Matrix range_basis(const Matrix& A) {
  const Eigen::JacobiSVD<Matrix> svd(A, Eigen::ComputeThinU);
  const Vector& sigma = svd.singularValues();
  Index rank = 0;
  while (rank < sigma.size() && sigma[rank] > rounding(A) * sigma[0]) ++rank;
  return svd.matrixU().leftCols(rank);
}

}  // namespace

Vector weights_of(const Architecture& net, const std::vector<Matrix>& A) {
  check(net);
  require_linear(net, "weights of effective maps");
  require(static_cast<Index>(A.size()) == net.depth(), "effective maps: expected {}, got {}",
          net.depth(), A.size());
  Vector theta(net.n_parameters());
  for (Index l = 0; l < net.depth(); ++l) {
    Matrix W = A[at(l)];
    require(W.rows() == net.rows(l) && W.cols() == net.cols(l),
            "effective map A_{}: expected {} x {}, got {} x {}", l + 1, net.rows(l), net.cols(l),
            W.rows(), W.cols());
    require(net.scales[at(l)] != 0, "scale a_{}: expected a number other than 0", l + 1);
    if (net.skips[at(l)] != 0) W.diagonal().array() -= 1;
    weight(net, theta, l) = W / net.scales[at(l)];
  }
  return theta;
}

Matrix least_squares_map(const SecondMoments& moments) {
  const Eigenpairs xx = symmetric_eigenpairs(moments.xx);
  const double smallest = rounding(moments.xx) * xx.values.maxCoeff();
  Matrix projected = moments.xy.transpose() * xx.vectors;
  for (Index i = 0; i < xx.values.size(); ++i)
    projected.col(i) *= xx.values[i] > smallest ? 1 / xx.values[i] : 0.0;
  return projected * xx.vectors.transpose();
}

Eigenpairs explained_moments(const SecondMoments& moments) {
  const Matrix B = least_squares_map(moments);
  Eigenpairs out = symmetric_eigenpairs(B * moments.xx * B.transpose());
  out.values = out.values.reverse().cwiseMax(0).eval();
  out.vectors = out.vectors.rowwise().reverse().eval();
  return out;
}

Vector origin(const Architecture& architecture) {
  check(architecture);
  return Vector::Zero(architecture.n_parameters());
}

Vector zero_rank(const Architecture& architecture, const Vector& theta,
                 const SecondMoments& moments) {
  check(architecture);
  require_linear(architecture, "zero-rank point");
  const Index L = architecture.depth();
  require(L >= 2, "zero-rank point: expected at least one hidden layer (L >= 2), got L = {}", L);
  require(architecture.skips.front() == 0 && architecture.skips.back() == 0,
          "zero-rank point: expected no skip on layers 1 and {}, whose maps must vanish", L);
  require(theta.size() == architecture.n_parameters(), "parameters theta: expected {}, got {}",
          architecture.n_parameters(), theta.size());
  Vector point = Vector::Zero(theta.size());
  Matrix W = weight(architecture, theta, L - 2);
  if (L == 2) {
    const Matrix U = range_basis(moments.xy);
    W -= Matrix(W * U) * U.transpose();
    if (U.cols() == W.cols()) W.setZero();  // nothing is left, and rounding must not stand for it
  }
  weight(architecture, point, L - 2) = W;
  return point;
}

Vector rank_r(const Architecture& architecture, const SecondMoments& moments,
              const RankROptions& options, RandomStream& stream) {
  check(architecture);
  require_linear(architecture, "rank-r point");
  const Index L = architecture.depth();
  const auto r = static_cast<Index>(options.singular_subset.size());
  require(L >= 2, "rank-r point: expected at least one hidden layer (L >= 2), got L = {}", L);
  require(options.t != 0 && std::isfinite(options.t),
          "rank-r point: expected a finite scale t other than 0, got {}", options.t);
  for (Index l = 0; l < L; ++l)
    require(architecture.scales[at(l)] != 0, "rank-r point: expected a scale a_{} other than 0",
            l + 1);
  for (Index l = 0; l + 1 < L; ++l)
    require(architecture.rows(l) >= r,
            "rank-r point: expected hidden widths >= r = {}, got n_{} = {}", r, l + 1,
            architecture.rows(l));
  const Matrix B = least_squares_map(moments);
  const Eigenpairs explained = explained_moments(moments);
  // Eigenvalues of the d_y x d_y matrix carry its rounding, relative to the whole of Sigma_yy.
  const double smallest = 16 * rounding(moments.xx) * moments.yy.trace();
  Matrix U_S(architecture.output(), r);
  for (Index k = 0; k < r; ++k) {
    const Index i = options.singular_subset[at(k)];
    require(i >= 0 && i < architecture.output() &&
                std::count(options.singular_subset.begin(), options.singular_subset.end(), i) == 1,
            "rank-r point: singular subset: expected distinct numbers in 1 .. {}, got {}",
            architecture.output(), i + 1);
    require(explained.values[i] > smallest,
            "rank-r point: singular subset: s_{} of B Sigma_xx^(1/2) is {:.3g}, 0 to rounding, so "
            "that the point would have a rank below r = {}",
            i + 1, std::sqrt(explained.values[i]), r);
    U_S.col(k) = explained.vectors.col(i);
  }

  std::vector<Matrix> A;
  A.reserve(static_cast<std::size_t>(L));
  for (Index l = 0; l < L; ++l) {
    A.emplace_back(Matrix::Zero(architecture.rows(l), architecture.cols(l)));
    if (l == 0) A[0].topRows(r) = U_S.transpose() * B / options.t;
    if (l == L - 1) A.back().leftCols(r) = options.t * U_S;
    if (l > 0 && l < L - 1) A.back().topLeftCorner(r, r).setIdentity();
    if (options.random_rows && l <= L - 3) {
      const Index extra = architecture.rows(l) - r;
      A.back().bottomRows(extra) = stream.normal_matrix(extra, architecture.cols(l));
    }
  }
  if (options.rotate)
    for (Index l = 0; l + 1 < L; ++l) {
      const Matrix O = stream.orthogonal_matrix(architecture.rows(l), architecture.rows(l));
      A[at(l)] = Matrix(O * A[at(l)]);
      A[at(l + 1)] = Matrix(A[at(l + 1)] * O.transpose());
    }
  return weights_of(architecture, A);
}

}  // namespace saddlescope

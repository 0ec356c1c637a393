#include "saddlescope/saddle/symmetry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/LU>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"
#include "saddlescope/linalg/lapack.hpp"
#include "saddlescope/saddle/tangent_space.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

void check_point(const Architecture& architecture, const Vector& theta) {
  check(architecture);
  require_linear(architecture, "symmetry");
  require(theta.size() == architecture.n_parameters(), "parameters theta: expected {}, got {}",
          architecture.n_parameters(), theta.size());
  for (Index l = 0; l < architecture.depth(); ++l)
    require(architecture.scales[at(l)] != 0,
            "symmetry: scale a_{}: expected a number other than 0, got 0", l + 1);
}

NullityReport split(double residual, double hessian_error, const Inertia& inertia,
                    const SymmetrySpace& symmetry) {
  NullityReport out;
  out.nullity = inertia.n_zero;
  out.symmetry = symmetry.rank;
  out.excess = out.nullity - out.symmetry;
  out.residual = residual;
  out.tolerance = 4 * hessian_error * symmetry.directions.norm();
  if (!symmetry.summary.ok()) {
    out.summary = symmetry.summary;
  } else if (inertia.n_zero < 0) {
    out.summary = {Status::kUndecided, "nullity: the inertia is not determined"};
  } else if (!(residual <= out.tolerance)) {
    out.summary = {Status::kUndecided,
                   fmt::format("nullity: the orbit's tangents are not zero modes, |H G| = {:.3g} > "
                               "rounding {:.3g}: not a critical point to rounding",
                               residual, out.tolerance)};
  } else if (out.excess < 0) {
    out.summary = {
        Status::kUndecided,
        fmt::format("nullity: {} eigenvalues count as zero but the orbit explains {}: the zero "
                    "threshold is too small",
                    out.nullity, out.symmetry)};
  }
  return out;
}

}  // namespace

Index symmetry_dimension(const Architecture& architecture) {
  Index k = 0;
  for (Index l = 0; l + 1 < architecture.depth(); ++l)
    k += architecture.rows(l) * architecture.rows(l);
  return k;
}

Matrix symmetry_directions(const Architecture& architecture, const Vector& theta) {
  check_point(architecture, theta);
  const std::vector<Matrix> A = effective_maps<double>(architecture, theta);
  Matrix G = Matrix::Zero(theta.size(), symmetry_dimension(architecture));
  Index column = 0;
  for (Index l = 0; l + 1 < architecture.depth(); ++l) {
    const Index n = architecture.rows(l);
    for (Index j = 0; j < n; ++j)
      for (Index i = 0; i < n; ++i, ++column) {
        // X_l = e_i e_j': row j of A_l moves into row i, column i of A_{l+1} out of column j.
        Eigen::Map<Matrix> here(G.col(column).data() + architecture.offset(l), n,
                                architecture.cols(l));
        Eigen::Map<Matrix> next(G.col(column).data() + architecture.offset(l + 1),
                                architecture.rows(l + 1), n);
        here.row(i) = A[at(l)].row(j) / architecture.scales[at(l)];
        next.col(j) = -A[at(l + 1)].col(i) / architecture.scales[at(l + 1)];
      }
  }
  return G;
}

Vector act(const Architecture& architecture, const Vector& theta, const std::vector<Matrix>& M) {
  check_point(architecture, theta);
  const Index L = architecture.depth();
  require(static_cast<Index>(M.size()) == L - 1,
          "symmetry group element: expected {} matrices (one per hidden layer), got {}", L - 1,
          M.size());
  std::vector<Matrix> A = effective_maps<double>(architecture, theta);
  for (Index l = 0; l + 1 < L; ++l) {
    const Matrix& M_l = M[at(l)];
    const Index n = architecture.rows(l);
    require(M_l.rows() == n && M_l.cols() == n,
            "symmetry group element M_{}: expected {} x {}, got {} x {}", l + 1, n, n, M_l.rows(),
            M_l.cols());
    require(M_l.allFinite(),
            "symmetry group element M_{}: expected finite numbers, got a NaN or "
            "Inf",
            l + 1);
    const Eigen::PartialPivLU<Matrix> factor(M_l.transpose());
    const double reciprocal_condition = factor.rcond();
    require(reciprocal_condition > static_cast<double>(n) * kEps,
            "symmetry group element M_{}: expected an invertible matrix, got reciprocal condition "
            "{:.3g}",
            l + 1, reciprocal_condition);
    A[at(l)] = product<double>(M_l, Op::kNone, A[at(l)], Op::kNone);
    // A_{l+1} M_l^{-1} = (M_l^{-T} A_{l+1}')'.
    A[at(l + 1)] = factor.solve(A[at(l + 1)].transpose()).transpose().eval();
  }
  Vector out(theta.size());
  for (Index l = 0; l < L; ++l) {
    if (architecture.skips[at(l)] != 0) A[at(l)].diagonal().array() -= 1;
    weight<double>(architecture, out, l) = A[at(l)] / architecture.scales[at(l)];
  }
  return out;
}

SymmetrySpace symmetry_space(const Architecture& architecture, const Vector& theta,
                             double theta_error) {
  return tangent_space(symmetry_directions(architecture, theta), theta_error);
}

SymmetrySpace tangent_space(Matrix directions, double theta_error) {
  require(theta_error >= 0 && std::isfinite(theta_error),
          "symmetry space: error of theta: expected a finite number >= 0, got {}", theta_error);
  SymmetrySpace out;
  out.directions = std::move(directions);
  const Matrix& G = out.directions;
  out.gap = std::numeric_limits<double>::infinity();
  if (!G.allFinite()) {
    out.basis.resize(G.rows(), 0);
    out.summary = {Status::kNotFinite, "symmetry space: theta holds a NaN or Inf"};
    return out;
  }
  if (G.cols() == 0) {  // no hidden layer
    out.basis.resize(G.rows(), 0);
    return out;
  }
  Matrix overwritten = G;
  Matrix U;
  if (const int info = lapack_left_singular_vectors(overwritten, out.singular_values, U);
      info != 0) {
    out.basis.resize(G.rows(), 0);
    out.summary = {Status::kNotConverged,
                   fmt::format("symmetry space: dgesdd did not converge (info = {})", info)};
    return out;
  }
  const Vector& sigma = out.singular_values;
  const double rounding = static_cast<double>(std::max(G.rows(), G.cols())) * kEps * sigma[0];
  out.threshold = rounding + 2 * theta_error;
  out.rank = (sigma.array() > out.threshold).count();
  out.basis = U.leftCols(out.rank);
  if (out.rank == 0) return out;
  const double smallest = sigma[out.rank - 1];
  out.condition = sigma[0] / smallest;
  if (out.rank < sigma.size() && sigma[out.rank] > 0) out.gap = smallest / sigma[out.rank];
  const double near = kRankMargin * rounding + 2 * theta_error;
  if (smallest <= near)
    out.summary = {Status::kUndecided,
                   fmt::format("symmetry space: rank {} undecided, singular value {:.3g} lies "
                               "between the threshold {:.3g} and {:.3g}",
                               out.rank, smallest, out.threshold, near)};
  return out;
}

NullityReport split_nullity(const Matrix& hessian, double hessian_error, const Inertia& inertia,
                            const SymmetrySpace& symmetry) {
  require(hessian.rows() == symmetry.directions.rows() && hessian.cols() == hessian.rows(),
          "nullity: expected a Hessian of {0} x {0}, got {1} x {2}", symmetry.directions.rows(),
          hessian.rows(), hessian.cols());
  const Matrix HG = product<double>(hessian, Op::kNone, symmetry.directions, Op::kNone);
  return split(HG.norm(), hessian_error, inertia, symmetry);
}

NullityReport split_nullity(const Point<double>& point, const Inertia& inertia,
                            const SymmetrySpace& symmetry) {
  require(point.dim() == symmetry.directions.rows(),
          "nullity: expected a point of dimension {}, got {}", symmetry.directions.rows(),
          point.dim());
  Matrix HG(symmetry.directions.rows(), symmetry.directions.cols());
  point.hessian_times(symmetry.directions, HG);
  return split(HG.norm(), point.hessian_error_bound(), inertia, symmetry);
}

}  // namespace saddlescope

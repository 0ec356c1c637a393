#include "saddlescope/linalg/lanczos_search.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>
#include <fmt/format.h>

#include "saddlescope/linalg/power_of_two.hpp"

namespace saddlescope {
namespace {

constexpr Index kNormSteps = 12;
constexpr int kAttempts = 3;

// Spectra's basis broke down: seen where the Krylov space is exhausted at once (multiples of the
// identity), cured by another start.
class Breakdown : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// M = P (2 I -+ H/s) P with P = I - Q Q': eigenvalues in [0, 4] for the pairs of H orthogonal to Q,
// 0 on Q, so that what was found is never among the largest again.
class DeflatedShift {
 public:
  using Scalar = double;  // Spectra's names

  DeflatedShift(const CountedOperator& H, SpectrumEnd end, const Matrix& Q, double scale)
      : H_(H), Q_(Q), factor_((end == SpectrumEnd::kSmallest ? -1 : 1) / scale) {}

  [[nodiscard]] Index rows() const { return H_.dim(); }
  [[nodiscard]] Index cols() const { return H_.dim(); }
  void perform_op(const double* in, double* out) const {
    Vector v = Eigen::Map<const Vector>(in, rows());
    if (!v.allFinite()) throw Breakdown("Spectra asked for the product with a vector of NaN");
    project(v);
    Vector Hv(rows());
    H_.apply(v, Hv);
    v = 2 * v + factor_ * Hv;
    project(v);
    Eigen::Map<Vector>(out, rows()) = v;
  }

 private:
  void project(Vector& v) const {
    if (Q_.cols() > 0) v -= Q_ * (Q_.transpose() * v).eval();
  }

  const CountedOperator& H_;
  const Matrix& Q_;
  double factor_;
};

// The columns of V made orthonormal among themselves and to Q; those that were dependent, which a
// basis that lost its orthogonality returns as copies, are left out.
Matrix orthonormal_part(Matrix V, const Matrix& Q) {
  Index kept = 0;
  for (Index j = 0; j < V.cols(); ++j) {
    Vector v = V.col(j).normalized();
    for (int pass = 0; pass < 2; ++pass) {
      if (Q.cols() > 0) v -= Q * (Q.transpose() * v).eval();
      v -= V.leftCols(kept) * (V.leftCols(kept).transpose() * v).eval();
    }
    if (v.norm() > 0.5) V.col(kept++) = v.normalized();
  }
  return V.leftCols(kept);
}

// The Rayleigh quotients of the columns of V whose residual is at most `bound`: Spectra's own
// estimate of a residual has been wrong after a breakdown.
SearchResult true_pairs(const CountedOperator& H, const Matrix& V, double bound) {
  SearchResult pairs{Vector(V.cols()), Matrix(V.rows(), V.cols())};
  Matrix HV(V.rows(), V.cols());
  if (V.cols() > 0) H.apply(V, HV);
  Index kept = 0;
  for (Index j = 0; j < V.cols(); ++j) {
    const double value = V.col(j).dot(HV.col(j));
    if (scaled_norm(HV.col(j) - value * V.col(j)) > bound) continue;
    pairs.values[kept] = value;
    pairs.vectors.col(kept++) = V.col(j);
  }
  pairs.values.conservativeResize(kept);
  pairs.vectors.conservativeResize(Eigen::NoChange, kept);
  return pairs;
}

}  // namespace

void CountedOperator::apply(ConstMatrixRef V, MatrixRef HV) const {
  H_.apply(V, HV);
  products_ += V.cols();
  if (!HV.allFinite())
    throw NotFiniteProduct(fmt::format("product {} of the operator has a NaN or Inf", products_));
}

double estimate_norm(const CountedOperator& H, RandomStream& stream) {
  const Index n = H.dim();
  const Index steps = std::min(kNormSteps, n);
  Matrix V(n, steps);
  Matrix T = Matrix::Zero(steps, steps);
  Vector w = stream.normal_matrix(n, 1);
  double largest = 0;
  double beta = scaled_norm(w);  // of tiny H too
  for (Index k = 0; k < steps; ++k) {
    V.col(k) = w / beta;
    H.apply(V.col(k), w);
    T(k, k) = V.col(k).dot(w);
    for (int pass = 0; pass < 2; ++pass)
      w -= V.leftCols(k + 1) * (V.leftCols(k + 1).transpose() * w).eval();
    beta = scaled_norm(w);
    const Eigen::SelfAdjointEigenSolver<Matrix> ritz(T.topLeftCorner(k + 1, k + 1),
                                                     Eigen::EigenvaluesOnly);
    largest = ritz.eigenvalues().cwiseAbs().maxCoeff() + beta;
    if (beta <= 1e-14 * largest) break;  // an invariant subspace: nothing more to see from here
    if (k + 1 < steps) T(k, k + 1) = T(k + 1, k) = beta;
  }
  return largest;
}

Index krylov_size(Index dim, Index count) { return std::min(dim, 3 * count + 30); }

SearchResult lanczos_search(const CountedOperator& H, SpectrumEnd end, const Matrix& deflated,
                            Index count, double scale, double tolerance, int max_restarts,
                            RandomStream& stream) {
  DeflatedShift M(H, end, deflated, scale);
  SearchResult result{Vector(0), Matrix(H.dim(), 0)};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Spectra::SymEigsSolver<DeflatedShift> solver(M, count, krylov_size(H.dim(), count));
    const Vector start = stream.normal_matrix(H.dim(), 1);
    try {
      solver.init(start.data());
      // Residuals up to tolerance/8 theta s, and theta s = 2 s -+ lambda <= 5 |H|_2.
      solver.compute(Spectra::SortRule::LargestAlge, max_restarts, tolerance / 8,
                     Spectra::SortRule::LargestAlge);
    } catch (const Breakdown&) {
      continue;
    }
    const Matrix candidates = orthonormal_part(solver.eigenvectors(), deflated);
    result = true_pairs(H, candidates, 2 * tolerance * scale);
    result.converged = result.values.size() == count;
    break;
  }
  return result;
}

}  // namespace saddlescope

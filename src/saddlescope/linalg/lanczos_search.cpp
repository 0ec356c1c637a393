#include "saddlescope/linalg/lanczos_search.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>

namespace saddlescope {
namespace {

constexpr Index kNormSteps = 12;

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
    project(v);
    Vector Hv(rows());
    H_.apply(v, Hv);
    v = 2 * v + factor_ * Hv;
    project(v);
    Eigen::Map<Vector>(out, rows()) = v;
  }
  // The eigenvalue of H that belongs to the eigenvalue theta of M.
  [[nodiscard]] double eigenvalue(double theta) const { return (theta - 2) / factor_; }

 private:
  void project(Vector& v) const {
    if (Q_.cols() > 0) v -= Q_ * (Q_.transpose() * v).eval();
  }

  const CountedOperator& H_;
  const Matrix& Q_;
  double factor_;
};

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
  double beta = w.stableNorm();  // of tiny H too
  for (Index k = 0; k < steps; ++k) {
    V.col(k) = w / beta;
    H.apply(V.col(k), w);
    T(k, k) = V.col(k).dot(w);
    for (int pass = 0; pass < 2; ++pass)
      w -= V.leftCols(k + 1) * (V.leftCols(k + 1).transpose() * w).eval();
    beta = w.stableNorm();
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
  Spectra::SymEigsSolver<DeflatedShift> solver(M, count, krylov_size(H.dim(), count));
  const Vector start = stream.normal_matrix(H.dim(), 1);
  solver.init(start.data());
  // The Ritz values are at most 4 when s is within a factor of two of |H|_2.
  solver.compute(Spectra::SortRule::LargestAlge, max_restarts, tolerance / 4,
                 Spectra::SortRule::LargestAlge);

  SearchResult result;
  result.converged = solver.info() == Spectra::CompInfo::Successful;
  result.values = solver.eigenvalues().unaryExpr([&](double t) { return M.eigenvalue(t); });
  result.vectors = solver.eigenvectors();
  return result;
}

}  // namespace saddlescope

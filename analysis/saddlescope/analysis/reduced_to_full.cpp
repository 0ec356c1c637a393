#include "saddlescope/analysis/reduced_to_full.hpp"

#include <algorithm>

namespace saddlescope::analysis {
namespace {

// Rows in the coordinates of the chosen layers, of the reduced network -> of the full one. Layer 1
// lifts by W~_1 -> W~_1 Q', the other layers are the same in both.
Matrix lift_rows(const SpectrumSetting& setting, const Matrix& rows) {
  const Matrix& Q = setting.reduced.input_basis();
  const Index n_1 = setting.reduced.full().rows(0);
  const Index rest = rows.rows() - n_1 * Q.cols();
  Matrix lifted(n_1 * Q.rows() + rest, rows.cols());
  lifted.bottomRows(rest) = rows.bottomRows(rest);
  for (Index j = 0; j < rows.cols(); ++j) {
    const Eigen::Map<const Matrix> W(rows.col(j).data(), n_1, Q.cols());
    Eigen::Map<Matrix>(lifted.col(j).data(), n_1, Q.rows()).noalias() = W * Q.transpose();
  }
  return lifted;
}

}  // namespace

Vector with_zeros(const Vector& values, Index zeros) {
  const auto negatives = std::lower_bound(values.begin(), values.end(), 0.0) - values.begin();
  Vector merged = Vector::Zero(values.size() + zeros);
  merged.head(negatives) = values.head(negatives);
  merged.tail(values.size() - negatives) = values.tail(values.size() - negatives);
  return merged;
}

void merge_zeros_at_end(Vector& values, Vector& residuals, Index zeros, bool smallest) {
  const Index keep = values.size();
  const auto negatives = std::lower_bound(values.begin(), values.end(), 0.0) - values.begin();
  const Index added = std::min(zeros, keep);
  Vector all = with_zeros(values, added), errors = Vector::Zero(keep + added);
  errors.head(negatives) = residuals.head(negatives);
  errors.tail(keep - negatives) = residuals.tail(keep - negatives);
  values = smallest ? all.head(keep).eval() : all.tail(keep).eval();
  residuals = smallest ? errors.head(keep).eval() : errors.tail(keep).eval();
}

Matrix lift_vectors(const SpectrumSetting& setting, const Matrix& vectors) {
  const Architecture& architecture = setting.reduced.architecture();
  Matrix whole = Matrix::Zero(architecture.n_parameters(), vectors.cols());
  Index row = 0;
  for (const Index layer : setting.layers) {
    const Index begin = architecture.offset(layer);
    const Index size = architecture.offset(layer + 1) - begin;
    whole.middleRows(begin, size) = vectors.middleRows(row, size);
    row += size;
  }
  return setting.reduced.lift(whole);
}

Matrix lift_hessian(const SpectrumSetting& setting, const Matrix& hessian) {
  if (setting.n_removed == 0) return hessian;
  const Matrix half = lift_rows(setting, hessian).transpose();
  return lift_rows(setting, half);
}

}  // namespace saddlescope::analysis

#include "saddlescope/linalg/interval_matrix.hpp"

#include <algorithm>

namespace saddlescope {

namespace {

void check_same_shape(const char* operation, const IntervalMatrix& A, const IntervalMatrix& B) {
  require(A.rows() == B.rows() && A.cols() == B.cols(),
          "interval matrix {}: expected equal shapes, got {} x {} and {} x {}", operation, A.rows(),
          A.cols(), B.rows(), B.cols());
}

}  // namespace

IntervalMatrix::IntervalMatrix(Index rows, Index cols) : rows_(rows), cols_(cols) {
  require(rows >= 0 && cols >= 0, "interval matrix: expected a shape >= 0, got {} x {}", rows,
          cols);
  entries_.resize(static_cast<std::size_t>(rows * cols));
}

IntervalMatrix::IntervalMatrix(ConstMatrixRef exact) : IntervalMatrix(exact.rows(), exact.cols()) {
  for (Index j = 0; j < cols_; ++j)
    for (Index i = 0; i < rows_; ++i) (*this)(i, j) = exact(i, j);
}

IntervalMatrix IntervalMatrix::identity(Index n) {
  IntervalMatrix out(n, n);
  for (Index i = 0; i < n; ++i) out(i, i) = 1.0;
  return out;
}

IntervalMatrix IntervalMatrix::transpose() const {
  IntervalMatrix out(cols_, rows_);
  for (Index j = 0; j < cols_; ++j)
    for (Index i = 0; i < rows_; ++i) out(j, i) = (*this)(i, j);
  return out;
}

Matrix IntervalMatrix::mid() const {
  Matrix out(rows_, cols_);
  for (Index j = 0; j < cols_; ++j)
    for (Index i = 0; i < rows_; ++i) out(i, j) = (*this)(i, j).mid();
  return out;
}

bool IntervalMatrix::is_bounded() const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const Interval& x) { return x.is_bounded(); });
}

bool IntervalMatrix::contains(ConstMatrixRef A) const {
  require(A.rows() == rows_ && A.cols() == cols_,
          "interval matrix contains: expected a matrix of {} x {}, got {} x {}", rows_, cols_,
          A.rows(), A.cols());
  for (Index j = 0; j < cols_; ++j)
    for (Index i = 0; i < rows_; ++i)
      if (!(*this)(i, j).contains(A(i, j))) return false;
  return true;
}

IntervalMatrix& IntervalMatrix::operator+=(const IntervalMatrix& other) {
  check_same_shape("sum", *this, other);
  for (std::size_t i = 0; i < entries_.size(); ++i) entries_[i] += other.entries_[i];
  return *this;
}

IntervalMatrix& IntervalMatrix::operator-=(const IntervalMatrix& other) {
  check_same_shape("difference", *this, other);
  for (std::size_t i = 0; i < entries_.size(); ++i) entries_[i] -= other.entries_[i];
  return *this;
}

IntervalMatrix& IntervalMatrix::operator*=(const Interval& factor) {
  for (Interval& x : entries_) x *= factor;
  return *this;
}

IntervalMatrix operator+(IntervalMatrix A, const IntervalMatrix& B) {
  A += B;
  return A;
}

IntervalMatrix operator-(IntervalMatrix A, const IntervalMatrix& B) {
  A -= B;
  return A;
}

IntervalMatrix operator*(const Interval& factor, IntervalMatrix A) {
  A *= factor;
  return A;
}

IntervalMatrix operator*(const IntervalMatrix& A, const IntervalMatrix& B) {
  require(A.cols() == B.rows(),
          "interval matrix product: expected equal inner dimensions, got {} x {} times {} x {}",
          A.rows(), A.cols(), B.rows(), B.cols());
  IntervalMatrix out(A.rows(), B.cols());
  for (Index j = 0; j < B.cols(); ++j)
    for (Index k = 0; k < A.cols(); ++k) {
      const Interval factor = B(k, j);
      for (Index i = 0; i < A.rows(); ++i) out(i, j) += A(i, k) * factor;
    }
  return out;
}

Interval dot(const IntervalMatrix& A, const IntervalMatrix& B) {
  check_same_shape("inner product", A, B);
  Interval sum;
  for (std::size_t i = 0; i < A.entries().size(); ++i) sum += A.entries()[i] * B.entries()[i];
  return sum;
}

Interval squared_norm(const IntervalMatrix& A) {
  Interval sum;
  for (const Interval& x : A.entries()) sum += square(x);
  // A sum of squares is never negative, though a step down from a tiny one is.
  return sum.is_entire() ? sum : Interval(std::max(0.0, sum.lower()), sum.upper());
}

Interval norm(const IntervalMatrix& A) { return sqrt(squared_norm(A)); }

double row_sum_norm(const IntervalMatrix& A) {
  double largest = 0;
  for (Index i = 0; i < A.rows(); ++i) {
    Interval sum;
    for (Index j = 0; j < A.cols(); ++j) sum += A(i, j).magnitude();
    largest = std::max(largest, sum.upper());
  }
  return largest;
}

}  // namespace saddlescope

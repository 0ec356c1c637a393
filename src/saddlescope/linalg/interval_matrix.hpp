// Matrices of intervals: enclosures of sums, products and norms by explicit loops.
//
// An interval matrix stands for every real matrix with entries in its intervals, and each result
// encloses what exact arithmetic gives for all of them. Eigen's products are not used: they expect
// a scalar whose sums may be regrouped and whose comparisons are total. A vector is a matrix of one
// column. Shapes are checked by require(). An m x k by k x n product is m k n interval operations,
// about 8 ns each.
#pragma once

#include <cstddef>
#include <vector>

#include "saddlescope/base/types.hpp"
#include "saddlescope/linalg/interval.hpp"

namespace saddlescope {

class IntervalMatrix {
 public:
  IntervalMatrix() = default;                     // 0 x 0
  IntervalMatrix(Index rows, Index cols);         // zeros
  explicit IntervalMatrix(ConstMatrixRef exact);  // exactly these doubles; see Interval(double)
  [[nodiscard]] static IntervalMatrix identity(Index n);

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index cols() const { return cols_; }
  Interval& operator()(Index i, Index j) { return entries_[position(i, j)]; }
  const Interval& operator()(Index i, Index j) const { return entries_[position(i, j)]; }
  [[nodiscard]] const std::vector<Interval>& entries() const { return entries_; }  // column-major

  [[nodiscard]] IntervalMatrix transpose() const;
  [[nodiscard]] Matrix mid() const;
  [[nodiscard]] bool is_bounded() const;                // every entry is
  [[nodiscard]] bool contains(ConstMatrixRef A) const;  // entry by entry

  IntervalMatrix& operator+=(const IntervalMatrix& other);
  IntervalMatrix& operator-=(const IntervalMatrix& other);
  IntervalMatrix& operator*=(const Interval& factor);

 private:
  [[nodiscard]] std::size_t position(Index i, Index j) const {
    return static_cast<std::size_t>(j * rows_ + i);
  }
  Index rows_ = 0;
  Index cols_ = 0;
  std::vector<Interval> entries_;
};

[[nodiscard]] IntervalMatrix operator+(IntervalMatrix A, const IntervalMatrix& B);
[[nodiscard]] IntervalMatrix operator-(IntervalMatrix A, const IntervalMatrix& B);
[[nodiscard]] IntervalMatrix operator*(const Interval& factor, IntervalMatrix A);
[[nodiscard]] IntervalMatrix operator*(const IntervalMatrix& A, const IntervalMatrix& B);

// sum_ij A_ij B_ij, the inner product of vectors and the trace of A'B.
[[nodiscard]] Interval dot(const IntervalMatrix& A, const IntervalMatrix& B);
// sum_ij A_ij^2 and its root, the Euclidean (Frobenius) norm. Never negative.
[[nodiscard]] Interval squared_norm(const IntervalMatrix& A);
[[nodiscard]] Interval norm(const IntervalMatrix& A);
// An upper bound of max_i sum_j |A_ij|, the operator norm of max_i |x_i|.
[[nodiscard]] double row_sum_norm(const IntervalMatrix& A);

}  // namespace saddlescope

// Matrices of intervals: enclosures of sums, products and norms by explicit loops.
//
// An interval matrix stands for every real matrix with entries in its intervals, and each result
// encloses what exact arithmetic gives for all of them. Eigen's products are not used: they expect
// a scalar whose sums may be regrouped and whose comparisons are total. A vector is a matrix of one
// column. Shapes are checked by require(). An m x k by k x n product is m k n interval operations,
// about 6 ns each; entries are Interval, or PreciseInterval at some eight times the cost.
#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

#include "saddlescope/base/types.hpp"
#include "saddlescope/linalg/interval.hpp"
#include "saddlescope/linalg/precise_interval.hpp"

namespace saddlescope {

template <class T>
class IntervalMatrixOf {
 public:
  IntervalMatrixOf() = default;                     // 0 x 0
  IntervalMatrixOf(Index rows, Index cols);         // zeros
  explicit IntervalMatrixOf(ConstMatrixRef exact);  // exactly these doubles; see Interval(double)
  [[nodiscard]] static IntervalMatrixOf identity(Index n);

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index cols() const { return cols_; }
  T& operator()(Index i, Index j) { return entries_[position(i, j)]; }
  const T& operator()(Index i, Index j) const { return entries_[position(i, j)]; }
  [[nodiscard]] const std::vector<T>& entries() const { return entries_; }  // column-major

  [[nodiscard]] IntervalMatrixOf transpose() const;
  [[nodiscard]] Matrix mid() const;
  [[nodiscard]] bool is_bounded() const;                // every entry is
  [[nodiscard]] bool contains(ConstMatrixRef A) const;  // entry by entry

  IntervalMatrixOf& operator+=(const IntervalMatrixOf& other);
  IntervalMatrixOf& operator-=(const IntervalMatrixOf& other);
  IntervalMatrixOf& operator*=(const T& factor);

 private:
  [[nodiscard]] std::size_t position(Index i, Index j) const {
    return static_cast<std::size_t>(j * rows_ + i);
  }
  Index rows_ = 0;
  Index cols_ = 0;
  std::vector<T> entries_;
};

using IntervalMatrix = IntervalMatrixOf<Interval>;
using PreciseIntervalMatrix = IntervalMatrixOf<PreciseInterval>;

[[nodiscard]] IntervalMatrix enclosure(const PreciseIntervalMatrix& A);
[[nodiscard]] PreciseIntervalMatrix precise(const IntervalMatrix& A);  // the same sets

template <class T>
[[nodiscard]] IntervalMatrixOf<T> operator+(IntervalMatrixOf<T> A, const IntervalMatrixOf<T>& B);
template <class T>
[[nodiscard]] IntervalMatrixOf<T> operator-(IntervalMatrixOf<T> A, const IntervalMatrixOf<T>& B);
template <class T>
[[nodiscard]] IntervalMatrixOf<T> operator*(const std::type_identity_t<T>& factor,
                                            IntervalMatrixOf<T> A);
template <class T>
[[nodiscard]] IntervalMatrixOf<T> operator*(const IntervalMatrixOf<T>& A,
                                            const IntervalMatrixOf<T>& B);

// sum_ij A_ij B_ij, the inner product of vectors and the trace of A'B.
template <class T>
[[nodiscard]] T dot(const IntervalMatrixOf<T>& A, const IntervalMatrixOf<T>& B);
// sum_ij A_ij^2 and its root, the Euclidean (Frobenius) norm. Never negative.
[[nodiscard]] Interval squared_norm(const IntervalMatrix& A);
[[nodiscard]] Interval norm(const IntervalMatrix& A);
// An upper bound of max_i sum_j |A_ij|, the operator norm of max_i |x_i|.
[[nodiscard]] double row_sum_norm(const IntervalMatrix& A);

}  // namespace saddlescope

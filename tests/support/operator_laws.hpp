// The laws that every SymmetricOperator obeys, measured on random vectors.
//
//   linear      A(a u + b v) = a Au + b Av, and A 0 = 0 exactly
//   symmetric   u' A v = v' A u
//   blockwise   a block product equals the products of its columns
//   pure        equal inputs give bitwise equal outputs, whatever AV held before, and nothing
//   beside
//               AV is written
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/linalg/symmetric_operator.hpp"

namespace saddlescope::testing {

struct OperatorLawErrors {
  double linear = 0;     // |A(au + bv) - (a Au + b Av)| over |u| + |v|
  double symmetric = 0;  // |u'Av - v'Au| over |u||v|
  double blockwise = 0;  // largest |column of A[u v] - A column| over |column|
  bool zero_to_zero = false;
  bool pure = false;
  double gain = 0;  // largest |Av|/|v| seen, after a few power steps: about |A|_2
};

template <SymmetricOperator A>
[[nodiscard]] OperatorLawErrors operator_law_errors(const A& op, RandomStream& stream) {
  const Index n = op.dim();
  const auto times = [&](const Matrix& V) {
    Matrix AV = Matrix::Constant(n, V.cols(), std::numeric_limits<double>::quiet_NaN());
    op.apply(V, AV);
    return AV;
  };
  OperatorLawErrors errors;
  const double a = 0.75;
  const double b = -1.5;
  Matrix V = stream.normal_matrix(n, 4);
  V.col(2) = a * V.col(0) + b * V.col(1);
  V.col(3).setZero();
  const Matrix before = V;
  const Matrix AV = times(V);

  errors.linear =
      (AV.col(2) - a * AV.col(0) - b * AV.col(1)).norm() / (V.col(0).norm() + V.col(1).norm());
  errors.symmetric = std::abs(V.col(0).dot(AV.col(1)) - V.col(1).dot(AV.col(0))) /
                     (V.col(0).norm() * V.col(1).norm());
  for (Index j = 0; j < 3; ++j)
    errors.blockwise =
        std::max(errors.blockwise, (times(V.col(j)) - AV.col(j)).norm() / V.col(j).norm());
  errors.zero_to_zero = (AV.col(3).array() == 0).all();

  // Again into the middle of a larger matrix, whose border must not change.
  Matrix frame = Matrix::Constant(n + 2, 6, 7.0);
  op.apply(V, frame.block(1, 1, n, 4));
  const bool same = (frame.block(1, 1, n, 4).array() == AV.array()).all();
  frame.block(1, 1, n, 4).setConstant(7.0);
  errors.pure = same && (frame.array() == 7.0).all() && (V.array() == before.array()).all();

  Vector v = V.col(0).normalized();
  for (int step = 0; step < 6 && v.norm() > 0; ++step) {
    v = times(v).col(0);
    errors.gain = std::max(errors.gain, v.norm());
    v.normalize();
  }
  return errors;
}

// Checks the laws. Rounding: a product of n-term sums errs by at most about n eps magnitude |v|,
// where `magnitude` bounds the 2-norm of the terms before they cancel; 0 takes the norm of A
// itself, which is right where nothing cancels.
template <SymmetricOperator A>
void check_operator_laws(const A& op, RandomStream& stream, double magnitude = 0) {
  const OperatorLawErrors errors = operator_law_errors(op, stream);
  const double tolerance = 4 * static_cast<double>(op.dim() + 8) *
                           std::numeric_limits<double>::epsilon() *
                           std::max(magnitude, errors.gain);
  CHECK(errors.linear <= tolerance);
  CHECK(errors.symmetric <= tolerance);
  CHECK(errors.blockwise <= tolerance);
  CHECK(errors.zero_to_zero);
  CHECK(errors.pure);
}

}  // namespace saddlescope::testing

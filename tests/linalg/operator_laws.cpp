#include "support/operator_laws.hpp"

#include <Eigen/Dense>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "linalg/matrices.hpp"

namespace saddlescope::testing {

TEST_CASE("a type-erased operator obeys the laws of the one it holds") {
  RandomStream stream(1, "operator laws");
  const Matrix M = random_symmetric(30, stream);
  const AnySymmetricOperator op = operator_of(M);
  check_operator_laws(op, stream);
  check_operator_laws(AnySymmetricOperator(op), stream);
  const Matrix zero = Matrix::Zero(5, 5);
  check_operator_laws(operator_of(zero), stream);
}

TEST_CASE("the laws find an operator that breaks them") {
  RandomStream stream(2, "operator laws");
  const Matrix M = random_symmetric(30, stream);
  const auto errors_of = [&](const AnySymmetricOperator::Apply& apply) {
    return operator_law_errors(AnySymmetricOperator(30, apply), stream);
  };
  Matrix skewed = M;
  skewed(3, 8) += 1e-6;
  CHECK(errors_of([&](ConstMatrixRef V, MatrixRef AV) { AV = skewed * V; }).symmetric > 1e-9);
  CHECK(errors_of([&](ConstMatrixRef V, MatrixRef AV) { AV = (M * V).array() + 1e-6; }).linear >
        1e-8);
  CHECK_FALSE(
      errors_of([&](ConstMatrixRef V, MatrixRef AV) { AV = (M * V).array() + 1e-6; }).zero_to_zero);
  CHECK(errors_of([&](ConstMatrixRef V, MatrixRef AV) { AV = M * V * V.norm(); }).blockwise > 0.1);
  int calls = 0;
  CHECK_FALSE(
      errors_of([&](ConstMatrixRef V, MatrixRef AV) { AV = M * V * (1 + 1e-15 * ++calls); }).pure);
}

}  // namespace saddlescope::testing

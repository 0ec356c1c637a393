// Ends and inertia of a Hessian with a known spectrum, by both routes.
#include "saddlescope/hessian/extreme_curvature.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "support/formula_objective.hpp"

#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

constexpr Index kDim = 120;

// n eigenvalues -1 - i/10, zeros, and the rest positive, in a random basis.
testing::FormulaPoint point_with(Index negative, Index zero, bool finite = true) {
  Vector values(kDim);
  for (Index i = 0; i < kDim; ++i)
    values[i] = i < negative          ? -1 - 0.1 * static_cast<double>(i)
                : i < negative + zero ? 0
                                      : 1 + 0.05 * static_cast<double>(i);
  const Matrix Q = RandomStream(1, "basis").orthogonal_matrix(kDim, kDim);
  Matrix H = Q * values.asDiagonal() * Q.transpose();
  if (!finite) H(3, 4) = H(4, 3) = std::nan("");
  testing::Formulas formulas;
  formulas.dim = kDim;
  formulas.value = [](const Vector&) { return 0.0; };
  formulas.gradient = [](const Vector& v) { return Vector(Vector::Zero(v.size())); };
  formulas.hessian = [H](const Vector&) { return H; };
  return {formulas, Vector::Zero(kDim)};
}

ExtremeCurvatureOptions lanczos() {
  ExtremeCurvatureOptions options;
  options.dense_limit = 0;
  return options;
}

}  // namespace

TEST_CASE("both routes find the ends within their error, and Lanczos counts what it sees past") {
  for (const Index negative : {0, 3, 9, 20}) {
    CAPTURE(negative);
    const testing::FormulaPoint point = point_with(negative, 5);
    const double least = negative > 0 ? -1 - 0.1 * static_cast<double>(negative - 1) : 0;
    const double greatest = 1 + 0.05 * static_cast<double>(kDim - 1);
    for (const bool dense : {true, false}) {
      const ExtremeCurvature found =
          extreme_curvature(point, dense ? ExtremeCurvatureOptions{} : lanczos());
      CHECK(std::abs(found.lambda_min - least) <= found.error);
      CHECK(std::abs(found.lambda_max - greatest) <= found.error);
      CHECK(found.error <= 1e-6);
      // Ten are looked for at each end; 95 or more positive ones are never all seen.
      const bool seen = dense || negative < 10;
      CHECK(found.inertia.n_negative == (seen ? negative : -1));
      CHECK(found.inertia.n_positive == (dense ? kDim - negative - 5 : -1));
      CHECK(found.inertia.n_zero == (dense ? 5 : -1));
    }
  }
}

TEST_CASE("a Hessian that is not finite is said to be") {
  const testing::FormulaPoint point = point_with(2, 2, false);
  for (const ExtremeCurvatureOptions& options : {ExtremeCurvatureOptions{}, lanczos()}) {
    const ExtremeCurvature found = extreme_curvature(point, options);
    CHECK(found.summary.status == Status::kNotFinite);
    CHECK(std::isnan(found.lambda_min));
    CHECK(found.inertia.n_negative == -1);
  }
}

}  // namespace saddlescope

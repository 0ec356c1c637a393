#include "saddlescope/linalg/minres.hpp"

#include <cmath>
#include <limits>

#include <Eigen/Dense>
#include <doctest/doctest.h>

#include "linalg/matrices.hpp"

#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::testing {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// A^+ b with eigenvalues below 1e-10 |A| counted as zero: the spectra here have none between that
// and 0.01.
Vector pseudo_inverse_times(const Matrix& A, const Vector& b) {
  const Eigenpairs pairs = symmetric_eigenpairs(A);
  const double cut = 1e-10 * pairs.values.cwiseAbs().maxCoeff();
  Vector coefficients = pairs.vectors.transpose() * b;
  for (Index i = 0; i < b.size(); ++i)
    coefficients[i] = std::abs(pairs.values[i]) > cut ? coefficients[i] / pairs.values[i] : 0;
  return pairs.vectors * coefficients;
}

// `zeros` of n eigenvalues vanish, the others have magnitudes in [0.1, 2] and both signs.
Matrix indefinite(Index n, Index zeros, RandomStream& stream) {
  Vector spectrum = Vector::Zero(n);
  for (Index k = zeros; k < n; ++k) spectrum[k] = stream.uniform(0.1, 2) * (k % 2 == 0 ? 1 : -1);
  return with_spectrum(spectrum, stream);
}

TEST_CASE("MINRES solves indefinite systems as a dense factorisation does") {
  RandomStream stream(1, "minres");
  for (const Index n : {1, 2, 7, 40, 90}) {
    const Matrix A = indefinite(n, 0, stream);
    const Vector b = stream.normal_matrix(n, 1);
    const Vector expected = A.fullPivLu().solve(b);
    for (const bool reorthogonalise : {true, false}) {
      MinresOptions options;
      options.reorthogonalise = reorthogonalise;
      options.max_iterations = 10 * n;
      const MinresResult result = minres(operator_of(A), b, options);
      CHECK(result.summary.ok());
      CHECK(result.end == MinresEnd::kSolution);
      CHECK_FALSE(result.lifted);
      // Backward error 1e-14 or n eps, condition number at most 20.
      const double tolerance = 20 * 40 * (1e-14 + static_cast<double>(n) * kEps);
      CHECK((result.x - expected).norm() <= tolerance * expected.norm());
      CHECK(result.residual == doctest::Approx((b - A * result.x).norm()).epsilon(0.5));
    }
  }
}

TEST_CASE("MINRES gives the pseudo-inverse solution of singular systems") {
  RandomStream stream(2, "minres");
  for (const Index n : {3, 12, 50})
    for (const Index zeros : {Index{1}, n / 2}) {
      const Matrix A = indefinite(n, zeros, stream);
      const Vector any = stream.normal_matrix(n, 1);
      // Condition number 20; its square where the lifting removes what r holds of the range.
      const double tolerance = 400 * 400 * static_cast<double>(n) * kEps;

      const Vector compatible = A * any;
      const MinresResult inside = minres(operator_of(A), compatible);
      CHECK(inside.end == MinresEnd::kSolution);
      CHECK((inside.x - pseudo_inverse_times(A, compatible)).norm() <= tolerance * any.norm());

      const MinresResult outside = minres(operator_of(A), any);
      CHECK(outside.end == MinresEnd::kLeastSquares);
      CHECK(outside.lifted);
      const Vector expected = pseudo_inverse_times(A, any);
      CHECK((outside.x - expected).norm() <= tolerance * any.norm());
      CHECK(outside.residual == doctest::Approx((any - A * expected).norm()).epsilon(1e-10));
      CHECK(outside.normal_residual <= 1e-10 * outside.norm * outside.residual);
    }
}

TEST_CASE("MINRES takes a step for each distinct eigenvalue in the right-hand side") {
  RandomStream stream(3, "minres");
  Vector spectrum(30);
  spectrum << Vector::Constant(10, 2), Vector::Constant(10, -2), Vector::Constant(10, 0.5);
  const Matrix A = with_spectrum(spectrum, stream);
  const Vector b = stream.normal_matrix(30, 1);
  const MinresResult result = minres(operator_of(A), b);
  CHECK(result.iterations == 3);
  CHECK((result.x - pseudo_inverse_times(A, b)).norm() <= 1000 * kEps * 30 * b.norm());

  spectrum.head(10).setZero();
  const Matrix singular = with_spectrum(spectrum, stream);
  const MinresResult flat = minres(operator_of(singular), b);
  CHECK(flat.iterations == 3);
  CHECK(flat.end == MinresEnd::kLeastSquares);
  CHECK((flat.x - pseudo_inverse_times(singular, b)).norm() <= 1000 * kEps * 30 * b.norm());
}

TEST_CASE("MINRES leaves zero for a zero matrix and for a zero right-hand side") {
  RandomStream stream(4, "minres");
  const Vector b = stream.normal_matrix(5, 1);
  const Matrix zero = Matrix::Zero(5, 5);
  const MinresResult flat = minres(operator_of(zero), b);
  CHECK(flat.end == MinresEnd::kLeastSquares);
  CHECK((flat.x.array() == 0).all());
  CHECK(flat.residual == doctest::Approx(b.norm()));
  CHECK(flat.normal_residual == 0);

  const MinresResult nothing = minres(operator_of(zero), Vector::Zero(5));
  CHECK(nothing.end == MinresEnd::kSolution);
  CHECK((nothing.x.array() == 0).all());
  CHECK(nothing.products == 0);
}

// Powers of two scale every intermediate number exactly, so the bits agree.
TEST_CASE("the MINRES solution scales inversely with the matrix and linearly with the data") {
  RandomStream stream(5, "minres");
  for (const Index zeros : {0, 4}) {
    const Matrix A = indefinite(15, zeros, stream);
    const Vector b = stream.normal_matrix(15, 1);
    const MinresResult base = minres(operator_of(A), b);
    for (const int power : {-300, -20, 20, 300}) {
      const double factor = std::ldexp(1, power);
      const Matrix scaled = factor * A;
      const MinresResult by_matrix = minres(operator_of(scaled), b);
      CHECK(by_matrix.end == base.end);
      CHECK((by_matrix.x * factor - base.x).norm() <= 1e-13 * base.x.norm());
      const MinresResult by_data = minres(operator_of(A), factor * b);
      CHECK((by_data.x / factor - base.x).norm() <= 1e-13 * base.x.norm());
    }
  }
}

TEST_CASE("MINRES reports a residual of non-positive curvature exactly when it meets one") {
  RandomStream stream(6, "minres");
  const Matrix G = stream.normal_matrix(20, 20);
  const Matrix positive = G * G.transpose() / 20 + 0.1 * Matrix::Identity(20, 20);
  const Vector b = stream.normal_matrix(20, 1);
  CHECK_FALSE(minres(operator_of(positive), b).nonpositive_curvature);

  const Matrix A = indefinite(20, 0, stream);
  MinresOptions options;
  options.stop_at_nonpositive_curvature = true;
  const MinresResult result = minres(operator_of(A), b, options);
  REQUIRE(result.nonpositive_curvature);
  CHECK(result.end == MinresEnd::kNonPositiveCurvature);
  const Vector& direction = result.curvature_direction;
  CHECK(direction.norm() == doctest::Approx(1));
  CHECK(direction.dot(A * direction) == doctest::Approx(result.curvature).epsilon(1e-10));
  CHECK(result.curvature <= 0);
  // It is the residual of the x that is returned.
  const Vector residual = b - A * result.x;
  CHECK((residual / residual.norm() - direction).norm() <= 1e-12);
}

TEST_CASE("MINRES says where it stopped short and refuses what is not a number") {
  RandomStream stream(7, "minres");
  const Matrix A = indefinite(30, 0, stream);
  const Vector b = stream.normal_matrix(30, 1);
  MinresOptions options;
  options.max_iterations = 3;
  const MinresResult result = minres(operator_of(A), b, options);
  CHECK(result.end == MinresEnd::kIterationLimit);
  CHECK(result.summary.status == Status::kNotConverged);
  CHECK(result.iterations == 3);

  Matrix broken = A;
  broken(2, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(minres(operator_of(broken), b).end == MinresEnd::kNotFinite);
  CHECK_THROWS_AS((void)minres(operator_of(A), Vector::Zero(3)), std::invalid_argument);
  CHECK_THROWS_AS((void)minres(operator_of(A), broken.col(2)), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope::testing

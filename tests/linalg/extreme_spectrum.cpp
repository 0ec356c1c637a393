#include "saddlescope/linalg/extreme_spectrum.hpp"

#include <cmath>
#include <limits>

#include <Eigen/Dense>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "linalg/matrices.hpp"

#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/power_of_two.hpp"

namespace saddlescope::testing {

namespace {

double largest(const Matrix& M) { return M.size() == 0 ? 0.0 : M.cwiseAbs().maxCoeff(); }

// Residuals as stated, orthonormal vectors, ascending values.
void check_pairs(const Matrix& M, const ExtremeSpectrum& found, double tolerance) {
  const double rounding = 8 * eigenvalue_error_bound(M.rows(), found.norm);
  const auto check_end = [&](const Vector& values, const Matrix& V, const Vector& residuals) {
    const Vector truth = column_norms(M * V - V * values.asDiagonal());
    CHECK(largest(truth - residuals) <= rounding);
    CHECK(truth.maxCoeff() <= tolerance * found.norm + rounding);
    CHECK((V.transpose() * V - Matrix::Identity(V.cols(), V.cols())).norm() <= 1e-12);
    CHECK(std::is_sorted(values.begin(), values.end()));
  };
  check_end(found.smallest, found.smallest_vectors, found.smallest_residuals);
  check_end(found.largest, found.largest_vectors, found.largest_residuals);
}

// The extremes of M are the sorted `spectrum`'s, copies included.
void check_extremes(const Matrix& M, Vector spectrum, const ExtremeOptions& options) {
  const ExtremeSpectrum found = extreme_spectrum(operator_of(M), options);
  CAPTURE(found.summary.message);
  REQUIRE(found.summary.ok());
  CHECK(found.complete);
  check_pairs(M, found, options.tolerance);
  spectrum = sorted(spectrum);
  const double norm = spectrum.cwiseAbs().maxCoeff();
  // A Ritz value errs by at most its residual.
  const double tolerance = options.tolerance * norm + 4 * eigenvalue_error_bound(M.rows(), norm);
  CHECK(largest(found.smallest - spectrum.head(options.count)) <= tolerance);
  CHECK(largest(found.largest - spectrum.tail(options.count)) <= tolerance);
  CHECK(std::abs(found.norm - norm) <= tolerance);
}

}  // namespace

// 3, 4, 5 times a power of two: every step of the scaled norm is exact.
TEST_CASE("the scaled norm neither overflows nor underflows") {
  for (const int exponent : {-1070, -1000, -540, 0, 511, 1000, 1020}) {
    const Vector v{{std::ldexp(3.0, exponent), 0.0, std::ldexp(-4.0, exponent)}};
    CHECK(scaled_norm(v) == std::ldexp(5.0, exponent));
  }
  CHECK(scaled_norm(Vector::Zero(3)) == 0);
  CHECK(scaled_norm(Vector(0)) == 0);
}

TEST_CASE("matrix-free extremes agree with the dense spectrum") {
  RandomStream stream(1, "extreme spectrum");
  for (const Index n : {1, 2, 30, 64, 65, 150, 400}) {
    const Matrix M = random_symmetric(n, stream);
    ExtremeOptions options;
    options.count = std::min<Index>(n, 8);
    check_extremes(M, symmetric_eigenvalues(M), options);
  }
}

// Single-vector Krylov sequences see one copy each.
TEST_CASE("repeated extreme eigenvalues are all found from two seeds") {
  RandomStream stream(2, "extreme spectrum");
  Vector tenfold = Vector::Zero(300);
  tenfold.head(10).setConstant(-1.0);
  tenfold.segment(10, 10).setConstant(-0.25);
  tenfold.segment(20, 10).setConstant(2.0);
  Vector pairs = Vector::Zero(300);
  pairs.head(4) << 2, 2, -2, -2;
  // Beside a spread bulk the first search returns one copy and then the edge of the bulk.
  Vector over_bulk = Vector::LinSpaced(300, -0.9, 0.9);
  over_bulk.head(4).setConstant(-1);
  over_bulk.tail(4).setConstant(1);
  for (const std::uint64_t seed : {11U, 12U}) {
    CAPTURE(seed);
    ExtremeOptions options;
    options.seed = seed;
    options.count = 4;
    check_extremes(over_bulk.asDiagonal(), over_bulk, options);
    options.count = 15;
    check_extremes(with_spectrum(tenfold, stream), tenfold, options);
    check_extremes(tenfold.asDiagonal(), tenfold, options);
    options.count = 3;
    check_extremes(with_spectrum(pairs, stream), pairs, options);
    check_extremes(pairs.asDiagonal(), pairs, options);
  }
}

// The Hessian of F* at the origin has each of its eigenvalues n_{L-1} times beside many zeros.
TEST_CASE("many distinct eigenvalues each repeated are listed with their copies") {
  Vector spectrum = Vector::Zero(400);
  for (Index k = 0; k < 60; ++k) {
    const Index group = 1 + k / 6;
    spectrum[k] = -1.0 / static_cast<double>(group);
  }
  ExtremeOptions options;
  options.count = 20;
  RandomStream stream(3, "extreme spectrum");
  check_extremes(with_spectrum(spectrum, stream), spectrum, options);
}

TEST_CASE("multiples of the identity and the zero operator have all their pairs at once") {
  for (const double c : {0.0, 1.0, -3.0}) {
    const Matrix M = c * Matrix::Identity(200, 200);
    ExtremeOptions options;
    options.count = 4;
    check_extremes(M, Vector::Constant(200, c), options);
  }
  const Matrix zero = Matrix::Zero(200, 200);
  const ExtremeSpectrum found = extreme_spectrum(operator_of(zero), {});
  CHECK(found.smallest == Vector::Zero(10));
  CHECK(found.largest == Vector::Zero(10));
  CHECK(found.norm == 0);
}

TEST_CASE("small negative eigenvalues beside a large norm and many zeros get their sign") {
  RandomStream stream(4, "extreme spectrum");
  Vector spectrum = Vector::Zero(300);
  for (Index k = 0; k < 40; ++k) spectrum[k] = stream.uniform(1, 100);
  spectrum[0] = 100;
  spectrum.segment(40, 3).setConstant(-1e-3);
  const Matrix M = with_spectrum(spectrum, stream);
  ExtremeOptions options;
  options.count = 5;
  check_extremes(M, spectrum, options);
  const ExtremeSpectrum found = extreme_spectrum(operator_of(M), options);
  for (Index k = 0; k < 3; ++k) CHECK(found.smallest[k] + found.smallest_residuals[k] < 0);
}

TEST_CASE("extremes of c H are c times those of H") {
  RandomStream stream(5, "extreme spectrum");
  const Matrix M = random_symmetric(120, stream);
  const Vector reference = symmetric_eigenvalues(M);
  for (const double c : {1.0, 1e-4, 1e-8, 1e-12, 1e-200, 1e200}) {
    CAPTURE(c);
    check_extremes(c * M, c * reference, {.count = 5});
  }
}

TEST_CASE("the same seed gives the same bits") {
  RandomStream stream(6, "extreme spectrum");
  const Matrix M = random_symmetric(150, stream);
  const ExtremeSpectrum first = extreme_spectrum(operator_of(M), {.count = 3, .seed = 5});
  const ExtremeSpectrum second = extreme_spectrum(operator_of(M), {.count = 3, .seed = 5});
  CHECK(first.smallest == second.smallest);
  CHECK(first.largest_vectors == second.largest_vectors);
  CHECK(first.products == second.products);
}

// A thousand eigenvalues equally spaced need far more than one restart at this tolerance.
TEST_CASE("a search that stops short says so and claims no completeness") {
  const Matrix M = Vector::LinSpaced(1000, -1, 1).asDiagonal();
  const ExtremeSpectrum found =
      extreme_spectrum(operator_of(M), {.count = 6, .tolerance = 1e-13, .max_restarts = 1});
  CHECK(found.summary.status == Status::kNotConverged);
  CHECK_FALSE(found.complete);
  CHECK(found.smallest.size() < 6);
  CHECK(found.summary.message.find("smallest end") != std::string::npos);
  CHECK(found.summary.message.find("of 6 pairs") != std::string::npos);
}

TEST_CASE("the products reported are the columns applied and progress is told per search") {
  RandomStream stream(7, "extreme spectrum");
  const Matrix M = random_symmetric(150, stream);
  Index columns = 0;
  const AnySymmetricOperator counting(150, [&](ConstMatrixRef V, MatrixRef MV) {
    columns += V.cols();
    MV = M * V;
  });
  int lines = 0;
  const ExtremeSpectrum found =
      extreme_spectrum(counting, {.count = 3, .progress = [&](const std::string&) { ++lines; }});
  CHECK(found.products == columns);
  CHECK(lines == 4);  // a search and a check at either end
}

TEST_CASE("a NaN in a product ends the search with kNotFinite") {
  for (const Index n : {10, 200}) {
    const AnySymmetricOperator bad(n, [](ConstMatrixRef V, MatrixRef MV) {
      MV = V;
      MV(0, 0) = std::numeric_limits<double>::quiet_NaN();
    });
    const ExtremeSpectrum found = extreme_spectrum(bad, {});
    CHECK(found.summary.status == Status::kNotFinite);
    CHECK_FALSE(found.complete);
    CHECK(found.smallest.size() == 0);
  }
}

TEST_CASE("options outside their ranges are refused") {
  const Matrix M = Matrix::Identity(3, 3);
  const auto op = operator_of(M);
  CHECK_THROWS_AS((void)extreme_spectrum(op, {.count = 0}), std::invalid_argument);
  CHECK_THROWS_AS((void)extreme_spectrum(op, {.tolerance = 0}), std::invalid_argument);
  CHECK_THROWS_AS((void)extreme_spectrum(op, {.max_restarts = 0}), std::invalid_argument);
  CHECK(extreme_spectrum_bytes(1000, {.count = 10}) > 8.0 * 1000 * 2 * 10);
}

}  // namespace saddlescope::testing

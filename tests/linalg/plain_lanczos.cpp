// The plain Lanczos recurrence on spectra that are known.
#include "saddlescope/linalg/plain_lanczos.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

PlainLanczos on_diagonal(const Vector& d, PlainLanczosOptions options = {}) {
  RandomStream stream(1, "plain Lanczos");
  return {d.size(), [d](const Vector& v, Vector& Av) { Av = d.cwiseProduct(v); }, stream,
          std::move(options)};
}

void check_largest(PlainLanczos& lanczos, const Vector& d, double tolerance) {
  CHECK(lanczos.search(tolerance));
  const Vector v = lanczos.vector();
  CHECK(std::abs(v.norm() - 1) <= 10 * kEps);
  const double quotient = v.dot(d.cwiseProduct(v));
  CHECK(std::abs(quotient - d.maxCoeff()) <= tolerance * d.maxCoeff() + 10 * kEps * d.norm());
  CHECK(std::abs(lanczos.value() - quotient) <= 100 * kEps * d.cwiseAbs().maxCoeff());
}

TEST_CASE("finds the largest eigenvalue of a dense spectrum") {
  const Vector d = Vector::LinSpaced(2000, -3, 1);
  auto lanczos = on_diagonal(d);
  check_largest(lanczos, d, 1e-10);
  CHECK(lanczos.products() < 400);
}

TEST_CASE("multiplicities, the identity and a single unknown end the search at once") {
  Vector d = Vector::Ones(300);
  auto identity = on_diagonal(d);
  check_largest(identity, d, 1e-12);
  CHECK(identity.products() <= 3);
  d.tail(100).setConstant(5);
  auto two_values = on_diagonal(d);
  check_largest(two_values, d, 1e-12);
  CHECK(two_values.products() <= 6);
  const Vector one = Vector::Constant(1, 4.0);
  auto single = on_diagonal(one);
  check_largest(single, one, 1e-12);
}

TEST_CASE("goes on from the best vector when the basis is full") {
  const Vector d = Vector::LinSpaced(500, 0, 1);
  PlainLanczosOptions options;
  options.max_basis = 20;
  auto lanczos = on_diagonal(d, options);
  // The search ends on an estimate: the gap between Ritz values of a small basis is wider than that
  // between eigenvalues, here by some factor of ten.
  CHECK(lanczos.search(1e-9));
  const Vector v = lanczos.vector();
  CHECK(std::abs(v.dot(d.cwiseProduct(v)) - 1) <= 1e-7);
  CHECK(lanczos.products() > 20);
}

TEST_CASE("a search that may not go on and a product that is not finite say so") {
  const Vector d = Vector::LinSpaced(500, 0, 1);
  PlainLanczosOptions options;
  options.max_products = 5;
  auto short_search = on_diagonal(d, options);
  CHECK_FALSE(short_search.search(1e-12));
  CHECK(short_search.finite());
  auto broken = on_diagonal(Vector::Constant(3, std::numeric_limits<double>::infinity()));
  CHECK_FALSE(broken.search(1e-12));
  CHECK_FALSE(broken.finite());
}

}  // namespace
}  // namespace saddlescope

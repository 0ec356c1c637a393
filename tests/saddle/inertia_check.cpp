#include "saddlescope/saddle/inertia_check.hpp"

#include <cmath>

#include <doctest/doctest.h>

namespace saddlescope {

TEST_CASE("the threshold of a comparison keeps an error's distance from every eigenvalue") {
  constexpr double kError = 1e-10;
  Vector eigenvalues(5);
  // At 4 and 8 errors, so that both are taken; 16 errors is free.
  eigenvalues << -1, -8e-10, 0, 4.5e-10, 2;
  const auto threshold = threshold_in_gap(eigenvalues, kError);
  REQUIRE(threshold);
  CHECK(*threshold == 16 * kError);
  CHECK(((eigenvalues.array().abs() - *threshold).abs() > kError).all());
}

TEST_CASE("there is no threshold once it would call a thousandth of the spectrum zero") {
  const Vector eigenvalues = Vector::LinSpaced(2001, -1, 1);  // 1e-3 apart
  CHECK(threshold_in_gap(eigenvalues, 1e-4));
  CHECK_FALSE(threshold_in_gap(eigenvalues, 2.6e-4));
  // Each doubling from 4e-5 finds an eigenvalue within the error.
  Vector dense(6);
  dense << 1, 4e-5, 8e-5, 1.6e-4, 3.2e-4, 6.4e-4;
  CHECK_FALSE(threshold_in_gap(dense, 1e-5));
  CHECK(threshold_in_gap(Vector::Zero(3), 0).value() == 0);
  CHECK_FALSE(threshold_in_gap(Vector::Zero(3), 1e-16));
  CHECK_FALSE(threshold_in_gap(dense, std::nan("")));
}

}  // namespace saddlescope

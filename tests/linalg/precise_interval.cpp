// Precise intervals contain what rational arithmetic gives, exactly, and are narrow to eps^2.
#include "saddlescope/linalg/precise_interval.hpp"

#include <cmath>
#include <limits>

#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/linalg/verified_solve.hpp"

namespace saddlescope {
namespace {

using Rational = boost::multiprecision::cpp_rational;

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kInf = std::numeric_limits<double>::infinity();

// No rounding: doubles are rationals.
bool contains(const PreciseInterval& x, const Rational& truth) {
  if (!x.is_bounded()) return true;
  const Rational t = truth - Rational(x.center());
  return Rational(x.rest().lower()) <= t && t <= Rational(x.rest().upper());
}

bool contains(const Interval& x, const Rational& truth) {
  return Rational(x.lower()) <= truth && truth <= Rational(x.upper());
}

// A number with a part below its last digit, at sizes up to 2^range.
PreciseInterval draw(RandomStream& stream, double range, Rational& truth) {
  const auto size = [&] { return std::exp2(std::floor(stream.uniform(-range, range))); };
  double c = stream.normal() * size();
  if (stream.index(8) == 0) c = 0;
  if (stream.index(8) == 0) c = std::round(c);
  const double t = stream.index(4) == 0 ? 0 : stream.normal() * kEps * size();
  const double w = stream.index(4) == 0 ? 0 : std::abs(stream.normal()) * kEps * std::abs(t);
  truth = Rational(c) + Rational(t);
  return PreciseInterval(c, w == 0 ? Interval(t) : Interval(next_down(t - w), next_up(t + w)));
}

TEST_CASE("sums and products and quotients contain the rational ones at every size") {
  RandomStream stream(71, "precise intervals");
  for (const double range : {0.0, 40.0, 1000.0})
    // Rationals of a thousand digits are slow.
    for (int k = 0; k < (range > 100 ? 2000 : 20000); ++k) {
      Rational a;
      Rational b;
      const PreciseInterval x = draw(stream, range, a);
      const PreciseInterval y = draw(stream, range, b);
      const double d = stream.normal() * std::exp2(std::floor(stream.uniform(-range, range)));
      const bool sound = contains(x, a) && contains(x + y, a + b) && contains(x - y, a - b) &&
                         contains(x * y, a * b) && contains(-x, -a) &&
                         contains(x / d, a / Rational(d)) && contains(x * y + x, a * b + a);
      REQUIRE(sound);
      if (!(x * y).is_bounded()) continue;
      const Interval product = (x * y).enclosure();
      CHECK((!product.is_bounded() || contains(product, a * b)));
    }
}

TEST_CASE("sums and products of doubles are enclosed to eps squared") {
  RandomStream stream(72, "narrow");
  for (int k = 0; k < 1000; ++k) {
    const double a = stream.normal();
    const double b = stream.normal();
    const double c = stream.normal();
    const PreciseInterval x = PreciseInterval(a) * b + c;
    // One sum of two roundings, each below eps/2 of |ab| or |ab + c|, takes steps of eps.
    CHECK(x.rest().radius() <= 4 * kEps * kEps * (std::abs(a * b) + std::abs(c)));
    CHECK((PreciseInterval(a) * b - PreciseInterval(b) * a).enclosure().contains(0.0));
    CHECK((PreciseInterval(a) / b * b - a).enclosure().magnitude() <=
          8 * kEps * kEps * std::abs(a));
  }
  // Exact where double is: no step outward.
  CHECK((PreciseInterval(3.0) * 0.5 + 1.0) == PreciseInterval(2.5));
  CHECK((PreciseInterval(1.0) / 4.0) == PreciseInterval(0.25));
  CHECK((PreciseInterval(-1.0) + 1.0).is_zero());
  CHECK((PreciseInterval(0.0) * Interval(1, 2)).is_zero());
}

TEST_CASE("what has no bounds stays without") {
  const double largest = std::numeric_limits<double>::max();
  for (const double bad : {kInf, -kInf, std::nan("")}) CHECK(!PreciseInterval(bad).is_bounded());
  const PreciseInterval entire(std::nan(""));
  CHECK(!(entire * 0.0).is_bounded());
  CHECK(!(PreciseInterval(0.0) * entire).is_bounded());
  CHECK(!(entire + 1.0).is_bounded());
  CHECK(!(entire / 2.0).is_bounded());
  CHECK(!(PreciseInterval(largest) + largest).is_bounded());
  CHECK(!(PreciseInterval(largest) * 2.0).is_bounded());
  CHECK(!(PreciseInterval(1.0) / 0.0).is_bounded());
  CHECK(!PreciseInterval(Interval(0, kInf)).is_bounded());
}

// Entries of the solution of (I + E) x = b with known x: b is formed without error.
TEST_CASE("a system of precise intervals is solved to some twenty eight digits") {
  RandomStream stream(73, "precise solve");
  for (const Index n : {1, 2, 5, 8}) {
    const Matrix A = Matrix::Identity(n, n) * 3 + stream.normal_matrix(n, n) * 0.5;
    const Matrix x = stream.normal_matrix(n, 2);
    const PreciseIntervalMatrix B = PreciseIntervalMatrix(A) * PreciseIntervalMatrix(x);
    const PreciseVerifiedSolution got = verified_solve(PreciseIntervalMatrix(A), B);
    REQUIRE(got.summary.ok());
    for (Index j = 0; j < 2; ++j)
      for (Index i = 0; i < n; ++i) {
        CHECK(contains(got.x(i, j), Rational(x(i, j))));
        // Residual n eps^2, times cond(A) below 1e2 and n for the row sums.
        CHECK((got.x(i, j) - x(i, j)).enclosure().magnitude() <=
              1e4 * static_cast<double>(n * n) * kEps * kEps * x.norm());
      }
  }
  const PreciseIntervalMatrix singular(Matrix::Ones(2, 2));
  CHECK(verified_solve(singular, singular).summary.status == Status::kUndecided);
}

}  // namespace
}  // namespace saddlescope

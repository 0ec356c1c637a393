// Enclosures contain what arithmetic of 113 bits finds, whatever the optimiser does.
#include "saddlescope/linalg/interval.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();
constexpr double kLargest = std::numeric_limits<double>::max();

// Numbers of every kind: order 1, small integers, wide and extreme magnitudes, subnormals.
double draw(RandomStream& stream) {
  const double sign = stream.index(2) == 0 ? 1 : -1;
  switch (stream.index(8)) {
    case 0:
      return sign * static_cast<double>(stream.index(4));
    case 1:
      return sign * std::ldexp(stream.uniform(1, 2), static_cast<int>(stream.index(80)) - 40);
    case 2:
      return sign * std::ldexp(stream.uniform(1, 2), static_cast<int>(stream.index(1000)) - 500);
    case 3:
      return sign * std::ldexp(stream.uniform(1, 2), -1060 - static_cast<int>(stream.index(14)));
    default:
      return sign * stream.uniform(0.1, 4);
  }
}

// An interval of the given width class around a member: a point, a few steps, or wide.
Interval around(double member, RandomStream& stream) {
  const Index kind = stream.index(3);
  if (kind == 0) return member;
  double low = member;
  double high = member;
  if (kind == 1) {
    low = next_down(low);
    if (stream.index(2) == 0) high = next_up(high);
  } else {
    low -= std::abs(member) * stream.uniform(0, 1);
    if (stream.index(2) == 0) high += std::abs(member);
  }
  return {low, high};
}

bool encloses(const Interval& x, const Quad& truth) {
  const bool above = x.lower() == -kInf || Quad(x.lower()) <= truth;
  const bool below = x.upper() == kInf || truth <= Quad(x.upper());
  return above && below;
}

// All four operations, with cancellation and nested divisions.
template <class T>
std::array<T, 5> expressions(const T& a, const T& b, const T& c, const T& d) {
  return {T((a + b) * c - d / b), T(a * b - c * d), T((a - b) / (c * d + a)),
          T(((a + b) - a) - b * (c / d)), T(a / (b - c * (d + a)))};
}

// A quad is off by 2^-112 of the terms, an enclosure has a margin of 2^-54 of them, so the quad
// decides. Every expression holds at least one rounding.
TEST_CASE("a million inlined expressions of four operations enclose their value in quad") {
  RandomStream stream(1, "interval expressions");
  Index cases = 0;
  Index violations = 0;
  Index informative = 0;
  while (cases < 1'000'000) {
    std::array<double, 4> v{};
    for (double& x : v) x = draw(stream);
    const std::array<Interval, 5> enclosures = expressions<Interval>(
        around(v[0], stream), around(v[1], stream), around(v[2], stream), around(v[3], stream));
    const std::array<Quad, 5> truths =
        expressions<Quad>(Quad(v[0]), Quad(v[1]), Quad(v[2]), Quad(v[3]));
    for (std::size_t k = 0; k < truths.size(); ++k, ++cases) {
      // A division by zero has no value, and its enclosure must say so.
      const bool holds = boost::multiprecision::isfinite(truths[k])
                             ? encloses(enclosures[k], truths[k])
                             : enclosures[k].is_entire();
      violations += holds ? 0 : 1;
      informative += enclosures[k].is_bounded() ? 1 : 0;
    }
  }
  CHECK(violations == 0);
  CHECK(informative > cases / 2);
}

TEST_CASE("squares and roots and absolute values enclose their value in quad") {
  RandomStream stream(2, "interval functions");
  Index violations = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double v = draw(stream);
    const Interval x = around(v, stream);
    const Quad q(v);
    const bool holds = encloses(square(x), q * q) && encloses(abs(x), q < 0 ? Quad(-q) : q) &&
                       (v < 0 || encloses(sqrt(x), boost::multiprecision::sqrt(q))) &&
                       square(x).lower() >= 0 && (v < 0 || sqrt(x).lower() >= 0);
    violations += holds ? 0 : 1;
  }
  CHECK(violations == 0);
}

// fl(x op y) is off by half a step, so that two steps around it are all an operation adds.
TEST_CASE("one operation on doubles is at most two steps wide") {
  RandomStream stream(3, "interval width");
  for (int i = 0; i < 10'000; ++i) {
    const double a = stream.normal();
    const double b = stream.normal();
    for (const auto& [x, rounded] : {std::pair(Interval(a) + Interval(b), a + b),
                                     {Interval(a) - Interval(b), a - b},
                                     {Interval(a) * Interval(b), a * b},
                                     {Interval(a) / Interval(b), a / b},
                                     {sqrt(Interval(a * a)), std::sqrt(a * a)}}) {
      CHECK(x.lower() == std::nextafter(rounded, -kInf));
      CHECK(x.upper() == std::nextafter(rounded, kInf));
    }
  }
}

TEST_CASE("the next doubles are those of nextafter") {
  RandomStream stream(4, "interval steps");
  for (const double x : {0.0, -0.0, kTiny, -kTiny, 1.0, -1.0, kLargest, -kLargest, kInf, -kInf,
                         std::numeric_limits<double>::min(), -std::numeric_limits<double>::min()}) {
    CHECK(next_up(x) == std::nextafter(x, kInf));
    CHECK(next_down(x) == std::nextafter(x, -kInf));
  }
  for (int i = 0; i < 10'000; ++i) {
    const double x = draw(stream);
    CHECK(next_up(x) == std::nextafter(x, kInf));
    CHECK(next_down(x) == std::nextafter(x, -kInf));
  }
  CHECK(std::isnan(next_up(kNan)));
}

TEST_CASE("larger operands give larger enclosures") {
  RandomStream stream(5, "interval inclusion");
  Index violations = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Interval x = around(draw(stream), stream);
    const Interval y = around(draw(stream), stream);
    const Interval X = hull(x, draw(stream));
    const Interval Y = stream.index(20) == 0 ? Interval(y.lower(), kInf) : hull(y, draw(stream));
    const bool holds = (X + Y).contains(x + y) && (X - Y).contains(x - y) &&
                       (X * Y).contains(x * y) && (X / Y).contains(x / y) &&
                       square(X).contains(square(x)) && abs(X).contains(abs(x)) &&
                       (x.upper() < 0 || sqrt(X).contains(sqrt(x)));
    violations += holds ? 0 : 1;
  }
  CHECK(violations == 0);
}

TEST_CASE("midpoints lie inside and radii reach both bounds") {
  RandomStream stream(6, "interval midpoint");
  Index violations = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Interval x = hull(around(draw(stream), stream), draw(stream));
    const Quad mid(x.mid());
    const Quad radius(x.radius());
    const bool holds =
        x.contains(x.mid()) && mid + radius >= Quad(x.upper()) && mid - radius <= Quad(x.lower());
    violations += holds ? 0 : 1;
  }
  CHECK(violations == 0);
  CHECK(Interval(kTiny).mid() == kTiny);
  CHECK(Interval(-kLargest, kLargest).mid() == 0);
  CHECK(Interval(next_down(kLargest), kLargest)
            .contains(Interval(next_down(kLargest), kLargest).mid()));
  CHECK(Interval(3, kInf).mid() == kLargest);
  CHECK(Interval(3, kInf).radius() == kInf);
  CHECK(Interval(0.1).radius() == 0);
  CHECK(Interval::entire().mid() == 0);
}

TEST_CASE("exact zeros take no step") {
  const Interval zero;
  const Interval x(0.1, 0.3);
  CHECK(x + zero == x);
  CHECK(zero - x == Interval(-0.3, -0.1));
  CHECK((x * zero).is_zero());
  CHECK((zero / x).is_zero());
  CHECK(square(zero).is_zero());
  CHECK(sqrt(zero).is_zero());
}

TEST_CASE("underflow keeps the sign and encloses") {
  const Interval tiny = std::ldexp(1.0, -700);
  CHECK((tiny * tiny) == Interval(0, kTiny));
  CHECK((tiny * -tiny) == Interval(-kTiny, 0));
  CHECK((tiny / std::ldexp(1.0, 700)) == Interval(0, kTiny));
  CHECK(square(tiny) == Interval(0, kTiny));
  CHECK((Interval(0, 1) * Interval(0, 1)).lower() == 0);
  CHECK((Interval(-1, 0) * Interval(0, 1)).upper() == 0);
  CHECK((Interval(kTiny) / 2.0).contains(kTiny));
  CHECK((Interval(kTiny) / 2.0).lower() == 0);
  CHECK(Interval(-0.0).contains(0.0));
}

TEST_CASE("overflow leaves the largest double below") {
  const Interval large = kLargest;
  CHECK(large + large == Interval(kLargest, kInf));
  CHECK(large * large == Interval(kLargest, kInf));
  CHECK(-(large * large) == Interval(-kInf, -kLargest));
  CHECK(large / 0.5 == Interval(kLargest, kInf));
  CHECK(square(-large) == Interval(kLargest, kInf));
  // From there on: limits where they exist, the whole line where not.
  const Interval half_line = large + large;
  CHECK((half_line - half_line).is_entire());
  CHECK((half_line / half_line).is_entire());
  CHECK((Interval(1) / half_line) == Interval(0, next_up(1 / kLargest)));
  CHECK(half_line * Interval() == Interval(0, kTiny));
  CHECK((half_line * Interval(-1, 2)).is_entire());
}

TEST_CASE("what has no value becomes the whole line and stays it") {
  const Interval entire = Interval::entire();
  for (const Interval& x :
       {Interval(kNan), Interval(kInf), Interval(-kInf), Interval(kNan, 1), Interval(0, kNan),
        Interval(1) / Interval(-1, 1), Interval(1) / Interval(0, 1), Interval(1) / Interval(-1, 0),
        Interval(1) / Interval(), Interval() / Interval(), sqrt(Interval(-2, -1))}) {
    CHECK(x.is_entire());
    CHECK_FALSE(x.is_bounded());
  }
  for (const Interval& x : {entire + 1.0, 1.0 - entire, entire * Interval(), entire * 2.0,
                            Interval() * entire, entire / 2.0, Interval() / entire, sqrt(entire),
                            square(entire), abs(entire), -entire, hull(entire, 1.0)})
    CHECK(x.is_entire());
  CHECK(entire.contains(kLargest));
  CHECK_FALSE(certainly_less(entire, kInf));
}

TEST_CASE("a root of an interval that reaches below zero covers the roots that exist") {
  CHECK(sqrt(Interval(-1, 4)) == Interval(0, next_up(2)));
  CHECK(sqrt(Interval(-kTiny, 0)).contains(0.0));
}

TEST_CASE("comparisons hold only for every pair of members") {
  CHECK(certainly_less(Interval(1, 2), Interval(3, 4)));
  CHECK_FALSE(certainly_less(Interval(1, 2), Interval(2, 4)));
  CHECK(certainly_less_equal(Interval(1, 2), Interval(2, 4)));
  CHECK_FALSE(certainly_less(Interval(1, 3), Interval(2, 4)));
  CHECK(certainly_positive(Interval(kTiny, 1)));
  CHECK_FALSE(certainly_positive(Interval(0, 1)));
  CHECK(certainly_negative(Interval(-1, -kTiny)));
  CHECK_FALSE(certainly_negative(Interval(-1, 0)));
  CHECK(disjoint(Interval(1, 2), Interval(-1, 0)));
  CHECK_FALSE(disjoint(Interval(1, 2), Interval(2, 3)));
}

TEST_CASE("bounds in the wrong order are refused") {
  CHECK_THROWS_WITH_AS(Interval(2, 1), doctest::Contains("got [2, 1]"), std::invalid_argument);
  CHECK_THROWS_AS(Interval(kInf, kInf), std::invalid_argument);
}

TEST_CASE("a processor that flushes subnormals is noticed") {
  CHECK(subnormals_are_kept());
#ifdef __SSE2__
  const unsigned control = _mm_getcsr();
  _mm_setcsr(control | 0x8000U);  // flush to zero
  const bool kept = subnormals_are_kept();
  _mm_setcsr(control);
  CHECK_FALSE(kept);
#endif
}

}  // namespace
}  // namespace saddlescope

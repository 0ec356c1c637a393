// Interval arithmetic over double: sets of reals [lower, upper] that enclose what exact arithmetic
// would give.
//
// Soundness. For reals x, y and op in {+, -, *, /, sqrt} the IEEE result fl(x op y) is one of the
// two doubles next to x op y, |fl(x op y) - x op y| <= ulp/2 to nearest, so that one step outward
// from it, to the next double, encloses x op y. The step is integer arithmetic on the bits and
// there is no change of rounding mode for an optimiser to move operations across.
//   underflow  subnormal numbers and zero are spaced by 2^-1074 and the same holds; the step from 0
//              is +-2^-1074. Where signs alone say that a product or quotient is >= 0 or <= 0, the
//              bound stays at 0. Needs a processor that keeps subnormals: subnormals_are_kept().
//   overflow   fl = +inf stands for a real above the largest double, to which its lower bound
//              steps; the upper bound stays at +inf. Infinite bounds are not members of the set.
//   NaN        NaN and infinite inputs, division by an interval that contains 0, sqrt of negative
//              numbers and what no rule covers become the whole line, entire(). Once there, every
//              operation stays there, multiplication by 0 included: nothing is concluded from it.
// Sums with and products by the exact zero [0, 0] take no step, so zero blocks stay zero.
//
// Monotone: operands that grow give results that contain the old ones. No correlation is tracked:
// x - x is [-w, w], w the width of x (and one step). Cost: + is 1-2 ns, * and / 4-8 ns.
#pragma once

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>

#include "saddlescope/base/require.hpp"

#ifdef __FAST_MATH__
#error "interval arithmetic needs IEEE semantics: compile without -ffast-math"
#endif
static_assert(std::numeric_limits<double>::is_iec559 && FLT_EVAL_METHOD == 0,
              "interval arithmetic needs IEEE doubles without excess precision");

namespace saddlescope {

// The next double above x, as std::nextafter(x, inf) but inline; +inf and NaN are returned as they
// are.
[[nodiscard]] inline double next_up(double x) {
  if (!(x < std::numeric_limits<double>::infinity())) return x;
  if (x == 0) return std::numeric_limits<double>::denorm_min();
  const auto bits = std::bit_cast<std::int64_t>(x);
  return std::bit_cast<double>(bits + (bits < 0 ? -1 : 1));
}
[[nodiscard]] inline double next_down(double x) { return -next_up(-x); }

// False if this thread's floating-point unit flushes subnormal numbers to zero (a program linked
// with -ffast-math does so for all its libraries): enclosures would not hold.
[[nodiscard]] bool subnormals_are_kept();

class Interval {
 public:
  constexpr Interval() = default;  // [0, 0]
  // Exactly x; NaN and infinities give the whole line. Implicit: every double is an interval.
  Interval(double x)  // NOLINT(google-explicit-constructor)
      : Interval(x, x, Rounded()) {
    if (!std::isfinite(x)) *this = entire();
  }
  // Needs lower <= upper; an infinite bound means none. A NaN gives the whole line.
  Interval(double lower, double upper) : Interval(lower, upper, Rounded()) {
    if (std::isnan(lower) || std::isnan(upper)) {
      *this = entire();
      return;
    }
    require(lower <= upper && lower < kInf && upper > -kInf,
            "interval: expected bounds lower <= upper that hold a real number, got [{}, {}]", lower,
            upper);
  }
  [[nodiscard]] static Interval entire() { return {-kInf, kInf, Rounded()}; }
  // [lower, upper] one step outward, for bounds rounded to a neighbour of the exact ones.
  [[nodiscard]] static Interval outward(double lower, double upper) {
    if (!(lower <= upper)) return entire();
    return {next_down(lower), next_up(upper), Rounded()};
  }

  [[nodiscard]] double lower() const { return lower_; }
  [[nodiscard]] double upper() const { return upper_; }
  [[nodiscard]] bool is_zero() const { return lower_ == 0 && upper_ == 0; }  // exactly [0, 0]
  // No bound on either side: division by zero, a NaN, or nothing known.
  [[nodiscard]] bool is_entire() const { return !(lower_ > -kInf) && !(upper_ < kInf); }
  [[nodiscard]] bool is_bounded() const { return lower_ > -kInf && upper_ < kInf; }
  [[nodiscard]] bool contains(double x) const { return lower_ <= x && x <= upper_; }
  [[nodiscard]] bool contains(const Interval& x) const {
    return lower_ <= x.lower_ && x.upper_ <= upper_;
  }

  // A double inside, the midpoint up to rounding (0 for the whole line, the largest double on a
  // half-line).
  [[nodiscard]] double mid() const {
    if (!is_bounded()) {
      constexpr double largest = std::numeric_limits<double>::max();
      return is_entire() ? 0 : std::clamp(upper_ == kInf ? largest : -largest, lower_, upper_);
    }
    const double twice = lower_ + upper_;  // fl is monotone, so twice/2 lies inside
    return std::isfinite(twice) ? twice / 2 : lower_ / 2 + upper_ / 2;
  }
  // Not less than |x - mid()| for any member x; infinite unless bounded.
  [[nodiscard]] double radius() const {
    if (lower_ == upper_) return 0;
    if (!is_bounded()) return kInf;
    const double m = mid();
    return next_up(std::max(upper_ - m, m - lower_));
  }
  [[nodiscard]] double magnitude() const { return std::max(-lower_, upper_); }  // max |x|
  [[nodiscard]] double mignitude() const {                                      // min |x|
    return std::max({lower_, -upper_, 0.0});
  }

  // As sets of bounds, not of members.
  friend bool operator==(const Interval&, const Interval&) = default;

  friend Interval operator-(const Interval& x) { return {-x.upper_, -x.lower_, Rounded()}; }
  friend Interval operator+(const Interval& x, const Interval& y) {
    if (x.is_zero()) return y;
    if (y.is_zero()) return x;
    return outward(x.lower_ + y.lower_, x.upper_ + y.upper_);
  }
  friend Interval operator-(const Interval& x, const Interval& y) { return x + (-y); }
  friend Interval operator*(const Interval& x, const Interval& y) {
    if (!(x.is_bounded() && y.is_bounded())) return unbounded_product(x, y);
    if (x.is_zero() || y.is_zero()) return {};
    return from_corners(x.lower_ * y.lower_, x.lower_ * y.upper_, x.upper_ * y.lower_,
                        x.upper_ * y.upper_, x, y);
  }
  friend Interval operator/(const Interval& x, const Interval& y) {
    // inf/inf has no value; 0 times an infinite bound is the limit 0.
    if (y.contains(0.0) || x.is_entire() || !(x.is_bounded() || y.is_bounded())) return entire();
    if (x.is_zero()) return {};
    return from_corners(x.lower_ / y.lower_, x.lower_ / y.upper_, x.upper_ / y.lower_,
                        x.upper_ / y.upper_, x, y);
  }
  Interval& operator+=(const Interval& x) { return *this = *this + x; }
  Interval& operator-=(const Interval& x) { return *this = *this - x; }
  Interval& operator*=(const Interval& x) { return *this = *this * x; }
  Interval& operator/=(const Interval& x) { return *this = *this / x; }

 private:
  static constexpr double kInf = std::numeric_limits<double>::infinity();
  struct Rounded {};  // bounds that hold as they are
  constexpr Interval(double lower, double upper, Rounded /*tag*/) : lower_(lower), upper_(upper) {}

  // From the rounded values at the four corners of x times y: stepping is monotone, so the step
  // from the least is below all four exact ones.
  static Interval from_corners(double a, double b, double c, double d, const Interval& x,
                               const Interval& y) {
    const double least = std::min(std::min(a, b), std::min(c, d));
    const double largest = std::max(std::max(a, b), std::max(c, d));
    Interval out = outward(least, largest);
    if (least == 0 && signs(x) * signs(y) > 0) out.lower_ = 0;
    if (largest == 0 && signs(x) * signs(y) < 0) out.upper_ = 0;
    return out;
  }
  // +-1 if no member has the other sign, 0 if members of both signs exist.
  static int signs(const Interval& x) { return x.lower_ >= 0 ? 1 : x.upper_ <= 0 ? -1 : 0; }
  static double limit(double product) { return std::isnan(product) ? 0 : product; }
  static Interval unbounded_product(const Interval& x, const Interval& y) {
    if (x.is_entire() || y.is_entire()) return entire();
    return from_corners(limit(x.lower_ * y.lower_), limit(x.lower_ * y.upper_),
                        limit(x.upper_ * y.lower_), limit(x.upper_ * y.upper_), x, y);
  }

  double lower_ = 0;
  double upper_ = 0;
};

// {x^2}: never below 0, unlike x * x.
[[nodiscard]] inline Interval square(const Interval& x) {
  if (x.is_entire() || x.is_zero()) return x;
  const double low = x.mignitude();
  const Interval out = Interval::outward(low * low, x.magnitude() * x.magnitude());
  return {low == 0 ? 0 : std::max(0.0, out.lower()), out.upper()};
}

// {sqrt(x) : x >= 0 in the interval}; the whole line if it has no such member.
[[nodiscard]] inline Interval sqrt(const Interval& x) {
  if (x.is_entire() || x.upper() < 0) return Interval::entire();
  if (x.is_zero()) return x;
  const double low = std::max(0.0, x.lower());
  const Interval out = Interval::outward(std::sqrt(low), std::sqrt(x.upper()));
  return {low == 0 ? 0 : std::max(0.0, out.lower()), out.upper()};
}

[[nodiscard]] inline Interval abs(const Interval& x) {
  return x.is_entire() ? x : Interval(x.mignitude(), x.magnitude());
}

// The smallest interval that contains both.
[[nodiscard]] inline Interval hull(const Interval& x, const Interval& y) {
  return {std::min(x.lower(), y.lower()), std::max(x.upper(), y.upper())};
}

// True only if the relation holds for every pair of members; the negation does not follow from
// false.
[[nodiscard]] inline bool certainly_less(const Interval& x, const Interval& y) {
  return x.upper() < y.lower();
}
[[nodiscard]] inline bool certainly_less_equal(const Interval& x, const Interval& y) {
  return x.upper() <= y.lower();
}
[[nodiscard]] inline bool certainly_positive(const Interval& x) { return x.lower() > 0; }
[[nodiscard]] inline bool certainly_negative(const Interval& x) { return x.upper() < 0; }
[[nodiscard]] inline bool disjoint(const Interval& x, const Interval& y) {
  return x.upper() < y.lower() || y.upper() < x.lower();
}

}  // namespace saddlescope

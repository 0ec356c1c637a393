// Intervals of about twice double's precision: {c + t : t in an Interval}, c an exact double.
//
// Sums and products of the centres are split without error into a double and its rounding, which is
// a double again (Knuth's sum, a fused multiply-add), and everything else goes through the sound
// operations of Interval:
//
//   (a + s) + (b + t) = fl(a + b) + [ error(a + b) + s + t ]
//   (a + s)   (b + t) = fl(a b)   + [ error(a b) + a t + b s + s t ]
//
// With s and t of the order of eps, an operation is exact to eps^2 times its operands, so that long
// chains of products of exact data, whose plain intervals grow by the norms of all factors, keep 16
// digits more. Where a centre overflows, the result is the whole line; where the error of a product
// may underflow, the product moves into the interval part. Cost: about 8 times an Interval's.
#pragma once

#include <cmath>

#include "saddlescope/linalg/interval.hpp"

namespace saddlescope {

class PreciseInterval {
 public:
  PreciseInterval() = default;  // [0, 0]
  // Exactly these; NaN and infinities give the whole line.
  PreciseInterval(double x)  // NOLINT(google-explicit-constructor)
      : center_(std::isfinite(x) ? x : 0), rest_(std::isfinite(x) ? 0 : x) {}
  PreciseInterval(const Interval& x)  // NOLINT(google-explicit-constructor)
      : center_(x.lower() == x.upper() ? x.lower() : 0),
        rest_(x.lower() == x.upper() ? Interval() : x) {}
  // {center + t : t in rest}
  PreciseInterval(double center, const Interval& rest) : PreciseInterval(center) { rest_ += rest; }

  [[nodiscard]] double center() const { return center_; }
  [[nodiscard]] const Interval& rest() const { return rest_; }
  [[nodiscard]] Interval enclosure() const { return Interval(center_) + rest_; }
  [[nodiscard]] double mid() const { return enclosure().mid(); }
  [[nodiscard]] bool contains(double x) const { return enclosure().contains(x); }  // to a step
  [[nodiscard]] bool is_zero() const { return center_ == 0 && rest_.is_zero(); }
  [[nodiscard]] bool is_bounded() const { return rest_.is_bounded(); }

  friend bool operator==(const PreciseInterval&, const PreciseInterval&) = default;

  friend PreciseInterval operator-(const PreciseInterval& x) {
    return {-x.center_, -x.rest_, Checked()};
  }
  friend PreciseInterval operator+(const PreciseInterval& x, const PreciseInterval& y) {
    const double sum = x.center_ + y.center_;
    const double from_y = sum - x.center_;
    const double error = (x.center_ - (sum - from_y)) + (y.center_ - from_y);
    if (!std::isfinite(sum) || !std::isfinite(error)) return Interval::entire();
    return {sum, x.rest_ + y.rest_ + Interval(error), Checked()};
  }
  friend PreciseInterval operator-(const PreciseInterval& x, const PreciseInterval& y) {
    return x + (-y);
  }
  friend PreciseInterval operator*(const PreciseInterval& x, const PreciseInterval& y) {
    if (x.is_zero()) return y.rest_.is_entire() ? y : x;
    if (y.is_zero()) return x.rest_.is_entire() ? x : y;
    const Interval cross = cross_terms(x, y);
    const double product = x.center_ * y.center_;
    if (product == 0 && (x.center_ == 0 || y.center_ == 0)) return {0, cross, Checked()};
    if (!std::isfinite(product)) return Interval::entire();
    if (std::abs(product) < kSmallest)
      return {0, cross + Interval(x.center_) * Interval(y.center_), Checked()};
    return {product, cross + Interval(std::fma(x.center_, y.center_, -product)), Checked()};
  }
  friend PreciseInterval operator/(const PreciseInterval& x, double y) {
    const double quotient = x.center_ / y;
    // c - q y is a double where neither it nor q comes near underflow.
    if (std::isfinite(quotient) && std::abs(quotient) >= kSmallest &&
        std::abs(x.center_) >= kSmallest)
      return {quotient, (Interval(std::fma(-quotient, y, x.center_)) + x.rest_) / Interval(y),
              Checked()};
    return x.enclosure() / Interval(y);
  }
  PreciseInterval& operator+=(const PreciseInterval& x) { return *this = *this + x; }
  PreciseInterval& operator-=(const PreciseInterval& x) { return *this = *this - x; }
  PreciseInterval& operator*=(const PreciseInterval& x) { return *this = *this * x; }

 private:
  // The error of a product above this is at least 2^-1066, in the range of doubles.
  static constexpr double kSmallest = 0x1p-960;
  struct Checked {};  // a finite centre
  PreciseInterval(double center, const Interval& rest, Checked /*tag*/)
      : center_(center), rest_(rest) {}

  static Interval cross_terms(const PreciseInterval& x, const PreciseInterval& y) {
    if (x.rest_.is_zero()) return Interval(x.center_) * y.rest_;
    if (y.rest_.is_zero()) return Interval(y.center_) * x.rest_;
    return Interval(x.center_) * y.rest_ + (Interval(y.center_) + y.rest_) * x.rest_;
  }

  double center_ = 0;
  Interval rest_;
};

}  // namespace saddlescope

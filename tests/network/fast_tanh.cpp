// tanh without branches against 113-bit arithmetic.
#include "saddlescope/network/fast_tanh.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/network/activation.hpp"

namespace saddlescope {
namespace {

// Signs, all magnitudes from the smallest numbers to saturation, and where k of the reduction
// jumps.
template <class T>
std::vector<T> arguments() {
  RandomStream stream(1, "arguments");
  std::vector<T> out;
  for (int i = 0; i < 20000; ++i) {
    const double size = std::exp(stream.uniform(std::log(1e-30), std::log(30.0)));
    out.push_back(static_cast<T>(stream.uniform(-1, 1) < 0 ? -size : size));
  }
  for (int k = 0; k < 60; ++k)
    for (const double side : {-1e-7, 0.0, 1e-7})
      out.push_back(static_cast<T>(0.5 * std::log(2.0) * (k + 0.5) + side));
  return out;
}

// m/(m + 2) with m = 2^k p + (2^k - 1): rounding of r, of p's last terms, of m, m + 2 and the
// quotient, each eps/2, and of r relative to 2|u| where k > 0, which tanh' damps.
template <class T>
double largest_relative_error() {
  double worst = 0;
  for (const T u : arguments<T>()) {
    const Quad exact = tanh(Quad(static_cast<double>(u)));
    const Quad got(static_cast<double>(fast_tanh<T>(u)));
    worst = std::max(worst, static_cast<double>(abs((got - exact) / exact)));
  }
  return worst;
}

TEST_CASE("tanh has small relative errors at every magnitude in both precisions") {
  CHECK(largest_relative_error<double>() <= 3 * std::numeric_limits<double>::epsilon());
  CHECK(largest_relative_error<float>() <=
        3 * static_cast<double>(std::numeric_limits<float>::epsilon()));
}

template <class T>
void check_extremes() {
  const T infinity = std::numeric_limits<T>::infinity();
  CHECK(fast_tanh<T>(infinity) == T(1));
  CHECK(fast_tanh<T>(-infinity) == T(-1));
  CHECK(fast_tanh<T>(std::numeric_limits<T>::max()) == T(1));
  CHECK(std::isnan(fast_tanh<T>(std::numeric_limits<T>::quiet_NaN())));
  CHECK(fast_tanh<T>(T(0)) == T(0));
  CHECK(std::signbit(fast_tanh<T>(T(-0.0))));
  const T tiny = std::numeric_limits<T>::denorm_min();
  CHECK(fast_tanh<T>(tiny) == tiny);
  for (const T u : {T(0.3), T(2), T(9)}) CHECK(fast_tanh<T>(-u) == -fast_tanh<T>(u));
}

TEST_CASE("tanh is odd, saturates at one, and keeps zeros and what is not a number") {
  check_extremes<double>();
  check_extremes<float>();
}

TEST_CASE("values with slopes are the same bits as each alone") {
  const Matrix u = 3 * RandomStream(2, "arguments").normal_matrix(13, 5);
  for (const Activation activation :
       {Activation::kTanh, Activation::kRelu, Activation::kGelu, Activation::kSilu}) {
    Matrix value(13, 5), slope(13, 5), value_alone(13, 5), slope_alone(13, 5);
    activation_with_slope<double>(activation, u, value, slope);
    apply_activation<double>(activation, u, value_alone);
    activation_slope<double>(activation, u, slope_alone);
    CHECK(value == value_alone);
    CHECK(slope == slope_alone);
  }
}

}  // namespace
}  // namespace saddlescope

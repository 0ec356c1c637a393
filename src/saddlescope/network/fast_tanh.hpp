// tanh without branches, tables or calls, so that compilers turn a loop over it into vectors: most
// of what inference does beside its matrix products.
//
//   tanh u = sign(u) m/(m + 2),   m = e^{2|u|} - 1 = 2^k p(r) + (2^k - 1)
//   2|u| = k log 2 + r, |r| <= (log 2)/2,   p(r) = e^r - 1 = r + r^2 (1/2! + r/3! + ..)
//
// No term cancels: the relative error is a few eps everywhere, small |u| included (truncating p
// costs below eps/10). Beyond the saturation |tanh u| rounds to 1. NaN stays NaN.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace saddlescope {

template <class T>
struct TanhFormat;

template <>
struct TanhFormat<double> {
  using Bits = std::uint64_t;
  static constexpr int kMantissa = 52;
  static constexpr Bits kBias = 1023;
  static constexpr double kRounder = 0x1.8p52;  // x + kRounder holds round(x) in its last bits
  static constexpr double kLog2High =
      6.93147180369123816490e-01;  // ends in zeros: k times it exact
  static constexpr double kLog2Low = 1.90821492927058770002e-10;
  static constexpr double kSaturation = 22;
};

template <>
struct TanhFormat<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissa = 23;
  static constexpr Bits kBias = 127;
  static constexpr float kRounder = 0x1.8p23F;
  static constexpr float kLog2High = 0.693359375F;
  static constexpr float kLog2Low = -2.12194440e-4F;
  static constexpr float kSaturation = 10;
};

// c_0 + c_1 x + c_2 x^2 + ..
template <class T>
constexpr T polynomial(T /*x*/, T c) {
  return c;
}
template <class T, class... C>
constexpr T polynomial(T x, T c, C... rest) {
  return c + x * polynomial(x, rest...);
}

template <class T>
inline T fast_tanh(T u) {
  using Format = TanhFormat<T>;
  using Bits = typename Format::Bits;
  const T size = std::abs(u);
  const T y = T(2) * (size > Format::kSaturation ? Format::kSaturation : size);
  const T shifted = y * T(1.44269504088896340736) + Format::kRounder;
  const T k = shifted - Format::kRounder;
  const T r = (y - k * Format::kLog2High) - k * Format::kLog2Low;
  T p;
  if constexpr (sizeof(T) == sizeof(double)) {
    p = polynomial(r, T(1) / 2, T(1) / 6, T(1) / 24, T(1) / 120, T(1) / 720, T(1) / 5040,
                   T(1) / 40320, T(1) / 362880, T(1) / 3628800, T(1) / 39916800, T(1) / 479001600,
                   T(1) / 6227020800);
  } else {
    p = polynomial(r, T(1) / 2, T(1) / 6, T(1) / 24, T(1) / 120, T(1) / 720, T(1) / 5040);
  }
  p = r + r * r * p;
  // The last bits of `shifted` are k; above them only bits that the shift drops.
  const Bits exponent = std::bit_cast<Bits>(shifted) << Format::kMantissa;
  const T power = std::bit_cast<T>(exponent + (Format::kBias << Format::kMantissa));
  const T m = power * p + (power - T(1));
  return std::copysign(m / (m + T(2)), u);
}

}  // namespace saddlescope

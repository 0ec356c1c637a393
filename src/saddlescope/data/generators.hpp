// Synthetic datasets. Every one is a pure function of its options; inputs, teacher and noise come
// from separate streams of the seed.
#pragma once

#include <cstdint>
#include <vector>

#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

// The published toy: entries of x are N(1, 0.1^2), deviation 0.1, and y = -x.
struct ToyOptions {
  Index samples = 64;   // >= 1
  Index dimension = 2;  // >= 1, of x and of y
  std::uint64_t seed = 0;
};
[[nodiscard]] Dataset toy(const ToyOptions& options);

// A linear teacher with noise,
//
//   x = Q diag(k^(-a/2)) g        Q a random rotation, g ~ N(0, I), a = input_exponent:
//                                 <xx'> has the eigenvalues k^(-a), k = 1 .. d_x, in expectation
//   y = B x + noise h             h ~ N(0, I)
//   B = U diag(s) V'              U, V random with orthonormal columns, d_y x d_x
//
// With noise = 0 the targets are realisable: a linear network reaches loss zero.
struct TeacherOptions {
  Index samples = 64;         // >= 1
  Index input = 5;            // d_x >= 1
  Index output = 3;           // d_y >= 1
  double noise = 0;           // >= 0, deviation of the noise on each output
  double input_exponent = 0;  // a >= 0
  // s, each >= 0, at most min(d_x, d_y) of them and the rest zero; empty: all ones.
  std::vector<double> singular_values;
  std::uint64_t seed = 0;
};
[[nodiscard]] Dataset linear_teacher(const TeacherOptions& options);

// Targets without correlation to the inputs: x and h Gaussian, y is h projected off the span of the
// rows of x, so that <x y'> = 0 up to rounding (at most a few N eps). The best linear map is zero.
struct UncorrelatedOptions {
  Index samples = 64;  // > input, as otherwise the projection leaves nothing
  Index input = 5;     // d_x >= 1
  Index output = 3;    // d_y >= 1
  std::uint64_t seed = 0;
};
[[nodiscard]] Dataset uncorrelated(const UncorrelatedOptions& options);

// The same with <x y'> = 0 bit for bit: x = C h and y = D h', h and h' different Walsh functions on
// N = 2^k >= d_x + d_y + 1 points, which are orthogonal with entries +-1; C and D are standard
// normal, rounded to multiples of 2^-8, so that all products and sums are exact.
// `samples` is not used.
[[nodiscard]] Dataset exactly_uncorrelated(const UncorrelatedOptions& options);

// The smallest such dataset: x = (1, -1, 1, -1), y = (1, 1, -1, -1), with <xy> = 0 exactly. On a
// scalar network with one hidden unit (a_l = pi_l = lambda = 1) the critical points W_2 = 0 of F*
// are strict saddles for |W_1| < 1 and local minima that are not global for |W_1| > 1.
[[nodiscard]] Dataset four_point();

}  // namespace saddlescope

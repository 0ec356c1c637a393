// Activation functions against their formulas in 113-bit arithmetic.
#include "saddlescope/network/activation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/quad.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;

constexpr double kEps = std::numeric_limits<double>::epsilon();

const std::vector<Activation>& all() {
  static const std::vector<Activation> list = {
      Activation::kIdentity, Activation::kTanh, Activation::kHardTanh,
      Activation::kRelu,     Activation::kGelu, Activation::kLeakyRelu,
      Activation::kSelu,     Activation::kSilu, Activation::kSoftplus};
  return list;
}

template <class T>
MatrixOf<T> phi(Activation activation, const MatrixOf<T>& u, int derivative = 0) {
  MatrixOf<T> out(u.rows(), u.cols());
  if (derivative == 0) apply_activation<T>(activation, u, out);
  if (derivative == 1) activation_slope<T>(activation, u, out);
  if (derivative == 2) activation_curvature<T>(activation, u, out);
  return out;
}

double phi(Activation activation, double u, int derivative = 0) {
  return phi<double>(activation, Matrix::Constant(1, 1, u), derivative)(0, 0);
}

// Phi(u) = 1/2 + density(u) (u + u^3/3 + u^5/(3 5) + ..), all terms of one sign. Beyond 15 the
// distance to a step is below 1e-50.
Quad normal_distribution(const Quad& u) {
  if (abs(u) > 15) return u > 0 ? Quad(1) : Quad(0);
  Quad sum(0);
  Quad term = u;
  for (int k = 1; k < 1500; ++k) {
    sum += term;
    term *= u * u / (2 * k + 1);
  }
  const Quad root_two_pi("2.50662827463100050241576528481104525300699");
  return Quad(0.5) + exp(-u * u / 2) / root_two_pi * sum;
}

// The textbook formulas, which 113 bits make accurate enough without any care.
Quad formula(Activation activation, const Quad& u) {
  const Quad scale("1.0507009873554804934193349852946");
  const Quad alpha("1.6732632423543772848170429916717");
  switch (activation) {
    case Activation::kTanh:
      return tanh(u);
    case Activation::kHardTanh:
      return u < -1 ? Quad(-1) : u > 1 ? Quad(1) : u;
    case Activation::kRelu:
      return u < 0 ? Quad(0) : u;
    case Activation::kLeakyRelu:
      return u < 0 ? Quad(0.01 * u) : u;
    case Activation::kGelu:
      return u * normal_distribution(u);
    case Activation::kSelu:
      return u < 0 ? Quad(scale * alpha * (exp(u) - 1)) : Quad(scale * u);
    case Activation::kSilu:
      return u / (1 + exp(-u));
    case Activation::kSoftplus:
      return u > 0 ? Quad(u + log(1 + exp(-u))) : Quad(log(1 + exp(u)));
    default:
      return u;
  }
}

// Central differences with h = 1e-8 err by h^2 |phi'''|, |phi''''| < 1e-15 and, in 113 bits, by
// 1e-34 |u|/h^2 < 1e-13 in rounding at |u| = 1e4 (less where |u| is less).
TEST_CASE("values and both derivatives agree with the formulas in 113 bits") {
  const Quad h(1e-8);
  for (const Activation activation : all()) {
    CAPTURE(name(activation));
    for (const double u : {-1e4, -745.0, -89.0, -40.5, -12.0, -3.0, -1.25, -0.4, -1e-3, 1e-3, 0.7,
                           0.99, 1.5, 6.0, 38.0, 710.0, 1e4}) {
      CAPTURE(u);
      const Quad at(u);
      const Quad below = formula(activation, at - h);
      const Quad here = formula(activation, at);
      const Quad above = formula(activation, at + h);
      const double size = std::max(1.0, std::abs(u));
      CHECK(std::abs(phi(activation, u) - static_cast<double>(here)) <= 4 * kEps * size);
      CHECK(std::abs(phi(activation, u, 1) - static_cast<double>((above - below) / (2 * h))) <=
            16 * kEps);
      CHECK(std::abs(phi(activation, u, 2) -
                     static_cast<double>((above - 2 * here + below) / (h * h))) <=
            16 * kEps + 1e-17 * size);
    }
  }
}

TEST_CASE("at and around zero the smooth functions have the known Taylor coefficients") {
  const double pi = 3.14159265358979323846;
  for (const double u : {0.0, 1e-9, -1e-9}) {
    CHECK(phi(Activation::kTanh, u, 1) == doctest::Approx(1).epsilon(1e-15));
    CHECK(phi(Activation::kTanh, u, 2) == doctest::Approx(-2 * u).epsilon(1e-15));
    CHECK(phi(Activation::kGelu, u, 1) ==
          doctest::Approx(0.5 + u * std::sqrt(2 / pi)).epsilon(1e-15));
    CHECK(phi(Activation::kGelu, u, 2) == doctest::Approx(std::sqrt(2 / pi)).epsilon(1e-15));
    CHECK(phi(Activation::kSilu, u, 1) == doctest::Approx(0.5 + u / 2).epsilon(1e-15));
    CHECK(phi(Activation::kSilu, u, 2) == doctest::Approx(0.5).epsilon(1e-15));
    CHECK(phi(Activation::kSoftplus, u) == doctest::Approx(std::log(2.0) + u / 2).epsilon(1e-15));
    CHECK(phi(Activation::kSoftplus, u, 2) == doctest::Approx(0.25).epsilon(1e-15));
  }
}

TEST_CASE("the value at zero is that of the function") {
  for (const Activation activation : all()) {
    CHECK(value_at_zero(activation) == phi(activation, 0.0));
    CHECK(value_at_zero(activation) ==
          (activation == Activation::kSoftplus ? doctest::Approx(std::log(2.0)) : 0.0));
  }
}

// One step beside a kink the slope is the one-sided derivative to h |phi''|; between kinks and in
// smooth functions it jumps nowhere on a fine grid by more than the grid times max |phi''| < 2.
TEST_CASE("the kinks are where the slope jumps and hold its one-sided values") {
  const double h = 1e-9;
  for (const Activation activation : all()) {
    CAPTURE(name(activation));
    std::vector<double> found;
    for (int i = -3000; i < 3000; ++i) {
      const double left = (i + 0.5) * 1e-3;
      const double jump = phi(activation, left + 1e-3, 1) - phi(activation, left, 1);
      if (std::abs(jump) > 2e-3) found.push_back((i + 1) * 1e-3);
    }
    const std::vector<Kink> listed = kinks(activation);
    REQUIRE(found.size() == listed.size());
    for (std::size_t k = 0; k < listed.size(); ++k) {
      CHECK(found[k] == doctest::Approx(listed[k].at));
      CHECK(std::abs(phi(activation, listed[k].at - h, 1) - listed[k].left) <= 2 * h);
      CHECK(std::abs(phi(activation, listed[k].at + h, 1) - listed[k].right) <= 2 * h);
    }
  }
}

TEST_CASE("positively homogeneous are those whose value doubles with the argument") {
  for (const Activation activation : all()) {
    bool doubles = true;
    for (const double u : {-1.5, -0.3, 0.4, 2.0})
      doubles = doubles && phi(activation, 2 * u) == 2 * phi(activation, u);
    CHECK(is_positively_homogeneous(activation) == doubles);
  }
}

// 24 bits instead of 53: derivatives of products like u (1 - sigma) carry |u| < 10 roundings.
TEST_CASE("single precision follows double precision") {
  const Matrix u = Matrix(Vector::LinSpaced(401, -10.025, 10.0));
  const MatrixOf<float> u_float = u.cast<float>();
  const Matrix u_rounded = u_float.cast<double>();
  for (const Activation activation : all())
    for (const int derivative : {0, 1, 2}) {
      CAPTURE(name(activation));
      const Matrix got = phi<float>(activation, u_float, derivative).cast<double>();
      const Matrix expected = phi<double>(activation, u_rounded, derivative);
      CHECK((got - expected).cwiseAbs().maxCoeff() <= 40 * 1.2e-7);
    }
}

TEST_CASE("no function or derivative overflows in either precision") {
  for (const Activation activation : all())
    for (const int derivative : {0, 1, 2})
      for (const double u : {-1e30, -1e4, 1e4, 1e30}) {
        CAPTURE(name(activation));
        CAPTURE(u);
        CHECK(std::isfinite(phi(activation, u, derivative)));
        const auto single = static_cast<float>(u);
        CHECK(phi<float>(activation, MatrixOf<float>::Constant(1, 1, single), derivative)
                  .allFinite());
      }
}

TEST_CASE("arrays are handled entry by entry also in place and inside larger ones") {
  Matrix frame = Matrix::Constant(4, 5, -2);
  frame(1, 1) = 3;
  apply_activation<double>(Activation::kRelu, frame.block(1, 1, 2, 3), frame.block(1, 1, 2, 3));
  CHECK(frame.sum() == -2 * 14 + 3);
}

TEST_CASE("names are parsed and printed") {
  for (const Activation activation : all()) CHECK(parse_activation(name(activation)) == activation);
  CHECK(contains(message_of<std::invalid_argument>([] { (void)parse_activation("Tanh"); }),
                 "activation: expected identity, tanh, hard-tanh"));
}

}  // namespace
}  // namespace saddlescope

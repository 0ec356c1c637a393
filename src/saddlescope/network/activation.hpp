// Activation functions phi with first and second derivatives, elementwise on arrays.
//
//   name         phi(u)                                   kinks   phi(cu) = c phi(u), c > 0
//   identity     u                                        none    yes
//   tanh         tanh u                                   none    no
//   hard-tanh    min(max(u, -1), 1)                       -1, 1   no
//   relu         max(u, 0)                                0       yes
//   leaky-relu   u, 0.01 u for u < 0                      0       yes
//   gelu         u Phi(u), Phi the normal distribution    none    no
//   selu         s u, s a (e^u - 1) for u < 0             0       no
//   silu         u/(1 + e^{-u})                           none    no
//   softplus     log(1 + e^u)                             none    no
//
// selu: s = 1.0507.., a = 1.6733.. (Klambauer et al. 2017). At a kink phi' is the value usual in
// training codes: the left derivative at 0, zero at both kinks of hard-tanh; what an equilibrium
// needs there is any value between the one-sided derivatives. phi'' leaves out the jumps of phi'.
//
// Errors: a few eps max(|phi(u)|, 1), and eps-small where phi is; finite for all finite |u| <= 1e4
// and beyond.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

enum class Activation {
  kIdentity,
  kTanh,
  kHardTanh,
  kRelu,
  kLeakyRelu,
  kGelu,
  kSelu,
  kSilu,
  kSoftplus
};

// out = phi(u), phi'(u), phi''(u); out has the shape of u and may be u itself.
template <class T>
void apply_activation(Activation activation, ConstMatrixRefOf<T> u, MatrixRefOf<T> out);
template <class T>
void activation_slope(Activation activation, ConstMatrixRefOf<T> u, MatrixRefOf<T> out);
template <class T>
void activation_curvature(Activation activation, ConstMatrixRefOf<T> u, MatrixRefOf<T> out);
// The first two, the same bits, for little more than one where phi' follows from phi. u, value and
// slope do not overlap.
template <class T>
void activation_with_slope(Activation activation, ConstMatrixRefOf<T> u, MatrixRefOf<T> value,
                           MatrixRefOf<T> slope);

// A point where phi' jumps, with the derivatives from both sides.
struct Kink {
  double at = 0;
  double left = 0;
  double right = 0;
};
[[nodiscard]] std::vector<Kink> kinks(Activation activation);  // ascending; empty: phi is smooth
[[nodiscard]] bool is_positively_homogeneous(Activation activation);
[[nodiscard]] double value_at_zero(Activation activation);  // phi(0)

[[nodiscard]] Activation parse_activation(const std::string& name);
[[nodiscard]] std::string name(Activation activation);

}  // namespace saddlescope

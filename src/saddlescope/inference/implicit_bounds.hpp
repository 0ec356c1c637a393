// Bounds of the value, gradient and Hessian of one sample's equilibrated energy as computed:
//
//   H = F_tt + [F_tz A'] X,   X = -K^{-1} [F_zt; A],   K = [F_zz C'; C 0]
//
// with the kinks' constraints of inference/kink_system.hpp (without kinks, X = -F_zz^{-1} F_zt).
//
// X from the two factors that F_zt has in every layer (hessian/network_curvature.hpp): with M, N
// the solutions of K for of_sum (and the constraints' own u') and of_adjoint,
//
//   |X|^2 <= sum_l (|M_l| |h|_1 + |N_l| |delta_l|)^2,   |h|_1 = sqrt(a^2 |h|^2 + 1 with biases)
//
// x_2 with Schatten-4 norms and x_F with Frobenius norms of M and N. First-order errors:
//
// 1. Rounding. n is the length of the longest sum, P, B, Z the sizes of the terms of F_tt, F_zt and
//    F_zz (hessian/network_bounds.hpp). A product with F_tt or F_zt goes through two sums of its
//    own beside the errors of what it multiplies, and the mean over N samples; F_zz is made by one.
//    A solve with K is exact for K + E with |E| <= gamma_{3K + 1} |R|'|R| (Higham 2002, theorem
//    10.4), K <= 2 n, and | |R|'|R| | <= 3 t, t the largest trace of a diagonal block (2 |C|
//    added), with another E for each column:
//
//      eps ((3 n + N) (P + 2 x_F B) + x_2 x_F (2 n Z + 9 n t))
//
// 2. The activities, |z - z*| <= dz. At fixed theta and to first order H moves by
//    [I X'] (d/dz of the joint Hessian along z - z*) [I; X]:   D (1 + x_2^2) dz                 [D]
//
// dz is the certificate's `distance` (Newton and Kantorovich, from F_z in long double) where it has
// one, else 2 |K^{-1}| (|F_z| + its rounding).
//
//   error of the gradient <= M eps (its terms) + B dz,     |H| <= T + k B^2, k = |K^{-1}|,
//
// M = network_roundings.
#pragma once

#include <vector>

#include "saddlescope/hessian/network_bounds.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/inference/kink_system.hpp"

namespace saddlescope {

// Read-only references, which the caller keeps: a sample of `curvature` with its system and
// certificate.
struct ImplicitSample {
  const NetworkCurvature& curvature;
  const std::vector<LayerBound>& layers;
  const KinkSystem& system;
  const StationarityCertificate& certificate;
  Index sample = 0;
};

struct ImplicitBounds {
  double magnitude = 0;  // >= |H|
  double gradient = 0, gradient_error = 0;
};
[[nodiscard]] ImplicitBounds implicit_bounds(const ImplicitSample& s);

// Of H. Costs 2 dim solves with K: 8 n_l^2 dim flops a layer.
[[nodiscard]] double implicit_hessian_error(const ImplicitSample& s);

}  // namespace saddlescope

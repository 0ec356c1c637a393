// Critical points of rank zero: A_L = 0 and A_{L-1:1} Sigma_xy = 0, critical for loss and energy.
//
// With zbar = A_{L-1:1} x and M = I/pi_{L-1} + sum_{l=2}^{L-1} A_{L-1:l} A_{L-1:l}'/pi_{l-1}, the
// last block of the Hessian of F* is a_L^2 (lambda <zbar zbar'> (x) I - lambda^2 M (x) Sigma_yy),
// so that
//
//   lambda_min(H) <= a_L^2 lambda lambda_min(<zbar zbar'> - lambda lambda_max(Sigma_yy) M)   [D]
//
// which for zbar = 0 is the published bound [S]. H(L) has a negative eigenvalue exactly if for some
// k < L both A_{L-1:k+1} and A_{k-1:1} Sigma_xy are other than 0 [S]. The value is 1/2 tr Sigma_yy,
// times lambda for F*.
#pragma once

#include <vector>

#include "saddlescope/base/random.hpp"
#include "saddlescope/saddle/constructed_point.hpp"

namespace saddlescope {

// Why A_{L-1:1} Sigma_xy vanishes.
enum class ZeroRankKind {
  kPenultimate,  // every map but the penultimate is zero (for L = 2 as kMoments)
  kMoments,      // the rows of A_1 are projected off the range of Sigma_xy: A_{L-1:1} != 0
  kVanishing,    // the maps of `layers` are zero, with a skip W_l = -I/a_l: residual networks too
  kKernel,       // A_{k+1} A_k = 0 though neither is zero, k the one entry of `layers`
  kUncorrelated  // Sigma_xy = 0 to rounding: the maps of `theta` as they are
};

struct ZeroRankOptions {
  ZeroRankKind kind = ZeroRankKind::kPenultimate;
  // 0-based. kVanishing: in 0 .. L-2, at least one, distinct. kKernel: one, in 0 .. L-3, with a
  // layer of two units or more. Otherwise empty.
  std::vector<Index> layers;
};

// The maps that are not forced come from `theta`; kKernel draws a projector from `stream`. Needs L
// >= 2 and no skip on layer L (kPenultimate: nor on layer 1). Throws std::invalid_argument where
// the family is empty or trivial: kMoments where Sigma_xy has rank d_x, kUncorrelated where
// Sigma_xy is not 0 to rounding.
[[nodiscard]] ConstructedPoint zero_rank_family(const Architecture& architecture,
                                                const SecondMoments& moments, const Vector& theta,
                                                const ZeroRankOptions& options,
                                                RandomStream& stream);

}  // namespace saddlescope

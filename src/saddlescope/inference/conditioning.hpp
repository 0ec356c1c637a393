// How well conditioned inference is: the extreme eigenvalues of the activity Hessian H_z, and their
// ratio kappa, with proved bounds.
//
// A Rayleigh quotient of any vector lies in [lambda_min, lambda_max], so Lanczos gives one side for
// each end: on H_z for lambda_max, on H_z^{-1} for lambda_min. As a sum of squares,
//
//   v' H_z v = sum_l pi_l |v_l - A_l v_{l-1}|^2 + alpha |v|^2      (v_0 = v_L = 0),
//
// it is accurate to a relative error of order n eps sqrt(kappa). The other side is a sign: if the
// block Cholesky factorisation of H_z - s I runs to its end then lambda_min > s - its error bound,
// and that of t I - H_z likewise proves lambda_max < t + its error bound (definiteness.hpp). Those
// bounds are absolute, of order 50 eps | |L| |L|' |, so they reach lambda_min itself where kappa is
// above some 1e10: what is left then is a lower bound of kappa, and the verdict is undecided.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

struct ConditionOptions {
  double activity_decay = 0;  // alpha >= 0
  double tolerance = 1e-6;    // in (0, 1): relative error bound wanted for kappa
  std::uint64_t seed = 0;     // of the start vectors
  // Called from either of two threads, one call at a time.
  std::function<void(const std::string&)> progress = {};
};

struct Conditioning {
  Index dim = 0;
  double lambda_min = 0;  // Rayleigh quotients as computed
  double lambda_max = 0;
  double lambda_min_below = 0;  // proved: lambda_min_below <= true lambda_min <= lambda_min_above;
  double lambda_min_above = 0;  // below is alpha (0 without decay) where nothing could be proved
  double lambda_max_below = 0;  // proved, too; above is infinite where nothing could be proved
  double lambda_max_above = 0;
  double condition_number = 0;  // lambda_max/lambda_min
  // The true kappa lies within this relative distance of condition_number; infinite where
  // lambda_min_below is 0 or lambda_max_above infinite.
  double relative_error_bound = 0;
  Index products = 0, solves = 0;  // with H_z and with its inverse
  // kUndecided: the bound misses the tolerance, or condition_number is a lower bound only; says so
  // with the numbers. kNotFinite: a product overflowed; nothing else is set.
  Summary summary;

  [[nodiscard]] double condition_number_below() const {  // proved
    return lambda_max_below / lambda_min_above;
  }
};

// Needs L >= 2. Both ends are found at the same time where parallel_for has two threads. Three
// factorisations of 10/3 n^3 flops a layer, one product (4 n^2 a layer) or solve (6 n^2) per
// Lanczos step. The numbers do not depend on the number of threads.
[[nodiscard]] Conditioning activity_conditioning(const Architecture& architecture,
                                                 const Vector& theta,
                                                 const ConditionOptions& options);

// Bytes that activity_conditioning takes at most, besides theta: a copy of the maps, one factor,
// the two Lanczos bases and the blocks at work.
[[nodiscard]] double conditioning_memory(const Architecture& architecture);

}  // namespace saddlescope

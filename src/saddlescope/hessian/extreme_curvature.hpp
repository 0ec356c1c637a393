// The ends of a Hessian's spectrum and its inertia, as far as they are certain: dense where the
// Hessian is small, by Lanczos (linalg/extreme_spectrum.hpp) where it is not.
//
// An eigenvalue has a sign where it lies beyond the zero threshold: the bound of the Hessian's
// rounding errors plus that of the eigen-solver, plus its residual where Lanczos found it. Lanczos
// counts the eigenvalues of one sign only where its list reaches past the last of them.
#pragma once

#include <cstdint>

#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/linalg/inertia.hpp"

namespace saddlescope {

// Of one end's list, each value with its residual, `sign` -1 for the small end and 1 for the large:
// how many have that sign for certain (the spectrum has at least so many), and, where all of them
// are in the list, how many there are. `complete`: the list misses no copy of a repeated value.
struct EndCount {
  Index found = 0;
  Index all = -1;  // -1: not known
};
[[nodiscard]] EndCount count_end(const Vector& values, const Vector& residuals, double threshold,
                                 double sign, bool complete);

struct ExtremeCurvatureOptions {
  Index dense_limit = 1500;  // >= 0: parameters up to which the Hessian is formed, 8 p^2 bytes
  Index count = 10;          // >= 1: eigenvalues that Lanczos looks for at each end
  double tolerance = 1e-8;   // > 0: of their residuals, relative to |H|_2
  std::uint64_t seed = 0;
};

struct ExtremeCurvature {
  double lambda_min = 0, lambda_max = 0;
  // The Hessian without rounding has an eigenvalue within this of each.
  double error = 0;
  double threshold = 0;  // zero counts up to here
  Inertia inertia;       // -1: not known
  // Not ok where Lanczos left something open: what. kNotFinite: nothing else is set but NaN.
  Summary summary;
};

// 4/3 p^3 flops, or some hundred products.
[[nodiscard]] ExtremeCurvature extreme_curvature(const Point<double>& point,
                                                 const ExtremeCurvatureOptions& options = {});

}  // namespace saddlescope

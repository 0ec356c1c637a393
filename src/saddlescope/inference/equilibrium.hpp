// Inference: the activities that minimise the predictive-coding energy of a linear network, by any
// of eight solvers behind one interface (inference/equilibrium_options.hpp), each with a
// certificate of equilibrium.
//
// F is quadratic in z with the Hessian H_z >= lambda_min I, so with g = dF/dz at any z
//
//   |z - z*| <= |g|/lambda_min,   F(z) - F* <= |g|^2/(2 lambda_min).
//
// The certificate is these two, with the gradient recomputed from the definition, |g| replaced by
// |g| + its rounding (inference/precise_gradient.hpp) and lambda_min by a proved lower bound. A
// small gradient alone proves nothing where lambda_min is small (a deep chain), and without a lower
// bound nothing is ever converged.
//
// Samples are independent: steps, stopping and verdict of one do not depend on the others, except
// that dgemm may round a column differently in a batch of another size.
#pragma once

#include "saddlescope/base/summary.hpp"
#include "saddlescope/inference/conditioning.hpp"
#include "saddlescope/inference/equilibrium_options.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// converged   the bound on |z - z*| is at most tolerance |z|
// diverging   the gradient grew beyond what any stable iteration of its kind allows, or became NaN
//             or infinite
// stalled     neither, and the end of the road: the gradient is down to its rounding, or it did not
//             halve over the last half of the steps allowed
// capped      the steps allowed were used up while the gradient was still falling
enum class EquilibriumVerdict { kConverged, kCapped, kStalled, kDiverging };
[[nodiscard]] std::string name(EquilibriumVerdict verdict);

struct SampleCertificate {
  EquilibriumVerdict verdict = EquilibriumVerdict::kCapped;
  double gradient_norm = 0;  // |g|
  double rounding = 0;       // a bound of the error of g
  double distance = 0;       // bound of |z - z*|; infinite without a lower bound of lambda_min
  double energy_gap = 0;     // bound of F(z) - F*
  double energy = 0;         // F(z)
  double size = 0;           // |z|
  Index steps = 0;           // 0 for direct solvers; of dopri5 the refused ones count
};

// The path of one sample, the slowest of the first 32: every step at first, thinned to at most 128
// in each doubling of their number.
struct EquilibriumTrace {
  Index step = 0;
  double time = 0;  // of the ODE; steps for others
  double gradient_norm = 0;
  double energy = 0;
  // F - F* = 1/2 g' H_z^{-1} g: nothing cancels. Infinite where rounding breaks the factor.
  double energy_gap = 0;
};

struct Equilibrium {
  Matrix z;  // dim x N, stacked z_1 .. z_{L-1}; where a sample diverged, its last finite iterate
  std::vector<SampleCertificate> samples;
  EquilibriumVerdict verdict = EquilibriumVerdict::kCapped;  // the worst of the samples
  Conditioning conditioning;      // of H_z, with the bounds of its eigenvalues that were used
  double step = 0, momentum = 0;  // in force; 0 where the solver has none
  // Factor by which the error falls per step (dopri5: per unit of time): as the eigenvalues predict
  // it (inference/convergence_rate.hpp), and the median over the samples followed of the slope of
  // log |g|. Empty where there is none: direct solvers, too few steps. cg has no fixed rate: its
  // prediction is a bound, and conjugate_gradient_path.hpp compares with the path itself.
  std::optional<double> predicted_rate, measured_rate;
  std::vector<EquilibriumTrace> trace;
  Index traced = 0;  // the sample that the trace is of, from 0
  double seconds = 0;
  Summary summary;  // not ok unless converged: how many are not, the worst sample and by how much
};

// x is d_x x N, y is d_y x N, in sample scale (not divided by sqrt(N)); N >= 1. Throws
// std::invalid_argument for shapes that do not fit, NaN and options out of range.
[[nodiscard]] Equilibrium equilibrium(const Architecture& architecture, const Vector& theta,
                                      ConstMatrixRef x, ConstMatrixRef y,
                                      const EquilibriumOptions& options);
// The same with the conditioning found before; it must be that of this network and decay.
[[nodiscard]] Equilibrium equilibrium(const Architecture& architecture, const Vector& theta,
                                      ConstMatrixRef x, ConstMatrixRef y,
                                      const EquilibriumOptions& options,
                                      const Conditioning& conditioning);

}  // namespace saddlescope

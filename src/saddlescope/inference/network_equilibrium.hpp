// Inference in nonlinear networks by Newton's method: activities where dF/dz = 0 and F_zz is
// positive definite, each sample with its certificate.
//
// Per sample, from the forward pass, z <- z - t H^{-1} F_z with H = F_zz where its block Cholesky
// factor exists and the Gauss-Newton matrix where it does not (network_curvature.hpp), and t halved
// until F falls (Armijo). Near a minimum t = 1 and convergence is quadratic. 7/3 n^3 flops a layer
// of width n and step, whatever the step; samples do not interact, and run in parallel.
//
// The certificate is |F_z| with a bound of its rounding error, and a proved lower bound of the
// smallest eigenvalue of F_zz (as computed): the point is then a strict local minimum of F up to
// that gradient. Minima off kinks are polished with F_z in long double until z is exact to
// rounding, and come with a bound of the distance to the exact one. F is not convex in z: there may
// be other minima.
//
// Activations with kinks: minima often lie on hyperplanes where an argument of phi sits at a kink.
// They are found by an active-set method (inference/kinked_newton.hpp) and come with the slope of
// phi at every such kink, a value between its one-sided derivatives that makes F_z vanish: what the
// weight gradient needs there in the place of phi' (kinked_newton.hpp).
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// minimum     |F_z| is within the tolerance and F_zz is proved positive definite
// on-kinks    the same with arguments of phi held at kinks, each with a slope strictly inside its
//             interval and F growing to both sides: a strict local minimum of another kind
// indefinite  |F_z| is within the tolerance, but F_zz is not proved positive definite: no minimum,
//             or one too flat to tell in this precision
// kink        an argument of phi lies at a kink to rounding, and what F does there is not settled
// stalled     neither F nor |F_z| falls any more, and |F_z| is above the tolerance
// capped      the steps allowed are used up
// not-finite  energy or gradient overflowed
enum class StationarityVerdict {
  kMinimum,
  kOnKinks,
  kIndefinite,
  kKink,
  kStalled,
  kCapped,
  kNotFinite
};
[[nodiscard]] std::string name(StationarityVerdict verdict);

// Unit `unit` of the phi of layer index `layer` is at the kink with argument `at`, where phi' is
// taken to be `slope`.
struct HeldKink {
  Index layer = 0;
  Index unit = 0;
  double at = 0;
  double slope = 0;
};

// Writes the slopes of a sample's kinks to what `pass` holds of it, the pass of a batch at its
// equilibria: energy, parameter and activity gradients made from it are then those of the
// generalised sense.
template <class T>
void apply_kinks(const Architecture& architecture, const std::vector<HeldKink>& held, Index sample,
                 NetworkPass<T>& pass);

struct NewtonOptions {
  // > 0: |F_z| relative to the norms of the terms it is the sum of; what rounding leaves is accepted
  // where it is more.
  double tolerance = 1e-13;
  Index max_steps = 200;                                         // >= 1
  std::function<void(Index done, Index samples)> progress = {};  // from one thread at a time
};

struct StationarityCertificate {
  StationarityVerdict verdict = StationarityVerdict::kCapped;
  double gradient_norm = 0;  // |F_z| at the z returned
  double rounding = 0;       // bound of the rounding error of that gradient, to first order in eps
  double lambda_min_below = 0;  // proved lower bound of the smallest eigenvalue of F_zz
  double lambda_min = 0;        // a Rayleigh quotient, at least that eigenvalue; NaN where F_zz has
                                // no Cholesky factor
  double newton_step = 0;       // |F_zz^{-1} F_z|; NaN likewise
  // Minimum: the exact one lies within this of the z returned (inference/precise_activities.hpp).
  // Infinite where that could not be proved; not made for minima on kinks.
  double distance = std::numeric_limits<double>::infinity();
  double kink_distance = 0;     // of the other arguments of phi to their nearest kink, or infinite
  std::vector<HeldKink> kinks;  // held
  double energy = 0;
  Index steps = 0;
  Index gauss_newton_steps = 0;  // of those
};

struct NetworkEquilibrium {
  Matrix z;  // dim x N
  std::vector<StationarityCertificate> samples;
  // Not ok unless every sample is a minimum, on kinks or not: says which sample is the first that is not, why, and
  // how many there are.
  Summary summary;
};

// Throws std::invalid_argument for inputs and targets that do not fit or are not finite, and for
// networks in which nothing is free.
[[nodiscard]] NetworkEquilibrium network_equilibrium(const NetworkEnergy<double>& energy,
                                                     const Vector& theta, ConstMatrixRef x,
                                                     ConstMatrixRef y,
                                                     const NewtonOptions& options = {});

}  // namespace saddlescope

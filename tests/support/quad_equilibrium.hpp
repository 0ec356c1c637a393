// The equilibrated energy of small nonlinear networks in quad arithmetic, written from the
// definitions: what bounds of double's errors are held against.
#pragma once

#include "saddlescope/base/quad.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope::testing {

// Input and output clamped, mse, one sample: z (dim) of the equilibrium near `start`, by Newton
// steps with F_zz in double, until they are below 1e-28.
[[nodiscard]] VectorOf<Quad> quad_equilibrium(const NetworkEnergy<double>& energy,
                                              const VectorOf<Quad>& theta, const Vector& x,
                                              const Vector& y, const Vector& start);

// The Hessian of F* in theta (p x p) of one sample by central differences of the envelope gradient
// at re-equilibrated activities, h = 1e-9: errors of h^2 and 1e-28/h, about 1e-17.
[[nodiscard]] MatrixOf<Quad> quad_hessian(const NetworkEnergy<double>& energy, const Vector& theta,
                                          const Vector& x, const Vector& y, const Vector& start);

}  // namespace saddlescope::testing

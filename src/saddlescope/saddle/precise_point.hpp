// The upper step of the precision ladder: a point and the small part of its spectrum in quad
// precision.
//
// Eigenvalues of a Hessian in double are known to about eps |H|, so those below `threshold` have no
// sign. With F the eigenvectors of the others (values Lambda) and V those of the near-null rest:
//
//   point       theta <- theta - F Lambda^{-1} F' gradient       until F' gradient is rounding
//   near null   V <- V - F Lambda^{-1} F' H V                    until F' H V is rounding
//
// in quad, with the double F and Lambda as preconditioners: each step gains about
// threshold/(p eps |H|). Then [V F]' H [V F] is block diagonal, V'HV is the Schur complement of
// F'HF, and (Haynsworth) the inertia of H is that of Lambda plus that of V'HV, whose eigenvalues
// mu_j = v_j' H v_j are small numbers computed by themselves and not as differences of large ones.
//
// The products H v_j are first coefficients of gradients along theta + t v_j (Objective::along),
// whose errors scale with that direction alone and not with |H|. With unit = 4 (p + 4) eps_quad and
// the sizes of that series, mu_j counts as zero if |mu_j| <= threshold_j, d times the larger of
//
//   2 unit value_size_2                                          rounding
//   (2 k_j g_j)^{1/2},  k_j = 6 value_size_3, g_j = |v_j' gradient| + unit value_size_1
//                                                                the point
//
// The second is Kantorovich's condition on Newton's method along v_j: with mu^2 > 2 k g a
// stationary point lies within 2 g/|mu| and has an eigenvalue of the same sign; below, the nearest
// critical point may have none. The factor d is for mixed terms between the d near-null directions,
// which are taken to be no larger than those of the directions themselves.
//
// Cost: a few series in quad precision for each near-null direction.
#pragma once

#include "saddlescope/base/quad.hpp"
#include "saddlescope/linalg/inertia.hpp"
#include "saddlescope/saddle/escape_order.hpp"

namespace saddlescope {

struct PrecisePoint {
  VectorOf<Quad> theta;
  double moved = 0;    // |theta - the given one|
  double allowed = 0;  // 4 (p + 1) eps_double (|theta| + gradient_size/min |Lambda|)
  // eps_double |theta| + moved: rounding that displaced the point in the far directions is taken to
  // have displaced it as much in the near-null ones, where no Newton step can tell.
  double location_error = 0;
  double gradient_norm = 0;
  double gradient_bound = 0;  // its rounding error in quad

  VectorOf<Quad> near_values;      // d: mu_j, ascending
  Vector near_thresholds;          // d
  MatrixOf<Quad> near_directions;  // p x d: v_j, orthonormal
  Inertia inertia;                 // of the whole Hessian
  // For escape_order<Quad>, with theta_error = location_error.
  // Null space: the mu_j that count as zero. Empty if there is a negative eigenvalue. The range
  // values are those of the double eigenpairs, to their accuracy.
  NullSpace<Quad> space;
  // kUndecided: the point moved further than allowed, its gradient stays above the bound, or a
  // near-null direction could not be freed of its range component.
  Summary summary;
};

struct PrecisionOptions {
  Index max_steps = 8;  // >= 1, of each iteration above
};

// `values` (ascending) and `vectors` are the eigenpairs of the Hessian in double at theta, of which
// those with |value| <= threshold are doubted. Throws std::invalid_argument if shapes do not fit.
[[nodiscard]] PrecisePoint precise_point(const Objective<Quad>& objective, const Vector& theta,
                                         const Vector& values, const Matrix& vectors,
                                         double threshold, const PrecisionOptions& options = {});

}  // namespace saddlescope

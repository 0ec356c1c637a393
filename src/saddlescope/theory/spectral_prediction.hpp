// The limiting spectrum of the activity Hessian of a linear network with independent random weights:
// density, atoms, distribution function, moments.
//
// Density [D]: rho(x) = -Im g(x + i0)/pi with the solution of the matrix Dyson equation
// (theory/dyson_chain.hpp), on intervals between edges or singular points. Each is mapped by
//
//   log x = log a + log(b/a) s(t),   s(t) = 1/(1 + exp(-pi sinh t))
//
// so that the trapezoidal rule in t converges exponentially, whatever powers the density follows at
// the ends (tanh-sinh quadrature). The true mass of density and atoms is 1: what the sum lacks is the
// error reported. Between nodes the distribution function is the cubic through F and F' = rho dx/dt.
//
// Atoms are counted by the ranks of theory/dyson_chain.hpp, exact multiples of 1/dim at every finite
// width, and weighed a second time by the equation: eta (-Im g(x_0 + i eta)) as eta -> 0.
#pragma once

#include <span>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

struct SpectralAtom {
  double x = 0;                // eigenvalue of H_z, decay included
  Index multiplicity = 0;      // eigenvalues of H_z there, by ranks
  double weight = 0;           // multiplicity/dim
  double equation_weight = 0;  // the same from the Dyson equation
};

// Nodes of one interval of the support.
struct SpectralBulk {
  double low = 0, high = 0;  // of the eigenvalues of H_z, decay included
  double mass = 0;
  Vector x;                       // ascending nodes
  Vector density;                 // at the nodes
  Vector cumulative;              // mass of the interval below the nodes
  double spacing = 0, first = 0;  // of the nodes in t
  double decay = 0;

  [[nodiscard]] double mass_below(double at) const;
  [[nodiscard]] double density_between(double at) const;  // linear between nodes, 0 outside
};

struct SpectralPrediction {
  Index dim = 0;
  std::vector<SpectralBulk> bulks;  // ascending by `low`; of several chains they may overlap
  std::vector<SpectralAtom> atoms;  // ascending, multiplicity > 0
  double lambda_min = 0, lambda_max = 0, condition_number = 0;
  // Medians of the extreme eigenvalues at these widths (theory/dyson_branch.hpp).
  double lambda_min_median = 0, lambda_max_median = 0;
  double mass_error = 0;     // |mass of bulks and atoms - 1|
  double residual = 0;       // of the Dyson equation, relative, the largest at any node
  Index n_extrapolated = 0;  // nodes next to an end whose density continues its power law
  Summary summary;

  // F(x): the share of eigenvalues <= x, or < x.
  [[nodiscard]] double at_most(double x) const;
  [[nodiscard]] double below(double x) const;
  // Of all bulks together, without atoms; a picture's accuracy between nodes.
  [[nodiscard]] double density(double x) const;
  [[nodiscard]] double moment(int power) const;  // of x^power
};

// Throws as predicted_condition_number does.
[[nodiscard]] SpectralPrediction predict_activity_spectrum(const Architecture& architecture,
                                                           std::span<const double> variances,
                                                           double activity_decay = 0);

// sup |F_predicted - F_measured|, for ascending eigenvalues known to `threshold`: those within it of
// an atom count as being there.
[[nodiscard]] double kolmogorov_distance(const SpectralPrediction& prediction,
                                         ConstVectorRef eigenvalues, double threshold);

}  // namespace saddlescope

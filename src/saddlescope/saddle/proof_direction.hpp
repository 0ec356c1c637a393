// The directions of negative curvature from the proof that critical points of F* are strict saddles
// (derived for this project; not yet reviewed by the field).
//
// At a critical point of F* with r = y - A_{L:1} x != 0, every c in span{r_i} has A_L' c = 0. With
// a unit such c, z = A_{L-1:1} x and rho = <(c'r)^2>:
//
//   (i)  <z z'> singular, q'z = 0 for every sample: V_L = c q' has
//          V'HV = -a_L^2 lambda^2 rho q'Kq,   K the block L-1 of the inverse activity Hessian.
//   (ii) A_L w = 0, w = A_{L-1:2} v, g = <x r'> c != 0: along V_1 = t v g'/a_1, V_L = s c w'/a_L
//          V'HV <= lambda s^2 <(w'z)^2> - 2 lambda s t |w|^2 |g|^2.
//        t and s minimise the right-hand side over |V|^2: with |V| = 1 that is the least eigenvalue
//        of [0 -b; -b d] for b = lambda a_1 a_L |w||g|/|v|, d = lambda a_L^2 <(w'z)^2>/|w|^2,
//          mu = -b^2 / (d/2 + sqrt(d^2/4 + b^2)),
//        which has no cancellation: the sign is seen where mu = -1e-18 and eigenvalues of H are of
//        order 1.
//
// Everything here is plain double: the directions are proposals, and the proof is their enclosure
// (saddle/certificate.hpp). Null vectors come from singular value decompositions; c is tried as the
// leading eigenvector of <r r'> and as the unit vector of span{r_i} with the largest |Sigma_xy c|.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

enum class ProofCase { kSingularActivities, kOutputCoupling };  // (i), (ii)

struct ProofDirection {
  ProofCase which = ProofCase::kSingularActivities;
  Vector vector;         // p, of length 1
  double curvature = 0;  // what the formula above makes of V'HV, or of its bound, in double; < 0
};

struct ProofDirections {
  std::vector<ProofDirection> found;  // most negative curvature first
  std::string reason;                 // why there is none; empty otherwise
};

// theta: p entries, finite, meant to be a critical point of F*. Throws std::invalid_argument if the
// sizes do not fit.
[[nodiscard]] ProofDirections proof_directions(const Architecture& architecture,
                                               const Dataset& data, const Vector& theta);

}  // namespace saddlescope

// Directions to slice a landscape along.
#pragma once

#include <cstdint>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// Eigenvectors of the Hessian, each a *column* of the eigenvector matrix: H u_i = lambda_i u_i.
// (The rows that published code took are no eigenvectors.) Signed so that the entry of largest
// magnitude, the first of them, is positive.
struct EigenDirections {
  Vector values;               // of the indices asked for, in their order
  Matrix vectors;              // p x k, orthonormal
  Vector residuals;            // |H u - lambda u|
  double error = 0;            // of a value: rounding of H and of the eigen-solver
  std::vector<Index> indices;  // 1 .. p, ascending order of eigenvalues
  // Eigenvalues within 2 error of lambda_i, itself included, among those computed. Above 1 the
  // direction is one of many in its eigenspace.
  std::vector<Index> multiplicities;
  Summary summary;  // not ok: empty otherwise
};

// `indices`: 1 is the smallest eigenvalue, 2 the next; -1 the largest, -2 the one before it;
// distinct. Dense (4/3 p^3 flops and more) up to p = dense_limit, else by Lanczos for indices
// within 64 of an end. Throws std::invalid_argument for an index that p or the method does not
// reach.
[[nodiscard]] EigenDirections hessian_directions(const Point<double>& point,
                                                 const std::vector<Index>& indices,
                                                 std::uint64_t seed, Index dense_limit = 2000);

// Gaussian directions in which every row of every W_l is scaled to the norm of the same row of
// theta (the row of weights into one unit: a "filter"), so that a step of 1 changes each unit by
// its own size, whatever the scaling symmetries make of it. Rows that are zero in theta stay zero
// in the direction: such units are never switched on; zero_rows counts them. Independent draws, not
// orthogonalised.
struct FilterDirections {
  Matrix vectors;  // p x count
  Index zero_rows = 0;
  Index rows = 0;  // of all layers
};
// Throws std::invalid_argument where every row of theta is zero: at the origin there is no scale.
[[nodiscard]] FilterDirections filter_normalised_directions(const Architecture& architecture,
                                                            const Vector& theta, Index count,
                                                            std::uint64_t seed);

// Principal components of points about a centre: the left singular vectors of points - center, as
// orthonormal columns, signed as above.
struct PrincipalDirections {
  Matrix vectors;    // p x count
  Vector variances;  // count: shares sigma_i^2/sum_j sigma_j^2 of the squared distances to `center`
};
// Throws std::invalid_argument where the points span fewer than `count` dimensions to rounding.
[[nodiscard]] PrincipalDirections principal_directions(ConstMatrixRef points, const Vector& center,
                                                       Index count);

}  // namespace saddlescope

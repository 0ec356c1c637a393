// An objective's point restricted to a subspace of parameter space: value, and B'g, B'HB for an
// orthonormal basis B (p x k), or for the coordinates of chosen layers.
#pragma once

#include <memory>
#include <vector>

#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// The point as a function of the weights of `layers` (0-based, distinct, ascending) alone.
template <class T>
[[nodiscard]] std::unique_ptr<const Point<T>> restrict_to_layers(
    std::unique_ptr<const Point<T>> point, const Architecture& architecture,
    const std::vector<Index>& layers);

// The point on theta + span(B); B has orthonormal columns.
template <class T>
[[nodiscard]] std::unique_ptr<const Point<T>> restrict_to_subspace(
    std::unique_ptr<const Point<T>> point, MatrixOf<T> basis);

}  // namespace saddlescope

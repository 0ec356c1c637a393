// The continuous symmetry of nonlinear networks with positively homogeneous activations (relu,
// leaky-relu, and identity as one of them): units may be rescaled.
//
// phi(c u) = c phi(u), c > 0. Let hidden unit i of layer l have no identity skip into it or out of
// it. Then
//
//   row i of W_l, b_{l,i} -> c times themselves,   column i of W_{l+1} -> 1/c times itself
//
// multiplies z_{l,i} by c in the forward pass and changes no other activity, for pre and post
// placement alike. Every loss of the output is invariant. The equilibrated energy F* is not (its
// hidden errors scale); but without activity decay all hidden errors vanish at its critical points
// ([D], the balance of positively homogeneous networks neuron by neuron), where the rescaled
// forward pass is again an equilibrium with the same output error and the same vanishing gradient:
// the whole orbit of a critical point is critical, with the same value. So *at critical points of
// either the tangents below are zero modes of the Hessian* (for F* derived here, checked
// numerically, not yet reviewed by the field). Other activations have no continuous symmetry:
// permutations and, for odd ones, changes of sign move no point along a curve. With the identity
// activation more directions are zero modes than these (saddle/symmetry.hpp).
#pragma once

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// p x k, a column per unit that may be rescaled: the derivative at c = 1, dW_l = row i of W_l,
// db_{l,i} = b_{l,i}, dW_{l+1} = -column i. No columns where the activation is not positively
// homogeneous.
[[nodiscard]] Matrix rescaling_directions(const Architecture& architecture, const Vector& theta);

}  // namespace saddlescope

// The mean-field limit of one hidden layer in closed form: a check of theory/mean_field.hpp that
// shares no equation with it.
//
// With h_mu = W^1 x_mu/sqrt(d_x) and w_k the rows of W^2, gradient descent in the muP scaling is,
// c = gamma eta/P,
//
//   h <- h + c w Delta' K_x,   w <- w + c h Delta     (h: n x P, w: n x K)
//
// so the Gram matrix of the P + K vectors (h, w) closes at every width:
//
//   S <- R' S R,   R = [I, c Delta; c Delta' K_x, I],   f = S_{hw}/gamma,
//
// and at n = infinity S_0 = blkdiag(K_x, I) (derived here). 4 T (P + K)^3 flops.
#pragma once

#include "saddlescope/theory/mean_field.hpp"

namespace saddlescope {

struct TwoLayerMeanField {
  Vector loss;           // T + 1
  Matrix hidden_kernel;  // <h h>/n at the last step, P x P
  Matrix readout;        // <w w>/n at the last step, K x K
  Summary summary;       // kNotFinite where training diverges; the loss is then shorter
};

// Throws std::invalid_argument if the problem has not one hidden layer, or shapes disagree.
[[nodiscard]] TwoLayerMeanField two_layer_mean_field(const MeanFieldProblem& problem);

}  // namespace saddlescope

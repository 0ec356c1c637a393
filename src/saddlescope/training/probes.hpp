// What probes look at, each kind on a schedule of its own:
//
//   network        the quantities below
//   conditioning   of inference, and the spectrum of S (training/conditioning_probe.hpp)
//   hessian        ends and inertia of the spectra of loss and energy (training/hessian_probe.hpp)
//
// What the loss and the equilibrated energy look like at the weights of one moment, in double:
//
//   probe_loss              L on the probed samples
//   equilibrated_energy     F* = F(z*), z* by Newton's method (inference/network_equilibrium.hpp)
//   loss_over_energy        lambda L/F*; 1 where both are 0
//   certified               share of samples whose z* is certified a minimum, on kinks or not
//   cosine_all, cosine_l    of the gradients of F* and lambda L, over all parameters and those of
//                           layer l; 0 where one of them is 0
//   pc_gradient_l           |dF*/d(W_l, b_l)|
//   bp_gradient_l           |d lambda L/d(W_l, b_l)|
//   weight_norm_l           |W_l|, without the bias
//   balance_l, l < L        |W_l|^2 + |b_l|^2 - |W_{l+1}|^2: constant under gradient flow of the
//                           loss and falling at 2 <|eps_l|^2> under that of F*, for linear and
//                           positively homogeneous phi and equal rates (theory.md 3.7)
//   layer_jacobian_l        how far J_l = df_l/dz_{l-1} stretches, and how far the output's Jacobian
//   output_jacobian_l       df/dz_{l-1} does, in the root mean square at the forward pass
//                           (training/signal_propagation.hpp)
//   layer_energy_l          <F_l> at z*
//   activity_l, l < L       mean |entry| of z*_l
//   error_l                 mean |entry| of eps_l at z*, the output's included
//   inference_cosine_k      of the gradient that inference gives after 2^(k-1) <= T steps and that of
//                           lambda L; of methods that go in steps, whatever their tolerance
//
// Where activities overflow what depends on them is left out. Cost: two dozen factorisations of F_zz a
// sample, 7/3 n_l^3 flops a layer each.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/network_energy.hpp"
#include "saddlescope/inference/batch_inference_options.hpp"

namespace saddlescope {

struct ProbeSelection {
  bool network = false;
  bool conditioning = false;
  bool hessian = false;
};

// Names in a fixed order, each with the number of its layers (of k of the last); 0: one number of
// the whole network.
[[nodiscard]] std::vector<std::pair<std::string, Index>> probe_columns(
    const Architecture& architecture, const BatchInferenceOptions& inference);

[[nodiscard]] std::vector<std::pair<std::string, Vector>> probe_network(
    const NetworkEnergy<double>& energy, const Vector& theta, const Dataset& data,
    const BatchInferenceOptions& inference);

}  // namespace saddlescope

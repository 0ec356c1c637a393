// Claims about inference on mini-batches: where predictive coding is backpropagation, and that no
// method goes below the equilibrated energy.
#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/batch_inference.hpp"

namespace saddlescope::analysis {
namespace {

// f(network, name) for the case's network with each activation and placement.
void for_each_network(const Case& c, const std::vector<Activation>& activations,
                      const std::function<void(const Architecture&, const std::string&)>& f) {
  for (const Activation activation : activations)
    for (const Placement placement : {Placement::kPre, Placement::kPost}) {
      Architecture net = c.architecture;
      net.activation = activation;
      net.placement = placement;
      f(net, fmt::format("{} {}", name(activation), name(placement)));
    }
}

// The weight gradient after some steps, and the pass there.
Vector weight_gradient(const Case& c, const Architecture& net, const BatchInferenceOptions& options,
                       NetworkPass<double>& pass) {
  const NetworkEnergy<double> energy(net);
  BatchInference<double> inference(energy, options);
  inference.run(c.theta, c.data.x, c.data.y, pass);
  return energy.parameter_gradient(pass);
}

// Both sides are lambda times backpropagation's products: each within the loss gradient's own bound.
void measure_fixed_predictions(Case& c, Measurements& m) {
  const std::vector<Activation> all = {Activation::kIdentity, Activation::kTanh, Activation::kRelu,
                                       Activation::kGelu};
  for_each_network(c, all, [&](const Architecture& net, const std::string& name) {
    const auto loss = network_loss(net, c.data)->at(c.theta).point;
    BatchInferenceOptions options;
    options.method = InferenceMethod::kFixedPrediction;
    options.max_steps = net.depth() - 1;
    NetworkPass<double> pass;
    const Vector difference =
        weight_gradient(c, net, options, pass) - net.lambda() * loss->gradient();
    m.add(name, difference.norm(), 2 * net.lambda() * loss->gradient_error_bound());
  });
}

// d(s) = |g_l/s - pi_l g_l(BP)| (output: without s) is c s + O(s^2): it halves with s. To be seen it
// must be far above rounding: that of the loss's gradient, and of e_l = z_l - f_l, eps |z_l|, both
// over s.
void measure_error_limit(Case& c, Measurements& m) {
  constexpr double kStep = 0x1p-14;
  const std::vector<Activation> smooth = {Activation::kIdentity, Activation::kTanh,
                                          Activation::kSilu};
  for_each_network(c, smooth, [&](const Architecture& net, const std::string& name) {
    const auto loss = network_loss(net, c.data)->at(c.theta).point;
    const Vector expected = net.lambda() * loss->gradient();
    BatchInferenceOptions options;
    options.method = InferenceMethod::kErrors;
    options.max_steps = 1;
    NetworkPass<double> pass;
    const auto gradient = [&](double step) {
      options.step = step;
      return weight_gradient(c, net, options, pass);
    };
    const std::pair<Vector, Vector> g{gradient(kStep), gradient(kStep / 2)};
    for (Index l = 0; l < net.depth(); ++l) {
      const bool hidden = l + 1 < net.depth();
      const auto k = static_cast<std::size_t>(l);
      const double precision = hidden ? net.precisions[k] : 1;
      const auto distance = [&](const Vector& at, double step) {
        const Index count = net.offset(l + 1) - net.offset(l);
        return (at.segment(net.offset(l), count) / (hidden ? step : 1) -
                precision * expected.segment(net.offset(l), count))
            .norm();
      };
      const double coarse = distance(g.first, kStep);
      const double forming = 8 * kEps * std::abs(net.scales[k]) * net.precisions[k] *
                             pass.z[k + 1].norm() * pass.z[k].norm() /
                             static_cast<double>(c.data.n_samples());
      const double rounding = (2 * net.lambda() * loss->gradient_error_bound() + forming) / kStep;
      if (coarse <= 1e3 * rounding) {
        m.unresolved();
        continue;
      }
      m.add(fmt::format("{}, layer {}", name, l + 1),
            std::abs(distance(g.second, kStep / 2) / coarse - 0.5), 0.01);
    }
  });
}

// As measured for the solvers of linear networks: energies are known to n eps times the squares of
// the terms of their errors.
void measure_batch_energies(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const double F =
      LinearState<double>(LinearObjective::kEnergy, c.architecture, c.factor, c.theta).value();
  const auto samples = static_cast<double>(c.data.n_samples());
  for (const std::string& method : inference_method_names()) {
    BatchInferenceOptions options;
    options.method = parse_inference_method(method);
    if (options.method == InferenceMethod::kFixedPrediction) continue;  // no energy of activities
    options.max_steps = 7;
    BatchInference<double> inference(NetworkEnergy<double>(c.architecture), options);
    NetworkPass<double> pass;
    const double energy = inference.run(c.theta, c.data.x, c.data.y, pass).energy;
    double size = c.factor.x.squaredNorm() + c.factor.y.squaredNorm();
    for (std::size_t l = 1; l + 1 < pass.z.size(); ++l) size += pass.z[l].squaredNorm() / samples;
    double terms = s.energy;
    for (std::size_t l = 0; l < s.maps.size(); ++l)
      terms += c.architecture.precisions[l] * (1 + s.maps[l] * s.maps[l]) * size;
    m.add(method, std::max(0.0, F - energy), s.rounding(LinearObjective::kEnergy) * terms);
  }
}

}  // namespace

std::vector<Claim> batch_claims() {
  return {
      swept_claim(
          {.id = "fixed-prediction-backpropagation",
           .statement = "Inference with predictions fixed at the forward pass reaches after "
                        "L - 1 unit steps the errors of backpropagation: its weight "
                        "gradient is lambda times that of the loss.",
           .source = "Whittington and Bogacz 2017; Millidge et al. 2020",
           .sweep = "the sweep's networks with identity, tanh, ReLU and GELU, pre and post",
           .tolerance = "twice the bound of the loss gradient's rounding error"},
          {.widths = hidden_widths()}, measure_fixed_predictions),
      swept_claim(
          {.id = "error-step-backpropagation",
           .statement = "One step of length s of error optimisation from the forward pass "
                        "gives hidden weight gradients of s pi_l lambda times the loss's, "
                        "and lambda times the loss's at the output, up to O(s) of them.",
           .source = "Goemaere et al. 2025 (ePC); derived in inference/batch_errors.cpp",
           .sweep = "the sweep's networks with identity, tanh and SiLU, pre and post; where "
                    "the distance can be told from rounding",
           .tolerance = "1 % on the ratio 1/2 of the distances at s and s/2, s = 2^-14"},
          {.widths = hidden_widths()}, measure_error_limit),
      swept_claim({.id = "batch-energy-above-equilibrium",
                   .statement = "F(z) >= F* after seven steps of every method of inference on "
                                "mini-batches.",
                   .source = "F is convex in z without an activation",
                   .sweep = "linear networks",
                   .tolerance = "rounding of the energy's terms at z"},
                  {.widths = hidden_widths()}, measure_batch_energies),
  };
}

}  // namespace saddlescope::analysis

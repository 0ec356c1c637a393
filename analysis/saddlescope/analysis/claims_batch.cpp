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

// Both sides are lambda times backpropagation's products: each within the loss gradient's own
// bound.
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

// The distance d(s) of the gradient, hidden layers divided by s pi_l, from backpropagation's; and
// what rounding makes of it: n eps |a| (pi |z_l| + |delta_l|) |z_{l-1}| in layer l, as divided.
struct Limit {
  double distance = 0;
  double rounding = 0;
};
Limit limit_at(const Case& c, const Architecture& net, double step, const Vector& expected) {
  BatchInferenceOptions options;
  options.method = InferenceMethod::kErrors;
  options.max_steps = 1;
  options.step = step;
  NetworkPass<double> pass;
  const Vector g = weight_gradient(c, net, options, pass);
  const double roundings = scales(c.architecture, c.factor, c.theta).roundings;
  const auto samples = static_cast<double>(c.data.n_samples());
  Limit out;
  for (Index l = 0; l < net.depth(); ++l) {
    const auto k = static_cast<std::size_t>(l);
    const double divisor = l + 1 < net.depth() ? step * net.precisions[k] : 1;
    const Index count = net.offset(l + 1) - net.offset(l);
    const Vector distance =
        g.segment(net.offset(l), count) / divisor - expected.segment(net.offset(l), count);
    const double terms = (net.precisions[k] * pass.z[k + 1].norm() + pass.delta[k].norm()) *
                         std::abs(net.scales[k]) * pass.z[k].norm() / samples / divisor;
    out.distance = std::hypot(out.distance, distance.norm());
    out.rounding = std::hypot(out.rounding, roundings * kEps * terms);
  }
  return out;
}

// d(s) = c s + O(s^2) halves with s. Taken over all layers, whose c do not vanish together.
void measure_error_limit(Case& c, Measurements& m) {
  constexpr double kStep = 0x1p-14;
  const std::vector<Activation> smooth = {Activation::kIdentity, Activation::kTanh,
                                          Activation::kSilu};
  for_each_network(c, smooth, [&](const Architecture& net, const std::string& name) {
    const Vector expected = net.lambda() * network_loss(net, c.data)->at(c.theta).point->gradient();
    const Limit coarse = limit_at(c, net, kStep, expected);
    const Limit fine = limit_at(c, net, kStep / 2, expected);
    if (coarse.distance <= 1e3 * fine.rounding) return m.unresolved();
    m.add(name, std::abs(fine.distance / coarse.distance - 0.5), 0.02);
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
           .tolerance = "0.02 on the ratio 1/2 of the distances at s and s/2, s = 2^-14"},
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

// Small random problems of nonlinear networks: every activation, placement, loss, with and without
// biases, skips, activity decay, and clampings.
#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope::testing {

struct NetworkProblem {
  std::string name;
  Architecture architecture;
  double decay = 0;
  Clamping clamping;
  Vector theta;  // p
  Matrix x, y;   // 3 samples
  Matrix z;      // free activities: random, no equilibrium

  [[nodiscard]] NetworkEnergy<double> energy() const {
    return NetworkEnergy<double>(architecture, decay, clamping);
  }
};

inline const std::vector<Activation>& all_activations() {
  static const std::vector<Activation> list = {
      Activation::kIdentity, Activation::kTanh,      Activation::kHardTanh,
      Activation::kRelu,     Activation::kLeakyRelu, Activation::kGelu,
      Activation::kSelu,     Activation::kSilu,      Activation::kSoftplus};
  return list;
}

inline NetworkProblem network_problem(Architecture net, double decay, Clamping clamping,
                                      Index samples, std::uint64_t seed) {
  RandomStream stream(seed, "network problem");
  NetworkProblem p;
  p.name = fmt::format("{} {} {}{}{} decay {}{}{}", name(net.activation), name(net.placement),
                       name(net.loss), net.biases ? " biases" : "",
                       net.skips[1] != 0 ? " skips" : "", decay,
                       clamping.input ? "" : " free input", clamping.output ? "" : " free output");
  for (std::size_t l = 0; l < net.scales.size(); ++l) {
    net.scales[l] = stream.uniform(0.5, 1.5);
    net.precisions[l] = stream.uniform(0.5, 2);
  }
  p.architecture = net;
  p.decay = decay;
  p.clamping = clamping;
  p.x = stream.normal_matrix(net.input(), samples);
  p.y = stream.normal_matrix(net.output(), samples);
  if (net.loss == OutputLoss::kCrossEntropy) {
    p.y = p.y.array().exp();
    for (Index i = 0; i < samples; ++i) p.y.col(i) /= p.y.col(i).sum();
  }
  p.theta = 0.7 * stream.normal_matrix(net.n_parameters(), 1);
  p.z = stream.normal_matrix(p.energy().dim(), samples);
  return p;
}

// Widths 3-4-4-2, the middle layer residual where there are skips.
inline std::vector<NetworkProblem> network_problems() {
  std::vector<NetworkProblem> out;
  std::uint64_t seed = 100;
  for (const Activation activation : all_activations())
    for (const Placement placement : {Placement::kPre, Placement::kPost})
      for (const OutputLoss loss : {OutputLoss::kMse, OutputLoss::kCrossEntropy})
        for (const bool biases : {false, true})
          for (const int skip : {0, 1})
            for (const double decay : {0.0, 0.3}) {
              const Architecture net{{3, 4, 4, 2}, {1, 1, 1}, {0, skip, 0}, {1, 1, 1},
                                     activation,   placement, biases,       loss};
              out.push_back(network_problem(net, decay, {}, 3, ++seed));
            }
  for (const Placement placement : {Placement::kPre, Placement::kPost})
    for (const Clamping clamping : {Clamping{false, true}, Clamping{true, false}}) {
      const Architecture net{{3, 4, 4, 2},      {1, 1, 1}, {0, 1, 0}, {1, 1, 1},
                             Activation::kTanh, placement, true,      OutputLoss::kMse};
      out.push_back(network_problem(net, 0.2, clamping, 3, ++seed));
    }
  const Architecture causes{{3, 4, 2},         {1, 1},           {0, 0}, {1, 1},
                            Activation::kGelu, Placement::kPost, false,  OutputLoss::kCrossEntropy};
  out.push_back(network_problem(causes, 0, {false, true}, 3, ++seed));
  return out;
}

}  // namespace saddlescope::testing

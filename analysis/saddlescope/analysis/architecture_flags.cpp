#include "saddlescope/analysis/architecture_flags.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/network/linear_network.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {

void describe(ArchitectureFlags& flags, OptionTable& table) {
  table.add("parameterisation", &flags.parameterisation, "sp, ntp or mupc [sp]");
  table.add("gamma", &flags.gamma, "richness: the last scale is divided by it, > 0 [1]");
  table.add("skips", &flags.skips, "identity skips on the layers between first and last");
  table.add("lambda", &flags.lambda, "output precision, > 0 [1]");
  table.add("precisions", &flags.precisions,
            "precisions p1,..,pL of all layers, > 0, instead of --lambda [1,..,1]");
  table.add("activation", &flags.activation,
            "identity, tanh, hard-tanh, relu, leaky-relu, gelu, selu, silu or softplus [identity]");
  table.add("placement", &flags.placement,
            "where the activation stands: pre (before the weights, none on the input) or post "
            "(after them, none at the output) [pre]");
  table.add("bias", &flags.bias, "a bias on every layer");
  table.add("loss", &flags.loss, "mse or ce (cross-entropy of the output's softmax) [mse]");
  table.add("activity-decay", &flags.activity_decay,
            "alpha >= 0 of the term alpha/2 |z|^2 of the energy [0]");
}

void refuse_beside_a_file(const std::string& file, const ArchitectureFlags& flags,
                          std::vector<std::pair<const char*, bool>> others) {
  others.insert(others.end(), {{"--parameterisation", flags.parameterisation.has_value()},
                               {"--gamma", flags.gamma.has_value()},
                               {"--skips", flags.skips.has_value()},
                               {"--lambda", flags.lambda.has_value()},
                               {"--precisions", flags.precisions.has_value()},
                               {"--activation", flags.activation.has_value()},
                               {"--placement", flags.placement.has_value()},
                               {"--bias", flags.bias.has_value()},
                               {"--loss", flags.loss.has_value()},
                               {"--activity-decay", flags.activity_decay.has_value()}});
  for (const auto& [flag, given] : others)
    require(!given, "{}: the network file {} already says this; expected one of the two, got both",
            flag, file);
}

void fill_defaults(ArchitectureFlags& flags) {
  require(!(flags.lambda && flags.precisions),
          "--lambda: --precisions ends with the output precision; expected one of the two, got "
          "both");
  if (!flags.parameterisation) flags.parameterisation = "sp";
  (void)parse_parameterisation(*flags.parameterisation);
  if (!flags.gamma) flags.gamma = 1;
  if (!flags.skips) flags.skips = false;
  if (!flags.lambda && !flags.precisions) flags.lambda = 1;
  if (!flags.activation) flags.activation = "identity";
  const bool linear = parse_activation(*flags.activation) == Activation::kIdentity;
  require(!linear || !flags.placement,
          "--placement: expected with an --activation other than identity, got it without");
  if (!linear) (void)parse_placement(flags.placement.emplace(flags.placement.value_or("pre")));
  if (!flags.bias) flags.bias = false;
  if (!flags.loss) flags.loss = "mse";
  (void)parse_output_loss(*flags.loss);
  if (!flags.activity_decay) flags.activity_decay = 0;
  require(*flags.activity_decay >= 0 && std::isfinite(*flags.activity_decay),
          "--activity-decay: expected >= 0, got {}", *flags.activity_decay);
}

Network shaped_network(const ArchitectureFlags& flags, std::vector<Index> widths) {
  ArchitectureOptions shape;
  shape.widths = std::move(widths);
  shape.parameterisation = parse_parameterisation(*flags.parameterisation);
  shape.gamma = *flags.gamma;
  shape.skips = *flags.skips;
  shape.lambda = flags.lambda.value_or(1);
  shape.precisions = flags.precisions.value_or(std::vector<double>{});
  shape.activation = parse_activation(*flags.activation);
  shape.placement = parse_placement(flags.placement.value_or("pre"));
  shape.biases = *flags.bias;
  shape.loss = parse_output_loss(*flags.loss);
  Network network;
  network.architecture = make_architecture(shape);
  network.parameterisation = *flags.parameterisation;
  network.gamma = *flags.gamma;
  network.activity_decay = *flags.activity_decay;
  return network;
}

bool is_linear(const Architecture& net) { return is_deep_linear(net); }

bool is_linear(const ArchitectureFlags& flags) {
  return parse_activation(*flags.activation) == Activation::kIdentity && !*flags.bias &&
         parse_output_loss(*flags.loss) == OutputLoss::kMse;
}

bool has_closed_form(const Network& network) {
  return is_linear(network.architecture) && network.activity_decay == 0;
}

void require_linear_network(const Network& network, const std::string& file) {
  if (!file.empty()) {
    require_linear(network, file);
    return;
  }
  const Architecture& net = network.architecture;
  require(
      net.activation == Activation::kIdentity,
      "--activation: expected identity (what is asked for is computed for linear networks), got "
      "{}",
      name(net.activation));
  require(!net.biases,
          "--bias: what is asked for is computed for linear networks without biases; expected "
          "none");
  require(net.loss == OutputLoss::kMse,
          "--loss: expected mse (what is asked for is computed for the mean squared error), got {}",
          name(net.loss));
}

std::string activation_title(const Network& network) {
  const Architecture& net = network.architecture;
  std::string text;
  if (net.activation != Activation::kIdentity)
    text += fmt::format(", {} {}", name(net.activation), name(net.placement));
  if (net.biases) text += ", biases";
  if (net.loss == OutputLoss::kCrossEntropy) text += ", cross-entropy";
  if (network.activity_decay != 0) text += fmt::format(", decay {:g}", network.activity_decay);
  return text;
}

}  // namespace saddlescope::analysis

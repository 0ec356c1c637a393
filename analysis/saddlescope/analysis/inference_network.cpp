#include "saddlescope/analysis/inference_network.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

void refuse_flags_beside_a_file(const InferenceNetworkOptions& o) {
  refuse_beside_a_file(o.network, o,
                       {{"--input", o.input.has_value()},
                        {"--output", o.output.has_value()},
                        {"--width", o.width.has_value()},
                        {"--hidden-layers", o.hidden_layers.has_value()},
                        {"--hidden", o.hidden.has_value()},
                        {"--init", o.init.has_value()},
                        {"--init-scale", o.init_scale.has_value()}});
}

std::vector<Index> all_widths(const InferenceNetworkOptions& o) {
  std::vector<Index> widths = {*o.input};
  if (o.hidden) {
    widths.insert(widths.end(), o.hidden->begin(), o.hidden->end());
  } else {
    require(*o.hidden_layers >= 1 && *o.hidden_layers <= 100000,
            "--hidden-layers: expected 1 .. 100000, got {}", *o.hidden_layers);
    widths.insert(widths.end(), static_cast<std::size_t>(*o.hidden_layers), *o.width);
  }
  widths.push_back(*o.output);
  return widths;
}

void require_memory(const std::vector<Index>& widths) {
  double parameters = 0;
  for (std::size_t l = 1; l < widths.size(); ++l)
    parameters += static_cast<double>(widths[l]) * static_cast<double>(widths[l - 1]);
  const double needed = 8 * 4 * parameters;
  const double available = available_memory();
  require_fits(needed <= available,
               "--width: weights, maps and factor of {:.4g} parameters need {}, {} available",
               parameters, memory_text(needed), memory_text(available));
}

}  // namespace

std::string default_initialisation(const std::string& parameterisation) {
  return parameterisation == "ntp" || parameterisation == "mupc" ? "normal" : "uniform";
}

void describe(InferenceNetworkOptions& options, OptionTable& table) {
  table.add("network", &options.network, "network file (HDF5) instead of an architecture");
  table.add("input", &options.input, "input width d_x, >= 1 [784]");
  table.add("output", &options.output, "output width d_y, >= 1 [10]");
  table.add("width", &options.width, "width of every hidden layer, >= 1 [64]");
  table.add("hidden-layers", &options.hidden_layers, "number of hidden layers, L - 1 >= 1 [8]");
  table.add("hidden", &options.hidden,
            "hidden widths, e.g. 300,200,100, instead of --width and --hidden-layers");
  describe(static_cast<ArchitectureFlags&>(options), table);
  table.add("init", &options.init,
            "uniform, normal, orthogonal or zero [uniform under sp, normal under ntp and mupc]");
  table.add("init-scale", &options.init_scale,
            "factor on the initialiser's standard deviation, >= 0 [1]");
  table.add("seed", &options.seed, "seed of every random draw, >= 0 [0]");
}

InferenceNetworkOptions effective(InferenceNetworkOptions o) {
  if (!o.network.empty()) {
    refuse_flags_beside_a_file(o);
    return o;
  }
  require(!o.hidden || (!o.width && !o.hidden_layers),
          "--hidden: it lists all hidden widths; expected it or --width and --hidden-layers, got "
          "both");
  if (!o.hidden) {
    if (!o.width) o.width = 64;
    if (!o.hidden_layers) o.hidden_layers = 8;
  }
  fill_defaults(o);
  if (is_linear(o)) {
    if (!o.input) o.input = 784;
    if (!o.output) o.output = 10;
  }
  if (!o.init) o.init = default_initialisation(*o.parameterisation);
  (void)parse_initialisation(*o.init);
  if (!o.init_scale) o.init_scale = 1;
  return o;
}

InitialiseOptions initialisation_of(const InferenceNetworkOptions& given) {
  const InferenceNetworkOptions o = effective(given);
  require(o.network.empty(), "--network: expected an architecture with an initialisation, got {}",
          o.network);
  InitialiseOptions init;
  init.kind = parse_initialisation(*o.init);
  init.sigma = *o.init_scale;
  init.parameterisation = parse_parameterisation(*o.parameterisation);
  return init;
}

Network make_network_shape(const InferenceNetworkOptions& given) {
  const InferenceNetworkOptions o = effective(given);
  if (!o.network.empty()) {
    Network network = read_network(o.network);
    require(network.architecture.depth() >= 2,
            "{}: /layers: expected a hidden layer (L >= 2), found L = {}", o.network,
            network.architecture.depth());
    return network;
  }
  std::vector<Index> widths = all_widths(o);
  for (const Index n : widths) require(n >= 1, "widths: expected >= 1, got {}", n);
  require(widths.size() >= 3, "--hidden: expected at least one hidden layer, got none");
  return shaped_network(o, std::move(widths));
}

bool describes_linear(const InferenceNetworkOptions& options) {
  return options.network.empty() ? is_linear(effective(options))
                                 : is_linear(read_network(options.network).architecture);
}

Network make_network(const InferenceNetworkOptions& o) {
  Network network = make_network_shape(o);
  if (!o.network.empty()) return network;
  require_memory(network.architecture.widths);
  RandomStream stream(o.seed, "weights");
  network.theta = initialise(network.architecture, initialisation_of(o), stream);
  return network;
}

std::string inference_title(const Network& network) {
  const Architecture& net = network.architecture;
  const auto hidden_end = net.widths.end() - 1;
  const bool equal =
      std::all_of(net.widths.begin() + 1, hidden_end, [&](Index n) { return n == net.widths[1]; });
  const Index H = net.depth() - 1;
  std::string text = equal && H > 2 ? fmt::format("width {}, {} hidden layers", net.widths[1], H)
                                    : fmt::format("{}", fmt::join(net.widths, "-"));
  if (!network.parameterisation.empty()) text += fmt::format(", {}", network.parameterisation);
  if (std::any_of(net.skips.begin(), net.skips.end(), [](int skip) { return skip != 0; }))
    text += ", skips";
  if (net.lambda() != 1) text += fmt::format(", lambda {:g}", net.lambda());
  text += activation_title(network);
  return text;
}

}  // namespace saddlescope::analysis

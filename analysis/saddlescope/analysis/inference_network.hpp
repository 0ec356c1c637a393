// Which network: the options of the verbs that look at inference in one network (the activity Hessian
// of a linear one depends on neither x nor y), and the network they describe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/architecture_flags.hpp"
#include "saddlescope/analysis/options.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/network/network_file.hpp"

namespace saddlescope::analysis {

// Members left empty take the default that describe() states; all but the seed must be empty when a
// network file is named.
struct InferenceNetworkOptions : ArchitectureFlags {
  std::string network;
  std::optional<Index> input, output;
  std::optional<Index> width, hidden_layers;
  std::optional<std::vector<Index>> hidden;  // instead of width and hidden_layers
  std::optional<std::string> init;
  std::optional<double> init_scale;
  std::uint64_t seed = 0;
};

void describe(InferenceNetworkOptions& options, OptionTable& table);

// Every default spelled out, but for the widths of input and output of networks that are not linear:
// those are the data's. Throws std::invalid_argument where options contradict each other.
[[nodiscard]] InferenceNetworkOptions effective(InferenceNetworkOptions options);

// Reads the file, or draws the weights from the stream (seed, "weights").
[[nodiscard]] Network make_network(const InferenceNetworkOptions& options);

// The same without drawing weights, theta left empty: a description costs no memory. A file is read
// whole.
[[nodiscard]] Network make_network_shape(const InferenceNetworkOptions& options);

// Whether the options describe a linear network; reads the file for it.
[[nodiscard]] bool describes_linear(const InferenceNetworkOptions& options);

// How the weights of an architecture are drawn. Throws std::invalid_argument for a network file.
[[nodiscard]] InitialiseOptions initialisation_of(const InferenceNetworkOptions& options);

// uniform under sp, normal under ntp and mupc: both leave the entries of effective maps at a
// variance of order 1/n_{l-1}.
[[nodiscard]] std::string default_initialisation(const std::string& parameterisation);

// "width 1024, 128 hidden layers, mupc, skips", for titles.
[[nodiscard]] std::string inference_title(const Network& network);

}  // namespace saddlescope::analysis
